"""One page in its travelling form: its parts as bytes, and the picture they draw.

Nothing is drawn before every size has been compared with its bound.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from app.errors import UserError
from app.imaging.encoding.avif import from_avif
from app.imaging.limits import MOST_PIXELS
from app.imaging.pixels import Pixels

Side = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Edge = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


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
    ink: bytes = b""
    patches: Annotated[tuple[Patch, ...], msgspec.Meta(max_length=32)] = ()


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
    background = from_avif(page.background, page.width, page.height)
    if background.shape[:2] != (page.height, page.width):
        raise UserError("file_unreadable")
    return background
