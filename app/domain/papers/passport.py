"""Understands the data page of a passport: its machine lines first, then the print above them.

Vouched for only by the check digits of the second machine line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.papers.figures import find_date
from app.domain.papers.labels import after_label
from app.domain.papers.lines import PaperReading, ReadField, TextLine
from app.domain.papers.mrz import Mrz, looks_like_mrz, read_mrz
from app.domain.papers.rows import Row, key, rows_of, tidy

#: What stands on the page in print and not in the machine lines; labels in capitals.
_PRINTED = {
    "birth_place": ("TEMPAT LAHIR", "PLACE OF BIRTH"),
    "issued_date": ("TGL PENGELUARAN", "TGL. PENGELUARAN", "DATE OF ISSUE"),
    "issuing_office": ("KANTOR YANG MENGELUARKAN", "ISSUING OFFICE"),
}


def read_passport(lines: Sequence[TextLine]) -> PaperReading:
    """Return what a passport page says; nothing when its second machine line is not there."""
    rows = rows_of(lines)
    machine = [row for row in rows if looks_like_mrz("".join(line.text for line in row.lines))]
    mrz = read_mrz(["".join(line.text for line in row.lines) for row in machine])
    if mrz is None:
        return PaperReading("passport")
    read = [line for row in machine for line in row.lines]
    whole = Row(tuple(read))
    above = [row for row in rows if row not in machine]
    fields = [*_of_machine_lines(mrz, whole), *_printed(above)]
    return PaperReading("passport", tuple(fields), is_vouched=mrz.is_vouched)


def _of_machine_lines(mrz: Mrz, row: Row) -> Iterator[ReadField]:
    name = " ".join(part for part in (mrz.given_names, mrz.surname) if part)
    texts = {
        "name": name,
        "surname": mrz.surname,
        "given_names": mrz.given_names,
        "number": mrz.number,
        "nationality": mrz.nationality,
        "issuer": mrz.issuer,
        "birth_date": mrz.birth_date.isoformat(),
        "sex": mrz.sex,
        "expiry_date": mrz.expiry_date.isoformat(),
        "mrz_line1": mrz.line1,
        "mrz_line2": mrz.line2,
    }
    for field_id, text in texts.items():
        if text:
            yield row.field(field_id, text)


def _printed(rows: list[Row]) -> Iterator[ReadField]:
    """Yield what stands under a label: the nearest line below that begins where it does."""
    lines = [line for row in rows for line in row.lines]
    for field_id, labels in _PRINTED.items():
        found = [
            (slips, number)
            for number, line in enumerate(lines)
            if (slips := _slips(line, labels)) is not None
        ]
        value = _below(lines[min(found)[1]], lines) if found else None
        if value is None:
            continue
        if field_id != "issued_date":
            yield ReadField(field_id, tidy(value.text.upper()), value.score, value.place)
        elif day := find_date(value.text):
            yield ReadField(field_id, day[0].isoformat(), value.score, value.place)


def _slips(line: TextLine, labels: tuple[str, ...]) -> int | None:
    """Return how many letters of a label were misread; None when the line is another one."""
    parts = (line.text, *line.text.split("/"))
    found = [after_label(part, label) for part in parts for label in labels]
    return min((one[0] for one in found if one), default=None)


def _below(label: TextLine, lines: list[TextLine]) -> TextLine | None:
    """Return the nearest line below a label, not a label itself, that starts near its left."""
    place = label.place
    under = [
        line
        for line in lines
        if 0 < line.place.top - place.top < 4 * place.height
        and line.place.top > place.top + place.height * 0.5
        and abs(line.place.left - place.left) < 0.06
        and all(_slips(line, labels) is None for labels in _PRINTED.values())
        and len(key(line.text)) > 1
    ]
    return min(under, key=lambda line: line.place.top, default=None)
