"""Opening and writing PDF files with pdfium; runs in the worker process only."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium

from app.errors import UserError

#: What pdfium writes of the moment of writing; the same lengths go back, so that no offset moves.
_MADE_AT = re.compile(rb"/CreationDate\(D:[^)]{15,25}\)/Creator\(PDFium\)")
_ID = re.compile(rb"/ID\[<[0-9A-F]+><[0-9A-F]+>\](?=>>\s+startxref\s+[0-9]+\s+%%EOF\s*\Z)")


@contextmanager
def opened_pdf(content: bytes) -> Iterator[pdfium.PdfDocument]:
    """Open a PDF; what pdfium says against it becomes a UserError.

    Raises:
        UserError: ``pdf_encrypted`` or ``file_unreadable``.
    """
    try:
        with pdfium.PdfDocument(content) as document:
            yield document
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY):
            raise UserError("pdf_encrypted") from None
        raise UserError("file_unreadable") from None


def saved(document: pdfium.PdfDocument) -> bytes:
    """Return the file; the same document gives the same bytes at any time."""
    written = io.BytesIO()
    document.save(written)
    content = _MADE_AT.sub(_zeroed, written.getvalue(), count=1)
    return _ID.sub(_zeroed, content, count=1)


def _zeroed(found: re.Match[bytes]) -> bytes:
    head, mark, tail = found[0].partition(b"D:" if b"D:" in found[0] else b"[")
    date, paren, rest = tail.partition(b")")
    return head + mark + re.sub(rb"[0-9A-F]", b"0", date) + paren + rest
