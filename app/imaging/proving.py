"""Takes a page of its own drawing through every step; runs in the worker process only.

A library that loads and does not work, or a part that a package left out, shows here and not
before a person's paper does.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.domain.catalogue import Look
from app.errors import BugError
from app.imaging.decoding import pixels_of
from app.imaging.encoding.document import pack, unpack
from app.imaging.encoding.encode import encode
from app.imaging.judging.judge import judge
from app.imaging.ocr.engine import Ocr
from app.imaging.ocr.reading import read_text
from app.imaging.preparing.prepare import prepare
from app.imaging.reading import read_pages

_SIZE = (900, 600)
_DPI = 150
_LINES = ("PROVINSI CONTOH", "KABUPATEN SAMPEL", "NAMA ORANG CONTOH")
_LOOK = Look(labels=("PROVINSI",), reads="ktp")
#: In steps of brightness, in the mean of all dots.
_MOST_CHANGE = 3.0


def prove(ocr: Ocr | None) -> None:
    """Scan, straighten, judge, shrink and draw a page; read it where there is an engine.

    Raises:
        BugError: ``imaging_unproved``.
    """
    (read,) = read_pages(_scan())
    pixels, dpi = pixels_of(read)
    (made, *_) = prepare(pixels, _LOOK, dpi)
    if judge(made, _LOOK, ocr).findings:
        raise BugError("imaging_unproved", step="judge")
    lines = read_text(made, _LOOK, ocr).lines
    if ocr is not None and [line.text for line in lines] != list(_LINES):
        raise BugError("imaging_unproved", step="read")
    (drawn,) = unpack(pack([(encode(made).content, 0)]))
    # A page without its ink, or in other colours, differs by far more.
    if np.abs(drawn.astype(np.int16) - made.pixels).mean() > _MOST_CHANGE:
        raise BugError("imaging_unproved", step="encode")


def _scan() -> bytes:
    page = Image.new("RGB", _SIZE, "white")
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(44)
    for number, line in enumerate(_LINES):
        pen.text((120, 120 + 120 * number), line, "black", font)
    written = io.BytesIO()
    page.save(written, "TIFF", dpi=(_DPI, _DPI))
    return written.getvalue()
