"""Finds where the ends of written lines fade away, as they do around a lamp's reflection.

On paper as white as the lamp's light that is all that tells a reflection from a blank space.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.domain.judgement import Place
from app.imaging.ocr.boxes import TextBox
from app.imaging.pixels import Gray

#: A run is looked at in pieces of so many of its heights.
_PIECE = 0.8
_LEAST_PIECES = 6
#: An end has faded when its ink has less than this share of the run's, and the next piece's is
#: already weaker than the rest.
_FADED = 0.5
_FADING = 0.85
#: So many ends near each other are no chance.
_LEAST_ENDS = 2
#: Near: within this share of the page's longer side.
_NEAR = 0.16


def faded(gray: Gray, runs: Sequence[TextBox]) -> Place | None:
    """Return where several lines fade away; None when none do."""
    ends = np.array([end for run in runs for end in _faded_ends(gray, run)]).reshape(-1, 2)
    if len(ends) < _LEAST_ENDS:
        return None
    near = np.hypot(*(ends[:, None] - ends[None]).transpose(2, 0, 1)) <= _NEAR * max(gray.shape)
    most = int(near.sum(axis=1).argmax())
    if near[most].sum() < _LEAST_ENDS:
        return None
    height, width = gray.shape[:2]
    left, top = ends[near[most]].min(axis=0) / (width, height)
    right, bottom = ends[near[most]].max(axis=0) / (width, height)
    return Place(float(left), float(top), float(right - left), float(bottom - top))


def _faded_ends(gray: Gray, run: TextBox) -> list[tuple[float, float]]:
    """Return the points at which a run fades away."""
    part = gray[int(run.top) : int(run.top + run.height), int(run.left) : int(run.left + run.width)]
    count = int(run.width / max(run.height * _PIECE, 1.0))
    if count < _LEAST_PIECES or min(part.shape) < 4:
        return []
    paper = float(np.percentile(part, 90))
    inks = np.array(
        [paper - float(np.percentile(piece, 3)) for piece in np.array_split(part, count, axis=1)]
    )
    full = float(np.percentile(inks, 75))
    middle = run.top + run.height / 2
    ends = []
    if inks[0] < _FADED * full and inks[0] <= inks[1] < _FADING * full:
        ends.append((run.left, middle))
    if inks[-1] < _FADED * full and inks[-1] <= inks[-2] < _FADING * full:
        ends.append((run.left + run.width, middle))
    return ends
