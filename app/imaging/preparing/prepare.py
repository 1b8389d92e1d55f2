"""Makes pages of one capture: found, straightened, cropped, upright and evenly lit.

Never scales a page up, and never loses a colour that a stamp, a photo or a signature needs.
"""

from __future__ import annotations

import numpy as np

from app.domain.catalogue import Look
from app.domain.judgement import Outline
from app.imaging.judging.light import measure
from app.imaging.pixels import Pixels, PreparedPixels
from app.imaging.preparing.finding import Found, find
from app.imaging.preparing.flat import find_flat, is_drawn
from app.imaging.preparing.geometry import (
    Quad,
    are_sound,
    from_outline,
    side_lengths,
    to_outline,
    whole,
)
from app.imaging.preparing.light import evened
from app.imaging.preparing.several import find_several
from app.imaging.preparing.sizes import awaited_ratio, measured_ratio, target_size
from app.imaging.preparing.straightening import straightened, turned
from app.imaging.preparing.upright import SEEN_PX, turns_to_upright
from app.imaging.preparing.views import reduced

__all__ = ["PreparedPixels", "prepare"]

#: Below this, what was found is worth less than the picture as it is.
_WORTHLESS = 0.25
#: An outline that a person has set may be this small a share of the picture.
_LEAST_SET_SHARE = 0.0005
#: And its corners this far from the middle, in sizes of the picture.
_FURTHEST_SET = 1.0


def prepare(
    pixels: Pixels,
    look: Look,
    dpi: float | None,
    outline: Outline | None = None,
    is_several: bool = False,
) -> tuple[PreparedPixels, ...]:
    """Return the pages on the picture, in reading order; always at least one.

    Args:
        pixels: the capture, RGB.
        look: what kind of paper is awaited.
        dpi: what the scanner says of its resolution; None for a camera.
        outline: corners that a person has set, used as they are; which way up it lies is
            looked for all the same.
        is_several: several papers lie on one glass and are to come apart.
    """
    dpi = dpi if dpi is not None and 30.0 <= dpi <= 4800.0 else None
    papers, is_flat = _papers(pixels, look, dpi, outline, is_several)
    return tuple(_prepared(pixels, look, dpi, paper, is_flat) for paper in papers)


def _papers(
    pixels: Pixels, look: Look, dpi: float | None, outline: Outline | None, is_several: bool
) -> tuple[tuple[Found, ...], bool]:
    """Return where papers lie, and whether they were laid flat on a glass."""
    height, width = pixels.shape[:2]
    if outline is not None:
        quad = from_outline(outline, width, height)
        if _can_be_followed(outline, quad, width, height):
            return (Found(quad, 1.0),), dpi is not None
    if is_several:
        several = find_several(pixels)
        if several:
            return several, True
    if dpi is not None:
        return (find_flat(pixels, look, dpi),), True
    found = find(pixels, look)
    if found.confidence >= _WORTHLESS:
        return (found,), False
    if is_drawn(pixels):
        return (find_flat(pixels, look, None),), True
    return (Found(whole(width, height), min(found.confidence, _WORTHLESS)),), False


def _can_be_followed(outline: Outline, quad: Quad, width: int, height: int) -> bool:
    corners = np.array(outline.corners)
    # Comparing with "not a number" is False too.
    if not bool((np.abs(corners - 0.5) <= _FURTHEST_SET).all()):
        return False
    return bool(are_sound(quad[None], _LEAST_SET_SHARE * width * height, shortest_side=4.0)[0])


def _prepared(
    pixels: Pixels, look: Look, dpi: float | None, paper: Found, is_flat: bool
) -> PreparedPixels:
    height, width = pixels.shape[:2]
    quad = paper.quad
    ratio = _ratio(look, quad, width, height, is_flat)
    wide, high, page_dpi = target_size(quad, ratio, look, dpi)
    page = straightened(pixels, quad, wide, high)
    glance, _ = reduced(page, SEEN_PX)
    turns = turns_to_upright(glance)
    if turns is None:
        # Cards and passport pages are always wider than high.
        turns = int(look.shape in ("card", "passport") and high > wide)
    page, glance = turned(page, turns), turned(glance, turns)
    return PreparedPixels(
        pixels=evened(page, glance, is_flat),
        dpi=page_dpi,
        outline=to_outline(np.roll(quad, turns, axis=0), width, height),
        confidence=round(paper.confidence, 3),
        is_flat=is_flat,
        light=measure(page),
    )


def _ratio(look: Look, quad: Quad, width: int, height: int, is_flat: bool) -> float:
    """Return width over height to straighten to."""
    if is_flat:
        top, right, bottom, left = side_lengths(quad)
        return float((top + bottom) / max(right + left, 1e-9))
    return awaited_ratio(look, measured_ratio(quad, width, height))
