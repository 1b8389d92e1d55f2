"""Understands the front of a KTP (the identity card).

Never believes the NIK alone: it is vouched for only where the dates and the sex printed agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.dates import read_iso
from app.domain.nik import Nik, read_nik
from app.domain.papers.figures import find_date, number_of
from app.domain.papers.lines import PaperReading, ReadField, TextLine
from app.domain.papers.rows import Row, after_label, key, nearest, rows_of, tidy

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
_BLOOD = "Gol. Darah"
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
    found = _labelled(left)
    fields = [
        *_head(left),
        *(field for name, row, text in found for field in _fields(name, row, text)),
        *_issue(rows_of([line for line in lines if line.place.left >= _PHOTO_LEFT])),
    ]
    reading = PaperReading("ktp", tuple(fields))
    return PaperReading("ktp", reading.fields, is_vouched=is_vouched(reading))


def is_vouched(reading: PaperReading) -> bool:
    """Tell whether the NIK that was read agrees with the birth date and the sex beside it."""
    nik = read_nik(reading.text_of("nik"))
    return (
        isinstance(nik, Nik)
        and read_iso(reading.text_of("birth_date")) in nik.birth_dates
        and reading.text_of("sex") == nik.sex
    )


def _labelled(rows: list[Row]) -> list[tuple[str, Row, str]]:
    """Return each label's row and what stands after it, rows without a label joined to theirs."""
    found: dict[str, tuple[int, int]] = {}
    texts: dict[int, str] = {}
    for number, row in enumerate(rows):
        best = min(_slips(row.text), default=None)
        if best and (best[1] not in found or found[best[1]][0] > best[0]):
            found[best[1]] = (best[0], number)
            texts[number] = best[2]
    owners = {number: name for name, (_, number) in found.items()}
    joined = []
    for number, name in sorted(owners.items()):
        text, parts = texts[number], list(rows[number].lines)
        below = rows[number + 1] if number + 1 < len(rows) else None
        if (
            name in _WRAPS
            and below
            and number + 1 not in owners
            and _continues(below, rows[number])
        ):
            text = f"{text} {tidy(below.text)}"
            parts += below.lines
        joined.append((name, Row(tuple(parts)), text))
    return joined


def _slips(text: str) -> Iterator[tuple[int, str, str]]:
    for name, labels in _LABELS.items():
        for label in labels:
            if after := after_label(text, label):
                yield after[0], name, after[1]


def _continues(below: Row, row: Row) -> bool:
    """Tell whether a row without a label stands right below a value, where values stand."""
    gap = below.place.top - (row.place.top + row.place.height)
    return gap < row.place.height * 0.8 and below.place.left > row.place.left + 0.1


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
        value = _sex(text)
    elif name in ("marital_status", "nationality", "religion"):
        words = {"marital_status": MARITAL_STATUSES, "nationality": NATIONALITIES}
        value = nearest(text, words.get(name, _FAITHS))
    elif name == "valid_until":
        yield from _validity(row, text)
        return
    elif name == "rt_rw":
        value = _rt_rw(text)
    else:
        value = tidy(text.upper())
    if value:
        yield row.field(name, value)


def _birth(row: Row, text: str) -> Iterator[ReadField]:
    found = find_date(text)
    place = tidy(text[: found[1]] if found else text).upper()
    if found:
        yield row.field("birth_date", found[0].isoformat())
    if place:
        yield row.field("birth_place", place)


def _sex(text: str) -> str:
    """Return the sex; the blood group may stand in the same row."""
    letters = key(text)
    return next(
        (
            code
            for word, code in SEXES.items()
            if nearest(letters[: len(key(word))], {word: code}) == code
        ),
        "",
    )


def _rt_rw(text: str) -> str:
    parts = [number_of(part, 3) for part in text.replace("I", "/").split("/")] if text else []
    if len(parts) == 2 and all(parts):
        return "/".join(parts)
    both = number_of(text, 6)
    return f"{both[:3]}/{both[3:]}" if both else ""


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
