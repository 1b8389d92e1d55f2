"""Understands the front of a KTP (the identity card).

Never believes the NIK alone: it is vouched for only where the dates and the sex printed agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.domain.dates import read_iso
from app.domain.nik import Nik, read_nik
from app.domain.papers.figures import digits, find_date, number_of
from app.domain.papers.labels import Labelled, after_label, labelled
from app.domain.papers.lines import PaperReading, ReadField, TextLine
from app.domain.papers.rows import Row, key, name_of, nearest, rows_of, tidy

#: Ten of the NIK's digits are checked by nothing else; right ones were never read below 0.99.
_SURE = 0.9
#: Right of this stand the photo, and the place and date of issue below it.
_PHOTO_LEFT = 0.69
_LABELS = {
    "nik": ("NIK",),
    "name": ("Nama",),
    "birth": ("Tempat/Tgl Lahir", "Tempat Tanggal Lahir"),
    "sex": ("Jenis Kelamin",),
    "address": ("Alamat",),
    "rt_rw": ("RT/RW",),
    "village": ("Kel/Desa", "Kelurahan/Desa"),
    "district": ("Kecamatan",),
    "religion": ("Agama",),
    "marital_status": ("Status Perkawinan",),
    "occupation": ("Pekerjaan",),
    "nationality": ("Kewarganegaraan",),
    "valid_until": ("Berlaku Hingga",),
}
#: What may go over into a second row.
_WRAPS = ("name", "address", "occupation")
_BLOOD = r"D\s*A\s*R\s*A\s*H\s*:?\s*([ABO0]{1,2}[+-]?|-)\s*$"
SEXES = {
    "LAKI-LAKI": "male",
    "LAKI LAKI": "male",
    "LELAKI": "male",
    "PEREMPUAN": "female",
    "WANITA": "female",
}
MARITAL_STATUSES = {
    "BELUM KAWIN": "single",
    "KAWIN": "married",
    "KAWIN TERCATAT": "married",
    "KAWIN BELUM TERCATAT": "married",
    "CERAI HIDUP": "divorced",
    "CERAI HIDUP TERCATAT": "divorced",
    "CERAI MATI": "widowed",
}
NATIONALITIES = {"WNI": "wni", "WNA": "wna", "INDONESIA": "wni"}
_FAITHS = {
    faith: faith
    for faith in ("ISLAM", "KRISTEN", "KATOLIK", "KATHOLIK", "HINDU", "BUDDHA", "BUDHA")
} | {"KHONGHUCU": "KHONGHUCU", "KONGHUCU": "KONGHUCU", "KEPERCAYAAN": "KEPERCAYAAN"}
_FOR_LIFE = "SEUMUR HIDUP"


def read_ktp(lines: Sequence[TextLine]) -> PaperReading:
    """Return what a KTP says; fields that were not readable are absent."""
    left = rows_of([line for line in lines if line.place.left < _PHOTO_LEFT])
    found = labelled(left, _LABELS, _WRAPS)
    fields = [
        *_head(left),
        *(field for one in found for field in _fields(one.name, one.row, one.text)),
        *_street(found),
        *_issue(rows_of([line for line in lines if line.place.left >= _PHOTO_LEFT])),
    ]
    reading = PaperReading("ktp", tuple(fields))
    return PaperReading("ktp", reading.fields, is_vouched=is_vouched(reading))


def is_vouched(reading: PaperReading) -> bool:
    """Tell whether the NIK that was read agrees with the birth date and the sex beside it."""
    nik = read_nik(reading.text_of("nik"))
    return (
        isinstance(nik, Nik)
        and all(field.score >= _SURE for field in reading.fields if field.id == "nik")
        and read_iso(reading.text_of("birth_date")) in nik.birth_dates
        and reading.text_of("sex") == nik.sex
    )


def _head(rows: list[Row]) -> Iterator[ReadField]:
    for row in rows[:4]:
        text = row.text.upper()
        if (after := after_label(text, "PROVINSI")) and after[1]:
            yield row.field("province", after[1])
        elif (after := after_label(text, "KABUPATEN") or after_label(text, "KOTA")) and after[1]:
            yield row.field("regency", after[1])


def _fields(name: str, row: Row, text: str) -> Iterator[ReadField]:
    if name == "nik":
        value = number_of(text, 16)
    elif name == "birth":
        yield from _birth(row, text)
        return
    elif name == "sex":
        value = sex_of(text)
        if blood := re.search(_BLOOD, text, re.IGNORECASE):
            yield row.field("blood_type", blood[1].upper().replace("0", "O"))
    elif name in ("marital_status", "nationality", "religion"):
        words = {"marital_status": MARITAL_STATUSES, "nationality": NATIONALITIES}
        value = nearest(text, words.get(name, _FAITHS))
    elif name == "valid_until":
        yield from _validity(row, text)
        return
    elif name == "rt_rw":
        value = rt_rw(text)
    elif name == "address":
        value = address_of(tidy(text))
    else:
        value = name_of(text) if name == "name" else tidy(text.upper())
    if value:
        yield row.field(name, value, text)


def _birth(row: Row, text: str) -> Iterator[ReadField]:
    found = find_date(text)
    place = name_of(text[: found[1]] if found else text)
    if found:
        yield row.field("birth_date", found[0].isoformat(), text[found[1] : found[2]])
    if place:
        yield row.field("birth_place", place)


def sex_of(text: str) -> str:
    """Return the sex that a text begins with; the blood group may stand after it."""
    letters = key(text)
    return next(
        (
            code
            for word, code in SEXES.items()
            if nearest(letters[: len(key(word))], {word: code}) == code
        ),
        "",
    )


def rt_rw(text: str) -> str:
    """Return the numbers of neighbourhood and ward as 001/002; empty when they are not there."""
    found = re.fullmatch(r"([0-9]{1,3})\D{0,3}?([0-9]{3})", digits(text, keep="/"))
    return f"{found[1]:0>3}/{found[2]}" if found else ""


def address_of(text: str) -> str:
    """Return an address with the spaces that engines leave out after a short word's dot."""
    return re.sub(r"\b(NO|JL|JLN|KP|KAMP|GG|DS|DSN|BLK|PERUM)\.(?=[A-Z0-9])", r"\1. ", text.upper())


