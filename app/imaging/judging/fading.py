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
#: The ends of a run of so many pieces count whole, those of a shorter one half: the rest of it says
#: less about how much ink it had.
_LONG = 6
_SHORT = 3
#: An end has faded when its ink has less than this share of the run's, and the next piece's is
#: already weaker than the rest.
_FADED = 0.5
_FADING = 0.85
#: As nothing is left of it, the end may have more than the next piece by this share of the run's.
_CHANCE = 0.1
#: A run whose letters are no darker than this by themselves is a watermark, or a stain.
_LEAST_INK = 40.0
#: So many ends near each other are no chance.
_LEAST_ENDS = 1.5
_LEAST_RUNS = 2
#: Near: within this share of the page's longer side.
_NEAR = 0.16


def faded(gray: Gray, runs: Sequence[TextBox]) -> Place | None:
    """Return where several lines fade away; None when none do."""
    faded_runs = [found for run in runs if (found := _faded_ends(gray, run))]
    ends = np.array([end for found in faded_runs for end in found]).reshape(-1, 3)
    # What fades at both ends by itself is no line of writing: a chin, a curl, an ornament.
    if len(faded_runs) < _LEAST_RUNS:
        return None
    at = ends[:, :2]
    near = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) <= _NEAR * max(gray.shape)
    counts = near @ ends[:, 2]
    most = int(counts.argmax())
    if counts[most] < _LEAST_ENDS:
        return None
    height, width = gray.shape[:2]
    left, top = at[near[most]].min(axis=0) / (width, height)
    right, bottom = at[near[most]].max(axis=0) / (width, height)
    return Place(float(left), float(top), float(right - left), float(bottom - top))


def _faded_ends(gray: Gray, run: TextBox) -> list[tuple[float, float, float]]:
    """Return the points at which a run fades away, and how much each counts."""
    part = gray[int(run.top) : int(run.top + run.height), int(run.left) : int(run.left + run.width)]
    count = int(run.width / max(run.height * _PIECE, 1.0))
    if count < _SHORT or min(part.shape) < 4:
        return []
    paper = float(np.percentile(part, 90))
    inks = np.array(
        [paper - float(np.percentile(piece, 3)) for piece in np.array_split(part, count, axis=1)]
    )
    full = float(np.percentile(inks, 75))
    if full < _LEAST_INK:
        return []
    middle = run.top + run.height / 2
    weight = 1.0 if count >= _LONG else 0.5
    return [
        (x, middle, weight)
        for x, end, following in (
            (run.left, inks[0], inks[1]),
            (run.left + run.width, inks[-1], inks[-2]),
        )
        if end < _FADED * full and end <= following + _CHANCE * full and following < _FADING * full
    ]
