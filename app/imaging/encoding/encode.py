"""Chooses the smallest travelling form of a page that stays legible by measure.

Runs in the worker process only. The same prepared page gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import zxingcpp

from app.imaging.encoding.avif import SPEED, from_avif, to_avif
from app.imaging.encoding.ink import Mask
from app.imaging.encoding.layers import Layers, Rung, layered, mended, patch_at, patched
from app.imaging.encoding.legibility import kept, similarity
from app.imaging.encoding.mask import MOST_MASK_PIXELS
from app.imaging.encoding.page import MOST_PATCHES, TravellingPage, resized, to_bytes
from app.imaging.encoding.portraits import Box, portraits
from app.imaging.pixels import Gray, Pixels, PreparedPixels
from app.imaging.requests import EncodedPage, Form

#: A tile of writing of which less stays is mended with a patch.
_LEAST_TILE = 0.80
#: A page is legible when all but one in fifty of its tiles reach this.
LEGIBLE = 0.9
#: How much finer than the page a mask may be: small type and pages of few dots need it.
_FINE = 4 / 3
#: From the smallest to the largest, and how legible each must leave the page to be taken. A page
#: that stays so well with the first gains nothing by a finer mask.
_RUNGS = (
    (Rung(0.22, 30), 0.97),
    (Rung(0.22, 30, _FINE), LEGIBLE),
    (Rung(0.15, 40, _FINE), LEGIBLE),
    (Rung(0.10, 50, _FINE), LEGIBLE),
)
#: A page with fewer tiles of writing than this share is a picture.
_LEAST_WRITTEN = 0.01
#: On the densest page of writing a seventh is ink.
_MOST_INK = 0.22
#: The densest page of print has a quarter of this; each costs the coder time. A small part of a
#: page may have a few more for its size.
_MOST_SHAPES, _SHAPES_A_PIXEL, _FEW_SHAPES = 30_000, 0.005, 2_000
#: Patches over more of the page than this say that it is one.
_MOST_PATCHED = 0.4
_PICTURE_QUALITIES = (35, 45, 55, 65, 75, 85, 95)
_PICTURE_DPI = 200.0
#: More bytes a pixel than this at the lowest quality are noise.
_BUSY, _QUICK = 0.06, 9
#: A picture's likeness is measured at this resolution, as a person sees it on a screen.
_LIKENESS_DPI = 150.0
_LIKE = 0.95
#: White around a QR code, as a share of its side.
_QUIET = 0.15
_CODE_QUALITIES = (50, 70, 90)


def encode(page: PreparedPixels) -> EncodedPage:
    """Return the page as it travels."""
    gray, codes = _gray(page.pixels), _codes(page.pixels)
    if gray.size > MOST_MASK_PIXELS:
        return _as_picture(page, gray, codes)
    faces = portraits(gray, page.dpi)
    best: Layers | None = None
    for rung, enough in _RUNGS:
        bare = layered(page, gray, faces, rung)
        if not _is_writing(bare.mask):
            return _as_picture(page, gray, codes)
        made = _with_codes(page, gray, mended(page, gray, bare, _LEAST_TILE), codes)
        if best is None or made.kept.legibility() > best.kept.legibility():
            best = made
        if made.kept.legibility() >= enough:
            break
    assert best is not None
    if _is_picture(best, gray) or best.kept.legibility() < LEGIBLE:
        return _as_picture(page, gray, codes)
    content = to_bytes(best.written(page))
    return _encoded(page, content, "layers", best.kept.legibility())


def _is_writing(mask: Mask) -> bool:
    """Tell whether what looks like ink may be letters; noise and photographs are told at once."""
    if float(mask.mean()) > _MOST_INK:
        return False
    most = min(_MOST_SHAPES, max(_FEW_SHAPES, _SHAPES_A_PIXEL * mask.size))
    return cv2.connectedComponents(mask.astype(np.uint8))[0] < most


def _is_picture(made: Layers, gray: Gray) -> bool:
    covered = sum(patch.width * patch.height for patch in made.patches)
    return (
        float(made.kept.is_written.mean()) < _LEAST_WRITTEN or covered > _MOST_PATCHED * gray.size
    )


def _with_codes(
    page: PreparedPixels, gray: Gray, made: Layers, before: Mapping[str, Box]
) -> Layers:
    """Return the layers with a patch over every QR code that could no longer be read."""
    after = _codes(made.drawn) if before else {}
    for text, box in before.items():
        if text in after or len(made.patches) >= MOST_PATCHES:
            continue
        for quality in _CODE_QUALITIES:
            tried = patched(page, gray, made, (patch_at(page, box, quality, page.dpi),))
            if text in _codes(tried.drawn):
                break
        made = tried
    return made


def _codes(pixels: Pixels) -> dict[str, Box]:
    """Return what the QR codes say, and where they are."""
    found = zxingcpp.read_barcodes(pixels, zxingcpp.BarcodeFormat.QRCode)
    return {code.text: _around(code.position, pixels) for code in found if code.valid}


def _around(position: zxingcpp.Position, pixels: Pixels) -> Box:
    corners = (
        position.top_left, position.top_right, position.bottom_left, position.bottom_right
    )  # fmt: skip
    across, down = [corner.x for corner in corners], [corner.y for corner in corners]
    quiet = round(_QUIET * max(max(across) - min(across), max(down) - min(down)))
    left, top = max(0, min(across) - quiet), max(0, min(down) - quiet)
    right = min(pixels.shape[1], max(across) + quiet)
    return Box(left, top, right - left, min(pixels.shape[0], max(down) + quiet) - top)


def _as_picture(page: PreparedPixels, gray: Gray, codes: Mapping[str, Box]) -> EncodedPage:
    """Return the page as one AVIF of the lowest quality that is like it."""
    scale = min(1.0, _PICTURE_DPI / page.dpi)
    height, width = gray.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = resized(page.pixels, size)
    speed = _speed(small)
    low, high = 0, len(_PICTURE_QUALITIES) - 1
    made: dict[int, tuple[bytes, float, bool]] = {}

    def tried(quality: int) -> tuple[bytes, float, bool]:
        content = to_avif(small, quality, speed)
        drawn = resized(from_avif(content, width, height), (width, height))
        is_like, legibility = _is_like(page, gray, drawn)
        # Looking for codes takes long, and most pages have none.
        is_kept = is_like and (not codes or codes.keys() <= _codes(drawn).keys())
        return content, legibility, is_kept

    while low < high:
        middle = (low + high) // 2
        made[middle] = tried(_PICTURE_QUALITIES[middle])
        low, high = (low, middle) if made[middle][2] else (middle + 1, high)
    if low not in made:
        made[low] = tried(_PICTURE_QUALITIES[low])
    content, legibility, _ = made[low]
    whole = to_bytes(TravellingPage(width, height, round(page.dpi * 10), content))
    return _encoded(page, whole, "avif", legibility)


def _speed(small: Pixels) -> int:
    """Return how hard to try: noise costs a minute a step, and gains nothing by it."""
    quick = len(to_avif(small, _PICTURE_QUALITIES[0], _QUICK))
    return _QUICK if quick > _BUSY * small.shape[0] * small.shape[1] else SPEED


def _is_like(page: PreparedPixels, gray: Gray, drawn: Pixels) -> tuple[bool, float]:
    """Return whether a picture may stand for the page, and how legible it is."""
    legibility = kept(gray, _gray(drawn), page.dpi).legibility()
    scale = min(1.0, _LIKENESS_DPI / page.dpi)
    shown = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    likeness = similarity(_gray(resized(page.pixels, shown)), _gray(resized(drawn, shown)))
    return legibility >= LEGIBLE and likeness >= _LIKE, legibility


def _encoded(page: PreparedPixels, content: bytes, form: Form, legibility: float) -> EncodedPage:
    height, width = page.pixels.shape[:2]
    return EncodedPage(content, form, round(legibility, 4), width, height, page.dpi)


def _gray(pixels: Pixels) -> Gray:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8)