def street(address: str, numbers: str) -> str:
    """Return an address as the form asks for it, with the neighbourhood's numbers."""
    rt, _, rw = numbers.partition("/")
    return f"{address}, RT {rt}/RW {rw}" if rw else address


def _street(found: list[Labelled]) -> Iterator[ReadField]:
    rows = {one.name: one for one in found}
    if (one := rows.get("address")) and one.text:
        numbers = rt_rw(rows["rt_rw"].text) if "rt_rw" in rows else ""
        yield one.row.field("street", street(address_of(one.text), numbers), one.text)


def _validity(row: Row, text: str) -> Iterator[ReadField]:
    if nearest(text, {_FOR_LIFE: "yes"}):
        yield row.field("valid_until", _FOR_LIFE)
        yield row.field("valid_for_life", "yes")
    elif found := find_date(text):
        yield row.field("valid_until", found[0].isoformat())
        yield row.field("valid_for_life", "no")


def _issue(rows: list[Row]) -> Iterator[ReadField]:
    """Yield the place and day of issue: the last date on the right, and the name above it."""
    for number in range(len(rows) - 1, -1, -1):
        if found := find_date(rows[number].text):
            yield rows[number].field("issued_date", found[0].isoformat())
            above = rows[number - 1] if number else None
            if above and len(key(above.text)) > 2 and not any(c.isdigit() for c in above.text):
                yield above.field("issued_place", tidy(above.text.upper()))
            return
