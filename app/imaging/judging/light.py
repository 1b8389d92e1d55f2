"""Measures the light a page was taken in; never judges whether it is enough."""

from __future__ import annotations

import cv2
import numpy as np

from app.domain.judgement import Light, Place
from app.imaging.pixels import Gray, Pixels

#: Light is smooth: this many squares along the longer side tell enough of it.
_SQUARES = 160
#: A square is burnt out when even its darkest point is as bright as this.
_BURNT = 244
#: A lamp stands out from the paper around it by so much; an evenly white page does not.
_ABOVE_PAPER = 9
#: In squares of the page's area; a smaller spot hides a letter at most.
_LEAST_SHARE = 0.003
#: No more spots are told.
_MOST_PLACES = 4


def measure(straightened: Pixels) -> Light:
    """Return the light on a page that is straightened, but not yet evened out."""
    darkest, brightest = _squares(straightened)
    level = float(np.percentile(brightest, 75)) / 255.0
    return Light(level=round(level, 3), burnt=_burnt(darkest, brightest))


def _squares(pixels: Pixels) -> tuple[Gray, Gray]:
    """Return the darkest and the brightest point of each square of the page."""
    height, width = pixels.shape[:2]
    side = max(2, round(max(height, width) / _SQUARES))
    # One specked point, or a ringing edge, is not a square's light.
    calm = cv2.blur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (3, 3))
    tall, wide = max(1, height // side), max(1, width // side)
    if height < side or width < side:
        return np.asarray(calm[:1, :1]), np.asarray(calm[:1, :1])
    # Rows first: whole rows are compared four times as fast as squares are.
    rows = calm[: tall * side, : wide * side].reshape(tall, side, wide * side)
    across = (tall, wide, side)
    darkest, brightest = rows.min(axis=1).reshape(across), rows.max(axis=1).reshape(across)
    return darkest.min(axis=2), brightest.max(axis=2)


def _burnt(darkest: Gray, brightest: Gray) -> tuple[Place, ...]:
    paper = float(np.median(brightest))
    if paper > 255 - _ABOVE_PAPER:
        return ()
    mask = (darkest >= max(_BURNT, paper + _ABOVE_PAPER)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    tall, wide = mask.shape
    spots = sorted((stats[n] for n in range(1, count)), key=lambda s: -int(s[cv2.CC_STAT_AREA]))
    return tuple(
        Place(float(s[0]) / wide, float(s[1]) / tall, float(s[2]) / wide, float(s[3]) / tall)
        for s in spots[:_MOST_PLACES]
        if s[cv2.CC_STAT_AREA] >= _LEAST_SHARE * tall * wide
    )
