"""Decides what is wrong with a prepared page, and where; never changes the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.domain.catalogue import Look
from app.domain.judgement import PageFinding, Verdict
from app.imaging.judging.edges import cut_edges
from app.imaging.judging.fading import faded
from app.imaging.judging.overlapping import second_paper
from app.imaging.judging.reasons import Evidence, findings
from app.imaging.judging.sampling import sample
from app.imaging.judging.sharpness import sharpness
from app.imaging.judging.writing import find_writing
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
    gray = np.asarray(cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    writing = find_writing(gray, page.dpi)
    found: tuple[PageFinding, ...] = findings(
        Evidence(
            dpi=page.dpi,
            is_flat=page.is_flat,
            confidence=page.confidence,
            light=page.light,
            faded=faded(gray, (*writing.runs, *writing.doubtful)),
            cut=cut_edges(page),
            second=second_paper(gray),
            sharpness=sharpness(gray, writing.runs or writing.doubtful),
            sample=sample(page.pixels, writing, look, ocr) if ocr else None,
            has_writing=bool(writing.runs or writing.doubtful),
            has_letters=bool(writing.runs),
        )
    )
    return Verdict(found)
