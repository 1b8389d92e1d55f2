"""Invented papers as files, made once for all tests: good ones, and ones with something wrong."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageFilter

import tests.specimens as specimens
from tests.specimens import Kind

#: Which specimen stands for a document type of the shipped catalogue.
SPECIMENS: dict[str, Kind] = {
    "ktp": "ktp",
    "kk": "family_card",
    "birth_certificate": "birth_deed",
    "authority_letter": "letter",
}


#: Sheets are still easy to read, and are looked at in half the time.
_SHEET_DPI = 200


@cache
def paper(kind: str, seed: int = 1) -> bytes:
    """Return a scanned paper of a document type with a little of the lid around it."""
    picture = _picture(kind, seed)
    return _jpeg(picture, dpi=_dpi(kind))


@cache
def blurred(kind: str, seed: int = 1) -> bytes:
    """Return the same out of focus."""
    picture = _picture(kind, seed)
    return _jpeg(picture.filter(ImageFilter.GaussianBlur(4)), dpi=_dpi(kind))


@cache
def glaring(kind: str) -> bytes:
    """Return a photo of it with a lamp in it."""
    made = specimens.spoil(specimens.make(SPECIMENS[kind], 1), "glare", 1)
    return _jpeg(Image.fromarray(made.pixels), dpi=72)


@cache
def photographed(kind: str) -> bytes:
    """Return it on a table, under a document camera."""
    made = specimens.capture(specimens.make(SPECIMENS[kind], 1), "document_camera", 1)
    return _jpeg(Image.fromarray(made.pixels), dpi=72)


@cache
def side_by_side(kind: str) -> bytes:
    """Return a scan of the whole glass with two of them on it."""
    bed = specimens.bed([specimens.make(SPECIMENS[kind], seed) for seed in (1, 2)], 1)
    return _jpeg(Image.fromarray(bed.pixels))


def truth(kind: str, seed: int = 1) -> dict[str, str]:
    """Return what is printed on it."""
    return dict(specimens.make(SPECIMENS[kind], seed).fields)


@cache
def _picture(kind: str, seed: int) -> Image.Image:
    made = specimens.capture(specimens.make(SPECIMENS[kind], seed), "scan_good", seed)
    picture = Image.fromarray(made.pixels)
    if kind == "ktp":
        return picture
    share = _SHEET_DPI / 300
    size = (round(picture.width * share), round(picture.height * share))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _dpi(kind: str) -> int:
    return 300 if kind == "ktp" else _SHEET_DPI


def _jpeg(picture: Image.Image, dpi: int = 300) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=90, dpi=(dpi, dpi))
    return written.getvalue()
