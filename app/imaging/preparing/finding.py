"""Finds the one sheet on a camera's picture and says how sure it is.

Never raises: a picture without a sheet gives its whole area at no confidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.domain.catalogue import Look
from app.imaging.pixels import Pixels
from app.imaging.preparing.candidates import LEAST_SHARE, propose
from app.imaging.preparing.crossing import is_written_across
from app.imaging.preparing.fitting import fit_sides
from app.imaging.preparing.geometry import (
    Floats,
    Quad,
    are_sound,
    areas,
    overlap,
    side_lengths,
    whole,
)
from app.imaging.preparing.prolonging import prolonged
from app.imaging.preparing.scoring import Scores, confidence, score
from app.imaging.preparing.views import FIT_PX, reduced, search_view

#: An outline around the best one is the paper's when it scores at least this share of it.
_NEARLY = 0.93
#: And when its sides are this far away (in the view): nearer, it is but the paper's own shadow.
_APART_PX = 3.5
#: One outline holds another when it covers at least this much of it.
_HOLDS = 0.985
#: An outline through writing is told to be as unsure as one that is hardly seen.
_UNSURE = 0.3


@dataclass(frozen=True, eq=False)
class Found:
    """A sheet's corners on the capture, in its pixels."""

    quad: Quad
    confidence: float


def find(pixels: Pixels, look: Look) -> Found:
    """Return the sheet on a picture; its whole area and no confidence when there is none."""
    height, width = pixels.shape[:2]
    nothing = Found(whole(width, height), 0.0)
    if min(height, width) < 32:
        return nothing
    small, scale = reduced(pixels, FIT_PX)
    view = search_view(small)
    quads = propose(view)
    if len(quads) == 0:
        return nothing
    scores = score(view, quads, look)
    best = _outermost(quads, scores)
    coarse = quads[best] / (view.scale * scale)
    reach = min(max(0.02 * float(side_lengths(coarse).min()) * scale, 6.0), 20.0)
    quad = fit_sides(small, coarse * scale, reach, reach / 3) / scale
    least = LEAST_SHARE * width * height
    if not are_sound(quad[None], least)[0] or overlap(quad, coarse) < 0.8:
        quad = coarse
    to_view = view.scale * scale
    sure = confidence(scores, best)
    if sure > _UNSURE and is_written_across(small, quad * scale):
        sure = _UNSURE
    return Found(prolonged(view, quad * to_view) / to_view, sure)


def _outermost(quads: Floats, scores: Scores) -> int:
    """Return the best outline, or a larger one around it that is nearly as good.

    A frame is printed on a paper, never around it.
    """
    best = int(np.argmax(scores.total))
    sizes = areas(quads)
    apart = (sizes - sizes[best]) / side_lengths(quads[best]).sum()
    is_rival = (scores.total >= _NEARLY * scores.total[best]) & (apart > _APART_PX)
    rivals = np.flatnonzero(is_rival)
    for rival in rivals[np.argsort(-sizes[rivals])]:
        if overlap(quads[best], quads[rival]) >= _HOLDS * sizes[best] / sizes[rival]:
            return int(rival)
    return best
