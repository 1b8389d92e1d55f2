"""Finds the applicant, the spouse and the parents among a family card's rows.

Takes nobody for the applicant who is not named like them or has not their NIK.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from app.domain.answers import Answers
from app.domain.papers.lines import PaperReading, ReadField
from app.domain.papers.rows import same_name

_MEMBER = "member_"
_SPOUSES = ("SUAMI", "ISTRI", "KEPALA KELUARGA")
_Rows = dict[str, dict[str, ReadField]]


def member_field(number: int, what: str) -> str:
    """Return the name of a field in a member's row; the first row is number 1."""
    return f"{_MEMBER}{number}.{what}"


def relatives(reading: PaperReading, answers: Answers) -> Iterator[ReadField]:
    """Yield the rows of the applicant and of near relatives, named by what they are to them."""
    rows = _rows(reading)
    own = _own(rows, answers)
    if own is None:
        return
    found = {"own": own, "spouse": _spouse(rows, own)}
    for parent in ("mother", "father"):
        if named := own.get(parent):
            found[parent] = _named(rows, named.text)
    for who, row in found.items():
        for what, field in (row or {}).items():
            yield msgspec.structs.replace(field, id=f"{who}.{what}")


def _rows(reading: PaperReading) -> _Rows:
    rows: _Rows = {}
    for field in reading.fields:
        if field.id.startswith(_MEMBER):
            row, _, what = field.id.partition(".")
            rows.setdefault(row, {})[what] = field
    return rows


def _own(rows: _Rows, answers: Answers) -> dict[str, ReadField] | None:
    nik = answers.get("nik", "")
    for row in rows.values():
        if nik and "nik" in row and row["nik"].text == nik:
            return row
    return _named(rows, answers.get("full_name", ""))


def _named(rows: _Rows, name: str) -> dict[str, ReadField] | None:
    """Return the one row of this name."""
    fitting = [row for row in rows.values() if "name" in row and same_name(row["name"].text, name)]
    return fitting[0] if name and len(fitting) == 1 else None


def _spouse(rows: _Rows, own: dict[str, ReadField]) -> dict[str, ReadField] | None:
    """Return the other one of the couple whose card it is."""
    if "relation" not in own or own["relation"].text not in _SPOUSES:
        return None
    others = [
        row
        for row in rows.values()
        if row is not own and "relation" in row and row["relation"].text in _SPOUSES
    ]
    return others[0] if len(others) == 1 else None
