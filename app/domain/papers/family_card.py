"""Understands a family card (kartu keluarga): its head, and the rows of its two tables.

A member's NIK is given only where the date and the sex in its row agree with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.domain.dates import real_date
from app.domain.nik import Nik, read_nik
from app.domain.papers.family_rows import member_field
from app.domain.papers.figures import digits, find_date, number_of
from app.domain.papers.ktp import address_of, rt_rw, sex_of, street
from app.domain.papers.labels import Labelled, labelled
from app.domain.papers.lines import PaperReading, ReadField, TextLine
from app.domain.papers.rows import Row, key, name_of, nearest, rows_of, tidy

_LABELS = {
    "head": ("Nama Kepala Keluarga",),
    "address": ("Alamat",),
    "rt_rw": ("RT/RW",),
    "village": ("Desa/Kelurahan", "Kelurahan/Desa"),
    "district": ("Kecamatan",),
    "regency": ("Kabupaten/Kota",),
    "province": ("Provinsi",),
}
RELATIONS = (
    "KEPALA KELUARGA", "SUAMI", "ISTRI", "ANAK", "MENANTU", "CUCU", "ORANG TUA", "MERTUA",
    "FAMILI LAIN", "PEMBANTU", "LAINNYA",
)  # fmt: skip
#: A run of sixteen digits, some taken for letters.
_NIK = re.compile(r"(?<![0-9A-Z])[0-9ODQIlBSZGT]{16}(?![0-9A-Z])")
_FEWEST_DIGITS = 12
#: Of the card's width: half of the gap between the middles of two columns is at most this.
_COLUMN = 0.09
_MIDDLE = 0.5


def read_family_card(lines: Sequence[TextLine]) -> PaperReading:
    """Return what a family card says; fields that were not readable are absent."""
    rows = rows_of(lines)
    first = [n for n, row in enumerate(rows) if _is_member(row)]
    if not first:
        return PaperReading("family_card", tuple(_head(rows)))
    members = [rows[number] for number in first]
    vouched, fields = 0, list(_head(rows[: first[0]]))
    for number, row in enumerate(members, start=1):
        of_member = list(_member(number, row))
        vouched += any(field.id == member_field(number, "nik") for field in of_member)
        fields += of_member
    fields += _lower_table(rows[first[-1] + 1 :], len(members))
    has_number = any(field.id == "kk_number" for field in fields)
    return PaperReading("family_card", tuple(fields), is_vouched=has_number and vouched > 0)


def _head(rows: Sequence[Row]) -> Iterator[ReadField]:
    lines = [line for row in rows for line in row.lines]
    for row in rows:
        if number := _card_number(row.text):
            yield row.field("kk_number", number)
            break
    found: list[Labelled] = []
    for is_left in (True, False):
        half = [line for line in lines if (line.place.left < _MIDDLE) is is_left]
        found += labelled(rows_of(half), _LABELS)
    texts = {one.name: one for one in found if one.text}
    for name, one in texts.items():
        cleaned = {"rt_rw": rt_rw, "address": address_of, "head": name_of}.get(name, str.upper)
        if text := cleaned(one.text):
            yield one.row.field(name, text, one.text)
    if "address" in texts:
        one = texts["address"]
        numbers = rt_rw(texts["rt_rw"].text) if "rt_rw" in texts else ""
        yield one.row.field("street", street(address_of(one.text), numbers), one.text)


def _card_number(text: str) -> str:
    """Return the card's number; its middle is the day of recording."""
    number = number_of(re.sub(r"^\W*N[o0O]\W*", "", text), 16)
    if not number or not real_date(2000 + int(number[10:12]), int(number[8:10]), int(number[6:8])):
        return ""
    return number


def _is_member(row: Row) -> bool:
    found = _nik(row.text)
    return found is not None and len(key(row.text[: found.start()])) > 2


def _nik(text: str) -> re.Match[str] | None:
    found = _NIK.search(text)
    is_number = found and sum(letter.isdigit() for letter in found[0]) >= _FEWEST_DIGITS
    return found if is_number else None


def _member(number: int, row: Row) -> Iterator[ReadField]:
    found = _nik(row.text)
    if found is None:
        return
    name = name_of(re.sub(r"^\W*[0-9]{1,2}\W+", "", row.text[: found.start()] + " "))
    after = tidy(row.text[found.end() :])
    sex = sex_of(after)
    born = find_date(after)
    values = {"name": (name, ""), "sex": (sex, after[:4])}
    if born:
        values["birth_date"] = (born[0].isoformat(), after[born[1] : born[2]])
        values["birth_place"] = (_place(after[: born[1]]), "")
        nik = read_nik(digits(found[0]))
        if isinstance(nik, Nik) and born[0] in nik.birth_dates and sex == nik.sex:
            values["nik"] = (digits(found[0]), found[0])
    for what, (value, printed) in values.items():
        if value:
            yield row.field(member_field(number, what), value, printed)


def _place(text: str) -> str:
    """Return the place between sex and date."""
    words = text.upper().split()
    while words and sex_of(" ".join(words)):
        words = words[1:]
    return name_of(" ".join(words))


def _lower_table(rows: Sequence[Row], members: int) -> Iterator[ReadField]:
    """Yield relations, nationalities and parents, when there is one row for each member."""
    columns = _parent_columns(rows)
    filled = [row for row in rows if _relation(row)]
    if len(filled) < members:
        return
    for number, row in enumerate(filled[:members], start=1):
        yield row.field(member_field(number, "relation"), _relation(row))
        for line in row.lines:
            if meant := nearest(line.text, {"WNI": "wni", "WNA": "wna"}):
                yield _of_line(line, member_field(number, "nationality"), meant)
        for parent, middle in columns.items():
            for line in row.lines:
                if _is_in(line, middle) and len(key(line.text)) > 2:
                    yield _of_line(line, member_field(number, parent), name_of(line.text))


def _relation(row: Row) -> str:
    """Return the relation to the head of the family that a row names."""
    for line in row.lines:
        for relation in RELATIONS:
            if nearest(line.text, {relation: relation}, slips_per_letters=6):
                return relation
    return ""


def _parent_columns(rows: Sequence[Row]) -> dict[str, float]:
    """Return where the middles of the parents' columns are, by their titles."""
    middles: dict[str, float] = {}
    for row in rows:
        for line in row.lines:
            title = {"AYAH": "father", "IBU": "mother", "LBU": "mother"}.get(key(line.text))
            if title:
                middles.setdefault(title, line.place.left + line.place.width / 2)
    return middles


def _is_in(line: TextLine, middle: float) -> bool:
    return abs(line.place.left + line.place.width / 2 - middle) < _COLUMN


def _of_line(line: TextLine, field_id: str, text: str) -> ReadField:
    return ReadField(field_id, text, line.score, line.place)
