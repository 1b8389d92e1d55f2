"""Makes one document of encoded pages, and of a document what an officer's programs open.

Runs in the worker process only. The same pages give the same bytes, whenever and wherever.
"""

from __future__ import annotations

import io

from PIL import Image

from app.domain.documents import PAGES_TYPE
from app.errors import UserError
from app.imaging.limits import MOST_DOCUMENT_BYTES, MOST_PAGES
from app.imaging.pictures import drawn
from app.imaging.reading import read_pages, to_jpeg
from app.imaging.requests import Document, PresentRequest

#: Nobody knows how large an unprepared page was; a longest side of 3508 is then an A4.
_SHOWN_DPI = 300.0


def assemble(pages: tuple[tuple[bytes, int], ...]) -> Document:
    """Return encoded pages, each with its quarter turns, as one document.

    Raises:
        UserError: ``document_too_large``, ``file_unreadable``.
    """
    from app.imaging.encoding.document import pack

    made = Document(PAGES_TYPE, pack(pages), len(pages))
    if len(made.content) > MOST_DOCUMENT_BYTES:
        raise UserError("document_too_large", most_mb=MOST_DOCUMENT_BYTES >> 20)
    return made


def present(request: PresentRequest) -> bytes:
    """Return a travelled document as a PDF or a JPEG; its claimed kind is believed no further.

    Raises:
        UserError: ``file_unreadable`` (also when there is no such page), and those of
            ``read_pages``.
    """
    if request.media_type == PAGES_TYPE:
        from app.imaging.encoding.document import present as of_pages

        return of_pages(request.document, request.kind, request.page, request.longest_px)
    read = read_pages(request.document)
    if request.page is not None and not 0 <= request.page < len(read):
        raise UserError("file_unreadable")
    wanted = read if request.page is None else (read[request.page],)
    if request.kind == "jpeg":
        return to_jpeg(drawn(wanted[0], request.longest_px))
    return _as_pdf([drawn(page, request.longest_px) for page in wanted[:MOST_PAGES]])


def _as_pdf(pictures: list[Image.Image]) -> bytes:
    written = io.BytesIO()
    first, *others = (picture.convert("RGB") for picture in pictures)
    first.save(written, "PDF", save_all=True, append_images=others, resolution=_SHOWN_DPI)
    return written.getvalue()
