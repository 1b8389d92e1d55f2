"""Tells whether a second paper lies on a page, or under it within the same outline."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.judgement import Place
from app.imaging.ocr.boxes import TextBox
from app.imaging.pixels import Gray


def second_paper(gray: Gray, runs: Sequence[TextBox]) -> Place | None:
    """Return where another paper shows; None when the page lies alone."""
    return None
