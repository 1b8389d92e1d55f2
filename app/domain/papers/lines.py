"""Owns the shapes of what was read off a paper, from lines of text to named fields.

Nothing here is trusted: a reading is a suggestion until a person has confirmed it.
"""

from __future__ import annotations

import msgspec

from app.domain.judgement import Place


class TextLine(msgspec.Struct, frozen=True):
    """One run of text as the engine read it, with how sure it is (0..1) and where it stands."""

    text: str
    score: float
    place: Place


class PageText(msgspec.Struct, frozen=True):
    """Everything read off one page; empty where there is no engine."""

    lines: tuple[TextLine, ...] = ()
    #: Texts of QR codes.
    codes: tuple[str, ...] = ()


class ReadField(msgspec.Struct, frozen=True):
    """One thing that a paper says, by the name its reader gives it."""

    id: str
    #: As answers are kept: dates in ISO 8601, choices by their code, numbers without spaces.
    text: str
    score: float
    place: Place


class PaperReading(msgspec.Struct, frozen=True):
    """What one page says."""

    #: Which reader understood it (``Look.reads``); empty when none did.
    paper: str = ""
    fields: tuple[ReadField, ...] = ()
    codes: tuple[str, ...] = ()
    #: Whether its own check digits, or its NIK against its dates, say that it was read rightly.
    is_vouched: bool = False

    def text_of(self, field_id: str) -> str:
        """Return what was read there, or nothing."""
        return next((field.text for field in self.fields if field.id == field_id), "")
