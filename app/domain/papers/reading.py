"""Turns the text of a page into what its paper says, by the reader of its kind.

Pure, and never surprised: text that makes no sense gives a reading without fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from app.domain.papers.birth_deed import read_birth_deed
from app.domain.papers.family_card import read_family_card
from app.domain.papers.ktp import read_ktp
from app.domain.papers.lines import PaperReading, TextLine
from app.domain.papers.passport import read_passport

_Reader = Callable[[Sequence[TextLine]], PaperReading]
_READERS: dict[str, _Reader] = {
    "ktp": read_ktp,
    "passport": read_passport,
    "family_card": read_family_card,
    "birth_deed": read_birth_deed,
}
#: What comes from a picture is bounded: a page of print has some two hundred lines.
_MOST_LINES = 1500
_LONGEST_LINE = 400


def read_paper(reads: str, lines: Sequence[TextLine], codes: Sequence[str] = ()) -> PaperReading:
    """Return what a page says.

    Args:
        reads: which reader understands it, as the catalogue's ``Look.reads`` says; may be empty.
        lines: the text, as the engine read it.
        codes: texts of QR codes on it.
    """
    reader = _READERS.get(reads)
    bounded = [line for line in lines[:_MOST_LINES] if len(line.text) <= _LONGEST_LINE]
    reading = reader(bounded) if reader else PaperReading()
    return msgspec.structs.replace(reading, codes=tuple(codes))
