"""Makes one document of pages: a single picture stays a picture, everything else becomes one PDF.

Runs in the worker process only. The same pages give the same bytes, whenever and wherever.
"""

from __future__ import annotations

import io

import pypdfium2 as pdfium

from app.errors import UserError
from app.imaging.limits import MOST_DOCUMENT_BYTES
from app.imaging.pdf import opened_pdf, saved
from app.imaging.pictures import turned
from app.imaging.reading import opened, to_jpeg, to_png
from app.imaging.requests import Document, ReadPage

#: A picture's longer side on paper: A4, in points.
_LONGEST_PT = 841.89


def assemble(pages: tuple[ReadPage, ...]) -> Document:
    """Return the pages as one document.

    Raises:
        UserError: ``document_too_large``, ``file_unreadable``.
    """
    if len(pages) == 1 and pages[0].media_type != "application/pdf":
        made = Document(pages[0].media_type, _single_picture(pages[0]), 1)
    else:
        made = Document("application/pdf", _pdf_of(pages), len(pages))
    if len(made.content) > MOST_DOCUMENT_BYTES:
        raise UserError("document_too_large", most_mb=MOST_DOCUMENT_BYTES >> 20)
    return made


def _single_picture(page: ReadPage) -> bytes:
    if page.turns % 4 == 0:
        return page.content
    kind = "JPEG" if page.media_type == "image/jpeg" else "PNG"
    with opened(page.content, kind) as picture:
        picture.load()
        whole = turned(picture, page.turns)
        return to_jpeg(whole) if kind == "JPEG" else to_png(whole)


def _pdf_of(pages: tuple[ReadPage, ...]) -> bytes:
    with pdfium.PdfDocument.new() as document:
        for page in pages:
            if page.media_type == "application/pdf":
                with opened_pdf(page.content) as single:
                    document.import_pages(single)
            else:
                _add_picture(document, page)
            last = document.get_page(len(document) - 1)
            last.set_rotation((last.get_rotation() + 90 * page.turns) % 360)
            last.close()
        return saved(document)


def _add_picture(document: pdfium.PdfDocument, page: ReadPage) -> None:
    image = pdfium.PdfImage.new(document)
    with opened(page.content, "JPEG" if page.media_type == "image/jpeg" else "PNG") as picture:
        width, height = picture.size
        if page.media_type == "image/jpeg":
            image.load_jpeg(io.BytesIO(page.content), inline=True)
        elif picture.mode == "1":
            bitmap = pdfium.PdfBitmap.from_pil(picture.convert("L"))
            image.set_bitmap(bitmap)
            bitmap.close()
        else:
            # pdfium packs pixels without looking at their neighbours: a photo would grow tenfold.
            image.load_jpeg(io.BytesIO(to_jpeg(picture)), inline=True)
    scale = _LONGEST_PT / max(width, height)
    sheet = document.new_page(width * scale, height * scale)
    image.set_matrix(pdfium.PdfMatrix().scale(width * scale, height * scale))
    sheet.insert_obj(image)
    sheet.gen_content()
    sheet.close()
