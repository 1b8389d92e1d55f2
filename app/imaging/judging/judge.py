"""Decides what is wrong with a prepared page, and where; never changes the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.catalogue import Look
from app.domain.judgement import Verdict
from app.imaging.pixels import PreparedPixels

if TYPE_CHECKING:
    from app.imaging.ocr.engine import Ocr


def judge(page: PreparedPixels, look: Look, ocr: Ocr | None) -> Verdict:
    """Return what is wrong with the page, worst first.

    Args:
        page: the prepared page.
        look: what the paper asked for looks like.
        ocr: reads the printed labels; without it nothing is said about them.
    """
    return Verdict()
