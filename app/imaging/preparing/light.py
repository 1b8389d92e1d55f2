"""Takes shadow off a straightened page, and gives it its white back.

Changes how bright a place is, never its colour: stamps, photos and signatures keep theirs.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.pixels import Pixels
from app.imaging.preparing.geometry import Floats
from app.imaging.preparing.views import reduced

#: Light changes slowly; this many points along the longer side follow a hand's shadow.
_MAP_PX = 320
#: Darker than this share of the page's white is an object, not a shadow on paper.
_DARKEST_SHADOW = 0.42
#: In Lab (8 bits), from the paper's own colour: further is a picture, a stamp's field, a ribbon.
_SAME_COLOUR = 9.0
#: Flatter light than this stays as it is.
_EVEN = 0.03
#: Paper darker than this share of the page's white lies in shadow, or is not paper.
_DIM = 0.88
_MOST_GAIN = 2.4
#: Where paper ends up; beyond it highlights would be lost.
_WHITE = 238.0
_STRIP_ROWS = 512


def evened(page: Pixels, glance: Pixels, is_scanned: bool) -> Pixels:
    """Return the page as if the light had fallen evenly on it.

    A scanner's own lamp is measured and kept; a camera's white depends on the room.

    Args:
        page: straightened.
        glance: the same page, small or not: light needs no more.
        is_scanned: a scanner took it.
    """
    small, _ = reduced(glance, _MAP_PX)
    if min(small.shape[:2]) < 24:
        return page
    light = _light_on(small)
    white = float(np.percentile(light, 95))
    if white < 40:
        return page
    gain = np.clip(white / light, 1 / 1.15, _MOST_GAIN)
    if float(np.percentile(gain, 98) - np.percentile(gain, 2)) < _EVEN:
        gain = np.ones_like(gain)
    if not is_scanned:
        gain *= _lift(small, gain, white)
    if float(np.abs(gain - 1).max()) < 0.01:
        return page
    return _multiplied(page, gain.astype(np.float32))


def _light_on(small: Pixels) -> Floats:
    """Return how bright bare paper is, or would be, at each point."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    size = max(5, round(0.03 * max(small.shape[:2])) | 1)
    # The brightest of a small neighbourhood is paper wherever only writing covers it.
    kernel = np.ones((size, size), np.uint8)
    level = np.asarray(cv2.dilate(cv2.medianBlur(lab[..., 0], 3), kernel), np.float64)
    level = np.asarray(cv2.erode(level, kernel))
    tint = np.stack([cv2.medianBlur(lab[..., k], 5) for k in (1, 2)], axis=2).astype(np.float64)
    white = float(np.percentile(level, 90))
    paper = np.median(tint[level >= 0.8 * white], axis=0)
    is_paper = (np.abs(tint - paper).max(axis=2) < _SAME_COLOUR) & (level > _DARKEST_SHADOW * white)
    is_paper &= ~_inner(is_paper & (level < _DIM * white))
    is_paper &= ~_objects(~is_paper)
    if is_paper.mean() < 0.2:
        return np.full(level.shape, white)
    return _filled(_as_light(level), is_paper)


def _as_light(level: Floats) -> Floats:
    """Return what one multiplies sRGB values by, from Lab's lightness in 8 bits."""
    steps = np.arange(256, dtype=np.uint8).reshape(1, -1, 1).repeat(3, axis=2)
    lightness = cv2.cvtColor(steps, cv2.COLOR_RGB2LAB)[0, :, 0]
    return np.asarray(np.interp(level, lightness.astype(np.float64), np.arange(256)))


def _inner(dim: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the dim places that lie within the page: shadows fall in from beyond its edge.

    What does not is grey cloth in a photo.
    """
    height, width = dim.shape
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dim.astype(np.uint8))
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right = left + stats[:, cv2.CC_STAT_WIDTH]
    bottom = top + stats[:, cv2.CC_STAT_HEIGHT]
    within = (left > 2) & (top > 2) & (right < width - 2) & (bottom < height - 2)
    within[0] = False
    return np.asarray(within[labels], np.bool_)


def _objects(not_paper: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Close what is not paper into whole objects: a face between hair and collar is no paper."""
    height, width = not_paper.shape
    reach = max(3, round(0.05 * max(height, width)) | 1)
    mask = not_paper.astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    padded = cv2.copyMakeBorder(mask, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[reach:-reach, reach:-reach]
    return np.asarray(cv2.dilate(closed, np.ones((5, 5), np.uint8)) > 0)


def _filled(level: Floats, is_paper: NDArray[np.bool_]) -> Floats:
    """Carry the light from where paper is seen to where it is not, wider step by step."""
    known = is_paper.astype(np.float64)
    result = level * known
    filled, weight = result.copy(), known.copy()
    spread = 3.0
    while float(weight.min()) < 0.05 and spread < 400:
        wide = cv2.GaussianBlur(known, (0, 0), spread)
        carried = cv2.GaussianBlur(result, (0, 0), spread) / np.maximum(wide, 1e-9)
        missing = (weight < 0.05) & (wide > 0.02)
        filled[missing] = carried[missing]
        weight[missing] = 1.0
        spread *= 2
    filled[weight < 0.05] = float(np.median(level[is_paper]))
    return np.asarray(np.maximum(cv2.GaussianBlur(filled, (0, 0), 4.0), 1.0))


def _lift(small: Pixels, gain: Floats, white: float) -> float:
    """Return how much brighter the whole page may become without burning its highlights out."""
    brightest = float(np.percentile(small.max(axis=2) * gain, 99.7))
    return float(np.clip(min(_WHITE / white, 252.0 / max(brightest, 1.0)), 1.0, 2.0))


def _multiplied(page: Pixels, gain: NDArray[np.float32]) -> Pixels:
    """Multiply in strips, so that a large page needs no copy in floating point."""
    height, width = page.shape[:2]
    made = np.empty_like(page)
    whole = cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)
    for top in range(0, height, _STRIP_ROWS):
        rows = slice(top, min(top + _STRIP_ROWS, height))
        strip = whole[rows]
        made[rows] = cv2.multiply(page[rows], cv2.merge((strip, strip, strip)), dtype=cv2.CV_8U)
    return made
