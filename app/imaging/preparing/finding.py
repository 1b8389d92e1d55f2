"""Finds the one sheet on a camera's picture and says how sure it is.

Never raises: a picture without a sheet gives its whole area at no confidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.domain.catalogue import Look
from app.imaging.pixels import Pixels
from app.imaging.preparing.candidates import LEAST_SHARE, propose
from app.imaging.preparing.fitting import fit_sides
from app.imaging.preparing.geometry import Quad, are_sound, overlap, side_lengths, whole
from app.imaging.preparing.prolonging import prolonged
from app.imaging.preparing.scoring import confidence, score
from app.imaging.preparing.views import FIT_PX, reduced, search_view


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
    best = int(np.argmax(scores.total))
    coarse = quads[best] / (view.scale * scale)
    reach = min(max(0.02 * float(side_lengths(coarse).min()) * scale, 6.0), 20.0)
    quad = fit_sides(small, coarse * scale, reach, reach / 3) / scale
    least = LEAST_SHARE * width * height
    if not are_sound(quad[None], least)[0] or overlap(quad, coarse) < 0.8:
        quad = coarse
    to_view = view.scale * scale
    return Found(prolonged(view, quad * to_view) / to_view, confidence(scores, best))
