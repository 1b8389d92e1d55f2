"""Measures how sharp the writing on a page is; whether it can be read is for the text engine."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from app.imaging.ocr.boxes import TextBox
from app.imaging.pixels import Gray

#: So many runs of writing tell the sharpness of a page.
_MOST_RUNS = 40
#: How far the picture is blurred once more, in pixels.
_REBLUR_PX = 9


def sharpness(gray: Gray, runs: Iterable[TextBox]) -> float | None:
    """Return how much a page's writing loses when it is blurred once more, 0 (all lost) to 1.

    The less there is to lose, the more is lost already (Crete and others, 2007). Measured across
    and down; the worse counts, as a shaking hand blurs one way only. None without writing.
    """
    values = [
        value
        for run in sorted(runs, key=lambda run: -run.width)[:_MOST_RUNS]
        if (value := _of_one(gray, run)) is not None
    ]
    return float(np.median(values)) if values else None


def _of_one(gray: Gray, run: TextBox) -> float | None:
    left, top = max(0, int(run.left)), max(0, int(run.top))
    part = gray[top : int(run.top + run.height) + 1, left : int(run.left + run.width) + 1]
    if min(part.shape) < _REBLUR_PX:
        return None
    return min(_kept(part, (_REBLUR_PX, 1), axis=1), _kept(part, (1, _REBLUR_PX), axis=0))


def _kept(part: Gray, kernel: tuple[int, int], axis: int) -> float:
    """Return the share of all steps between neighbours that a further blur takes away."""
    sharp = part.astype(np.float32)
    steps = np.abs(np.diff(sharp, axis=axis))
    softer = np.abs(np.diff(cv2.blur(sharp, kernel), axis=axis))
    whole = float(steps.sum())
    return float(np.maximum(steps - softer, 0).sum()) / whole if whole else 0.0
