"""A page in layers: ink without loss, its colours, the paper, and patches where that is not enough.

What is chosen here is judged elsewhere (``legibility``); this module only makes and measures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.encoding.avif import from_avif, to_avif
from app.imaging.encoding.ink import Mask, filled, find_ink, fitted, ground
from app.imaging.encoding.legibility import Kept, kept, similarity
from app.imaging.encoding.mask import MOST_MASK_PIXELS, write_mask
from app.imaging.encoding.page import (
    MOST_PATCHES,
    MOST_SIDE,
    Patch,
    TravellingPage,
    blend,
    coverage,
    paste,
    resized,
)
from app.imaging.encoding.portraits import Box
from app.imaging.pixels import Gray, Pixels, PreparedPixels

#: Dots per inch of the layers, and of patches.
_PAPER_DPI, _INK_DPI, _PATCH_DPI = 100.0, 25.0, 200.0
_INK_QUALITY = 35
#: One step faster than patches: a third of the time for a tenth more of very little.
_PAPER_SPEED = 6
#: Portraits are to be as alike as this at the resolution of a screen, a little above the aim.
_LIKE, _SHOWN_DPI = 0.968, 150.0
#: Quality and dots per inch, from the smallest to the largest.
_PORTRAIT_LADDER = (
    (36, 150.0), (48, 150.0), (40, 200.0), (48, 200.0), (56, 200.0), (64, 200.0), (72, 200.0),
    (80, 250.0), (90, 300.0),
)  # fmt: skip
_PATCH_QUALITIES = (35, 50, 65, 80)
#: A stroke's soft edge belongs neither to the paper nor to the ink.
_EDGE_PX = 2
#: What reaches over the edge of a portrait: its own soft edge.
_FRINGE_PX = 4


@dataclass(frozen=True)
class Rung:
    """One way to make the layers."""

    #: How much darker than the paper ink is, at least.
    least_ink: float
    paper_quality: int
    #: How many pixels of the mask are as wide as one of the page, where a mask may be so large.
    fineness: float = 1.0


@dataclass(frozen=True, eq=False)
class Layers:
    """A page made of layers, not yet written, and what stayed of it."""

    mask: Mask
    paper: bytes
    ink: bytes
    patches: tuple[Patch, ...]
    drawn: Pixels
    kept: Kept

    def written(self, page: PreparedPixels) -> TravellingPage:
        """Return the page as it travels."""
        height, width = page.pixels.shape[:2]
        return TravellingPage(
            width,
            height,
            round(page.dpi * 10),
            self.paper,
            write_mask(self.mask),
            self.mask.shape[1],
            self.mask.shape[0],
            self.ink,
            self.patches,
        )


def layered(page: PreparedPixels, gray: Gray, portraits: tuple[Box, ...], rung: Rung) -> Layers:
    """Make the layers of a page."""
    around = ground(gray, page.dpi)
    mask = coarse = find_ink(gray, page.dpi, around, rung.least_ink)
    boxes = tuple(_whole_picture(coarse, box) for box in portraits)
    fineness = _fineness(gray, rung)
    if fineness > 1:
        mask = find_ink(gray, page.dpi, around, rung.least_ink, fineness)
    for box in boxes:
        coarse[box.rows, box.columns] = False
        finer = box.scaled(fineness)
        mask[finer.rows, finer.columns] = False
    paper = _paper(page, coarse, boxes, rung.paper_quality)
    size = (gray.shape[1], gray.shape[0])
    drawn = resized(from_avif(paper, *size), size).copy()
    cover = coverage(mask, size).astype(np.float32) / np.float32(255)
    inked = fitted(page.pixels, drawn, cover, _size(page, _INK_DPI))
    ink = to_avif(inked, _INK_QUALITY)
    blend(drawn, from_avif(ink, *size), mask)
    patches = [_portrait(page, box) for box in boxes]
    for patch in patches:
        paste(drawn, patch, from_avif(patch.avif, patch.width, patch.height))
    return Layers(mask, paper, ink, tuple(patches), drawn, kept(gray, _gray(drawn), page.dpi))


def mended(page: PreparedPixels, gray: Gray, made: Layers, least: float) -> Layers:
    """Return the layers with a patch wherever the page lost more than it may."""
    boxes = _lost(made.kept, gray, least)[: MOST_PATCHES - len(made.patches)]
    return patched(page, gray, made, tuple(_patch(page, gray, box, least) for box in boxes))


def patched(page: PreparedPixels, gray: Gray, made: Layers, more: tuple[Patch, ...]) -> Layers:
    """Return the layers with more patches on them."""
    if not more:
        return made
    drawn = made.drawn.copy()
    for patch in more:
        paste(drawn, patch, from_avif(patch.avif, patch.width, patch.height))
    found = kept(gray, _gray(drawn), page.dpi)
    return replace(made, patches=made.patches + more, drawn=drawn, kept=found)


def patch_at(page: PreparedPixels, box: Box, quality: int, dpi: float) -> Patch:
    """Return a part of the page as a picture of its own."""
    pixels = np.ascontiguousarray(page.pixels[box.rows, box.columns])
    scale = min(1.0, dpi / page.dpi)
    size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
    content = to_avif(resized(pixels, size), quality)
    return Patch(box.left, box.top, box.width, box.height, content)


def _whole_picture(mask: Mask, face: Box) -> Box:
    """Return the box around a face and whatever dark parts of its picture reach out of it."""
    beside, above = face.width * 3 // 10, face.height * 3 // 10
    left, top = max(0, face.left - beside), max(0, face.top - above)
    right, bottom = face.left + face.width + beside, face.top + face.height + above
    near = mask[top:bottom, left:right].astype(np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    inner = labels[face.top - top :, face.left - left :][: face.height, : face.width]
    edges = [face.left - left, face.top - top]
    ends = [edges[0] + face.width, edges[1] + face.height]
    for number in np.unique(inner[inner > 0]):
        x, y, width, height, _ = (int(value) for value in boxes[number])
        if x > 0 and y > 0 and x + width < near.shape[1] and y + height < near.shape[0]:
            edges = [min(edges[0], x), min(edges[1], y)]
            ends = [max(ends[0], x + width), max(ends[1], y + height)]
    x, y = max(0, left + edges[0] - _FRINGE_PX), max(0, top + edges[1] - _FRINGE_PX)
    width = min(mask.shape[1], left + ends[0] + _FRINGE_PX) - x
    return Box(x, y, width, min(mask.shape[0], top + ends[1] + _FRINGE_PX) - y)


def _fineness(gray: Gray, rung: Rung) -> float:
    """Return how much finer than the page its mask may be; below what a reader takes."""
    height, width = gray.shape
    by_area = math.sqrt(0.99 * MOST_MASK_PIXELS / (height * width))
    by_side = MOST_SIDE / max(height, width)
    return float(max(1.0, min(rung.fineness, by_area, by_side)))


def _paper(page: PreparedPixels, mask: Mask, portraits: tuple[Box, ...], quality: int) -> bytes:
    side = 2 * _EDGE_PX + 1
    covered = cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8))
    for box in portraits:
        covered[box.rows, box.columns] = 1
    return to_avif(
        filled(page.pixels, np.float32(1) - covered, _size(page, _PAPER_DPI)), quality, _PAPER_SPEED
    )


def _portrait(page: PreparedPixels, box: Box) -> Patch:
    """Return a portrait as the first of the ladder that is like it."""
    patch = patch_at(page, box, *_PORTRAIT_LADDER[0])
    for quality, dpi in _PORTRAIT_LADDER[1:]:
        if _likeness(page, box, patch) >= _LIKE:
            break
        patch = patch_at(page, box, quality, dpi)
    return patch


def _likeness(page: PreparedPixels, box: Box, patch: Patch) -> float:
    """Return how like the portrait is as a screen shows it, on a grid that is not the patch's."""
    size = (box.width, box.height)
    scale = min(1.0, _SHOWN_DPI / page.dpi)
    shown = (max(1, round(box.width * scale) - 1), max(1, round(box.height * scale) - 1))
    before, after = (
        _gray(resized(np.ascontiguousarray(pixels), shown))
        for pixels in (
            page.pixels[box.rows, box.columns],
            resized(from_avif(patch.avif, *size), size),
        )
    )
    return similarity(before, after)


