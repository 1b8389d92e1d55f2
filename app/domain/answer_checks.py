"""Tidies one typed answer and says what is wrong with it, by the field's kind.

Rules across fields are in ``app.domain.checking``; conditions in ``app.domain.conditions``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from app.domain.answers import NO, YES, Problem, Severity
from app.domain.catalogue import Field
from app.domain.dates import parse_date, read_iso
from app.domain.nik import SPECIMEN_PROVINCE, compact_digits, read_nik
from app.domain.regions import Regions

#: Permendagri 73/2022: new civil records take names of at most so many characters.
_LONGEST_NAME = 60
_OLDEST_YEAR = 1900
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
#: What names on papers hold besides letters: O'Neil, Siti-Aminah, M. Nur, Hasan, S.E., A/L.
_NAME_MARKS = " .,'’`-/"
#: Typed by nobody, pasted or sent by programs: no paper shows them and no office's database takes
#: them. Spaces of every kind are left to ``split``.
_NOT_WRITING = re.compile("[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")
_Finding = tuple[str, Severity]


def writing_only(typed: str) -> str:
    """Return the text, trimmed, without what is no writing: control characters, half letters."""
    return _NOT_WRITING.sub("", typed).strip()


def normalize_answer(field: Field, typed: str) -> str:
    """Return the answer as it is kept; what cannot be understood stays as typed, trimmed.

    Numbers lose their spaces, phones get +62, names single spaces, dates become ISO 8601.
    """
    text = writing_only(typed)
    if field.kind in ("nik", "kk"):
        return compact_digits(text)
    if field.kind == "phone":
        return _international(text)
    if field.kind == "passport_number":
        return compact_digits(text).upper()
    if field.kind == "email":
        return re.sub(r"\s", "", text).lower()
    if field.kind == "date":
        day = parse_date(text)
        return day.isoformat() if day else text
    if field.kind == "note":
        return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()
    return " ".join(text.split())


def _international(text: str) -> str:
    digits = re.sub(r"[\s().\-‐-―]", "", text)
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    if digits.startswith("0"):
        return f"+62{digits[1:]}"
    if digits.startswith("62"):
        return f"+{digits}"
    if digits.startswith("8"):
        return f"+62{digits}"
    return digits


def check_answer(field: Field, value: str, today: date, regions: Regions) -> tuple[Problem, ...]:
    """Return what is wrong with a normalized answer; an empty one has nothing wrong here."""
    if not value:
        return ()
    if len(value) > field.max_length:
        return (Problem(field.id, "too_long", params={"most": str(field.max_length)}),)
    found = list(_CHECKS[field.kind](field, value, today, regions))
    if field.pattern and not found and not re.fullmatch(field.pattern, value):
        found.append(("shape_unusual", "warning"))
    return tuple(Problem(field.id, code, severity) for code, severity in found)


def _check_nothing(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    yield from ()


def _check_name(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    if any(letter.isdigit() for letter in value):
        yield "name_digits", "error"
    elif not (
        any(letter.isalpha() for letter in value)
        and all(letter.isalpha() or letter in _NAME_MARKS for letter in value)
    ):
        yield "name_symbols", "error"
    if len(value) > _LONGEST_NAME:
        yield "name_long", "warning"


def _check_nik(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    nik = read_nik(value)
    if isinstance(nik, str):
        yield nik, "error"
    elif nik.province == SPECIMEN_PROVINCE:
        yield "nik_specimen", "warning"
    elif not regions.knows_province(nik.province):
        yield "nik_province", "error"
    elif not regions.knows_nik_prefix(nik.prefix):
        yield "nik_prefix_unknown", "warning"


def _check_kk(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    if not re.fullmatch(r"[0-9]{16}", value):
        yield "kk_length", "error"
    elif value[:2] == SPECIMEN_PROVINCE:
        yield "kk_specimen", "warning"
    elif not regions.knows_nik_prefix(value[:6]):
        yield "kk_prefix_unknown", "warning"


def _check_passport(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    if not re.fullmatch(r"(?=.*[0-9])[A-Z0-9]{5,15}", value):
        yield "passport_number_form", "error"


def _check_date(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    day = read_iso(value)
    if day is None:
        yield "date_form", "error"
    elif day.year < _OLDEST_YEAR:
        yield "date_too_old", "error"
    elif field.is_past and day > today:
        yield "date_in_future", "error"
    elif field.is_future and day < today:
        yield "date_in_past", "error"


def _check_choice(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    if value not in {choice.code for choice in field.choices}:
        yield "choice_not_offered", "error"


def _check_yes_no(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    if value not in (YES, NO):
        yield "choice_not_offered", "error"


def _check_region(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    if not regions.is_village(value):
        yield "region_unknown", "error"


def _check_phone(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    if not re.fullmatch(r"\+[0-9]{7,15}", value):
        yield "phone_form", "error"
    elif value.startswith("+62") and not 9 <= len(value) - 3 <= 13:
        yield "phone_length", "error"
    elif value.startswith("+62") and not value.startswith("+628"):
        yield "phone_not_mobile", "warning"


def _check_email(field: Field, value: str, today: date, regions: Regions) -> Iterator[_Finding]:
    if not _EMAIL.fullmatch(value):
        yield "email_form", "error"


_Check = Callable[[Field, str, date, Regions], Iterator[_Finding]]
_CHECKS: dict[str, _Check] = {
    "text": _check_nothing,
    "note": _check_nothing,
    "name": _check_name,
    "nik": _check_nik,
    "kk": _check_kk,
    "passport_number": _check_passport,
    "date": _check_date,
    "choice": _check_choice,
    "yes_no": _check_yes_no,
    "region": _check_region,
    "phone": _check_phone,
    "email": _check_email,
}
