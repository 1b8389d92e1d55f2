"""One page in its travelling form: its parts as bytes, and the picture they draw.

Nothing is drawn before every size has been compared with its bound.
"""

from __future__ import annotations

from typing import Annotated

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.imaging.encoding.avif import from_avif
from app.imaging.encoding.mask import read_mask
from app.imaging.limits import MOST_PIXELS
from app.imaging.pixels import Pixels

MOST_PATCHES = 32
#: Pixels on one side, of a page or its mask.
MOST_SIDE = 65_535
#: How far a stroke's edge reaches into the paper, in pixels of the page.
_EDGE = 0.65
#: Rows blended at a time.
_BAND = 256

Side = Annotated[int, msgspec.Meta(ge=1, le=MOST_SIDE)]
Edge = Annotated[int, msgspec.Meta(ge=0, le=MOST_SIDE)]


class Patch(msgspec.Struct, frozen=True, array_like=True):
    """A part of the page that keeps more of its picture than the rest: a face, a seal."""

    left: Edge
    top: Edge
    width: Side
    height: Side
    avif: bytes


class TravellingPage(msgspec.Struct, frozen=True, array_like=True):
    """What the bytes of one page hold; without a mask it is one picture."""

    width: Side
    height: Side
    #: Tenths of a dot per inch.
    dpi10: Annotated[int, msgspec.Meta(ge=1, le=65_535)]
    background: bytes
    mask: bytes = b""
    mask_width: Edge = 0
    mask_height: Edge = 0
    ink: bytes = b""
    patches: Annotated[tuple[Patch, ...], msgspec.Meta(max_length=MOST_PATCHES)] = ()


def to_bytes(page: TravellingPage) -> bytes:
    """Return the page's bytes."""
    return msgspec.msgpack.encode(page)


def from_bytes(untrusted: bytes) -> TravellingPage:
    """Return the page's parts, sizes checked.

    Raises:
        UserError: ``file_unreadable``, ``picture_too_large``.
    """
    try:
        page = msgspec.msgpack.decode(untrusted, type=TravellingPage)
    except (ValueError, RecursionError):
        raise UserError("file_unreadable") from None
    if page.width * page.height > MOST_PIXELS:
        raise UserError("picture_too_large", most_megapixels=MOST_PIXELS // 1_000_000)
    return page


def draw(page: TravellingPage) -> Pixels:
    """Return the picture of the page.

    Raises:
        UserError: ``file_unreadable``.
    """
    size = (page.width, page.height)
    drawn = resized(from_avif(page.background, *size), size).copy()
    if page.mask:
        mask = read_mask(page.mask, page.mask_height, page.mask_width)
        blend(drawn, from_avif(page.ink, *size), mask)
    for patch in page.patches:
        if patch.left + patch.width > page.width or patch.top + patch.height > page.height:
            raise UserError("file_unreadable")
        picture = from_avif(patch.avif, patch.width, patch.height)
        paste(drawn, patch, picture)
    return drawn


def blend(paper: Pixels, ink: Pixels, mask: NDArray[np.bool_]) -> None:
    """Put ink on the paper where the mask is, its edges as soft as a scanner's."""
    size = (paper.shape[1], paper.shape[0])
    cover = coverage(mask, size)
    colour = resized(ink, size)
    for top in range(0, size[1], _BAND):
        rows = slice(top, top + _BAND)
        share = cover[rows, :, None].astype(np.int32)
        mixed = paper[rows] * (255 - share) + colour[rows] * share
        paper[rows] = (mixed + 127) // 255


def coverage(mask: NDArray[np.bool_], size: tuple[int, int]) -> Pixels:
    """Return how much of each pixel ink covers, of 255."""
    edge = _EDGE * mask.shape[0] / size[1]
    soft = cv2.GaussianBlur(mask.astype(np.uint8) * 255, (0, 0), edge)
    is_finer = mask.shape[0] > size[1]
    how = cv2.INTER_AREA if is_finer else cv2.INTER_LINEAR
    return cv2.resize(soft, size, interpolation=how).astype(np.uint8)


def paste(drawn: Pixels, patch: Patch, picture: Pixels) -> None:
    """Lay a patch's picture on the page."""
    rows = slice(patch.top, patch.top + patch.height)
    columns = slice(patch.left, patch.left + patch.width)
    drawn[rows, columns] = resized(picture, (patch.width, patch.height))


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return the picture at this width and height."""
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    is_smaller = pixels.shape[1] > size[0]
    how = cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC
    return cv2.resize(pixels, size, interpolation=how).astype(np.uint8)