def _patch(page: PreparedPixels, gray: Gray, box: Box, least: float) -> Patch:
    """Return a part of the page at the lowest quality at which its writing stays."""
    patch = patch_at(page, box, _PATCH_QUALITIES[0], _PATCH_DPI)
    for quality in _PATCH_QUALITIES[1:]:
        picture = from_avif(patch.avif, box.width, box.height)
        drawn = _gray(resized(picture, (box.width, box.height)))
        if kept(gray[box.rows, box.columns], drawn, page.dpi).legibility() >= least:
            break
        patch = patch_at(page, box, quality, _PATCH_DPI)
    return patch


def _lost(found: Kept, gray: Gray, least: float) -> list[Box]:
    """Return boxes around the tiles with writing of which too little stayed, worst first."""
    lost = (found.is_written & (found.likeness < least)).astype(np.uint8)
    joined = cv2.dilate(lost, np.ones((3, 3), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    high, wide = gray.shape[0] / lost.shape[0], gray.shape[1] / lost.shape[1]
    weights = [float(lost[labels == number].sum()) for number in range(count)]
    made = []
    for number in sorted(range(1, count), key=lambda one: (-weights[one], one)):
        left, top, width, height, _ = (int(value) for value in boxes[number])
        x, y = round(left * wide), round(top * high)
        right, bottom = round((left + width) * wide), round((top + height) * high)
        made.append(Box(x, y, min(right, gray.shape[1]) - x, min(bottom, gray.shape[0]) - y))
    return made


def _size(page: PreparedPixels, dpi: float) -> tuple[int, int]:
    scale = min(1.0, dpi / page.dpi)
    height, width = page.pixels.shape[:2]
    return max(1, round(width * scale)), max(1, round(height * scale))


def _gray(pixels: Pixels) -> NDArray[np.uint8]:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8)
