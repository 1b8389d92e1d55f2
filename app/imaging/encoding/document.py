"""A document as it travels: several encoded pages, each with its turns, and what an officer opens.

Turning a page changes one number and never encodes again. Everything read here is untrusted.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import cv2
import msgspec
import numpy as np
import pypdfium2 as pdfium
from PIL import Image

from app.errors import UserError
from app.imaging.encoding.page import draw, from_bytes
from app.imaging.limits import MOST_DOCUMENT_BYTES, MOST_PAGES
from app.imaging.pdf import saved
from app.imaging.pixels import Pixels

_MARK = b"LOKETPG1"
_JPEG_QUALITY = 88
#: A4's longer side in points: what a page measures on paper when its own size is unknown.
_POINTS_PER_INCH = 72.0


class _Page(msgspec.Struct, frozen=True, array_like=True):
    turns: Annotated[int, msgspec.Meta(ge=0, le=3)]
    content: bytes


_Pages = Annotated[tuple[_Page, ...], msgspec.Meta(min_length=1, max_length=MOST_PAGES)]


def pack(pages: Sequence[tuple[bytes, int]]) -> bytes:
    """Return one document of encoded pages, each with its clockwise quarter turns.

    Raises:
        UserError: ``too_many_pages``, ``document_too_large``.
    """
    if len(pages) > MOST_PAGES:
        raise UserError("too_many_pages", most=MOST_PAGES)
    packed = tuple(_Page(turns % 4, content) for content, turns in pages)
    made = _MARK + msgspec.msgpack.encode(packed)
    if len(made) > MOST_DOCUMENT_BYTES:
        raise UserError("document_too_large", most_mb=MOST_DOCUMENT_BYTES >> 20)
    return made


def unpack(untrusted: bytes, most: int = MOST_PAGES) -> list[Pixels]:
    """Return the pictures of all pages, or of the first ones, turned.

    Raises:
        UserError: ``file_too_large``, ``file_unreadable``, ``picture_too_large``.
    """
    return [pixels for pixels, _ in _drawn(_parsed(untrusted)[:most])]


def present(
    untrusted: bytes,
    kind: Literal["pdf", "jpeg"],
    page: int | None = None,
    longest_px: int | None = None,
) -> bytes:
    """Return the document for an officer's programs: a PDF of all pages, or one page as JPEG.

    Args:
        untrusted: the document as it travelled.
        kind: a PDF holds every page, or ``page`` alone; a JPEG holds ``page``, or the first one.
        page: counted from 0.
        longest_px: the longer side is made no longer than this.

    Raises:
        UserError: as ``unpack``; ``file_unreadable`` when there is no such page.
    """
    pages = _parsed(untrusted)
    if page is not None or kind == "jpeg":
        wanted = page or 0
        if not 0 <= wanted < len(pages):
            raise UserError("file_unreadable")
        pages = pages[wanted : wanted + 1]
    if kind == "jpeg":
        return _to_jpeg(next(_drawn(pages))[0], longest_px)
    return _to_pdf(_drawn(pages), longest_px)


def _parsed(untrusted: bytes) -> tuple[_Page, ...]:
    if len(untrusted) > MOST_DOCUMENT_BYTES:
        raise UserError("file_too_large", most_mb=MOST_DOCUMENT_BYTES >> 20)
    if not untrusted.startswith(_MARK):
        raise UserError("file_unreadable")
    try:
        return msgspec.msgpack.decode(memoryview(untrusted)[len(_MARK) :], type=_Pages)
    except (ValueError, RecursionError):
        raise UserError("file_unreadable") from None


def _drawn(pages: Sequence[_Page]) -> Iterator[tuple[Pixels, float]]:
    """Yield each page's picture, turned, and its dots per inch."""
    for page in pages:
        parts = from_bytes(page.content)
        turned = np.rot90(draw(parts), -page.turns)
        yield np.ascontiguousarray(turned), parts.dpi10 / 10


def _to_jpeg(pixels: Pixels, longest_px: int | None) -> bytes:
    scale = (longest_px or max(pixels.shape)) / max(pixels.shape)
    if scale < 1:
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG", quality=_JPEG_QUALITY)
    return written.getvalue()


def _to_pdf(pages: Iterator[tuple[Pixels, float]], longest_px: int | None) -> bytes:
    with pdfium.PdfDocument.new() as document:
        for pixels, dpi in pages:
            height, width = (side * _POINTS_PER_INCH / dpi for side in pixels.shape[:2])
            image = pdfium.PdfImage.new(document)
            image.load_jpeg(io.BytesIO(_to_jpeg(pixels, longest_px)), inline=True)
            sheet = document.new_page(width, height)
            image.set_matrix(pdfium.PdfMatrix().scale(width, height))
            sheet.insert_obj(image)
            sheet.gen_content()
            sheet.close()
        return saved(document)
