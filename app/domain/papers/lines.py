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


#: Rows of a family card, as seen by the applicant.
RELATIVES = ("own", "spouse", "mother", "father")
_OF_A_PERSON = ("name", "nik", "sex", "birth_place", "birth_date", "nationality")
#: What each reader may find, by its name in ``Look.reads``; ``catalogue.fills`` names these.
READ_FIELDS: dict[str, frozenset[str]] = {
    "ktp": frozenset(
        {
            *_OF_A_PERSON,
            *("province", "regency", "blood_type", "address", "rt_rw", "street", "village"),
            *("district", "religion", "marital_status", "occupation", "valid_until"),
            *("valid_for_life", "issued_place", "issued_date"),
        }
    ),
    "passport": frozenset(
        {
            *("name", "surname", "given_names", "number", "nationality", "issuer", "birth_date"),
            *("birth_place", "sex", "issued_date", "expiry_date", "issuing_office"),
            *("mrz_line1", "mrz_line2"),
        }
    ),
    "family_card": frozenset(
        {
            *("kk_number", "head", "address", "rt_rw", "street", "village", "district"),
            *("regency", "province", "own.mother", "own.father"),
            *(f"{who}.{what}" for who in RELATIVES for what in _OF_A_PERSON),
        }
    ),
    "birth_deed": frozenset(
        {"deed_number", "name", "birth_place", "birth_date", "sex", "mother_name", "father_name"}
    ),
}
