"""Understands a birth deed (kutipan akta kelahiran): one long sentence, whatever its lines are.

Vouched for only where the day in figures and the day in words agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.papers.figures import find_date, spelled_date
from app.domain.papers.ktp import sex_of
from app.domain.papers.lines import PaperReading, ReadField, TextLine
from app.domain.papers.rows import around, key, rows_of, tidy

#: Left and right of this is the ornament of the frame.
_MARGIN = 0.1
_READABLE = 0.6
_NUMBER = re.compile(r"[0-9]{4}\s?-\s?[A-Z]{2}\s?-\s?[0-9]{8}\s?-\s?[0-9]{3,6}")
#: What begins a part of the sentence; each part goes to the next one that is there.
_PARTS = {
    "number": r"AKTA\s*KELAHIRAN\s*(?:NOMOR|NO\b\.?)",
    "place": r"BAHWA\s*D[I1L]\b",
    "day": r"PADA\s*TANGGAL",
    "name": r"TELAH\s*LAHIR",
    "order": r"ANAK\s*KE",
    "father": r"\b(?:DARI\s*)?AYAH\b",
    "mother": r"\b(?:DAN\s*)?[I1L]BU\b",
    "end": r"KUTIPAN\s*[I1L]N[I1L]",
}


@dataclass(frozen=True)
class _Sentence:
    """The deed's text in one piece, which knows the line of each letter."""

    text: str
    lines: tuple[TextLine, ...]
    starts: tuple[int, ...]

    def field(self, field_id: str, value: str, start: int, end: int) -> ReadField:
        """Return what stands from one letter to another."""
        ends = (*self.starts[1:], len(self.text) + 1)
        of_part = [
            line
            for line, begin, until in zip(self.lines, self.starts, ends, strict=True)
            if begin < end and until > start + 1
        ]
        score = min((line.score for line in of_part), default=0.0)
        return ReadField(field_id, value, score, around(line.place for line in of_part))


def read_birth_deed(lines: Sequence[TextLine]) -> PaperReading:
    """Return what a birth deed says; fields that were not readable are absent."""
    sentence = _sentence(lines)
    parts = _parts(sentence.text)
    fields = []
    for name, read in (
        ("name", "name"), ("place", "birth_place"), ("father", "father_name"),
        ("mother", "mother_name"),
    ):  # fmt: skip
        if name in parts and (value := _words(sentence.text[slice(*parts[name])])):
            fields.append(sentence.field(read, value, *parts[name]))
    in_figures, spelled = None, None
    if "day" in parts:
        said = sentence.text[slice(*parts["day"])]
        found = find_date(said)
        in_figures, spelled = found[0] if found else None, spelled_date(said)
        if day := in_figures or spelled:
            fields.append(sentence.field("birth_date", day.isoformat(), *parts["day"]))
    fields += [*_sex(sentence, parts), *_deed_number(sentence)]
    return PaperReading("birth_deed", tuple(fields), is_vouched=_agree(in_figures, spelled))


def _agree(one: date | None, other: date | None) -> bool:
    return one is not None and one == other


def _sentence(lines: Sequence[TextLine]) -> _Sentence:
    kept = [
        line for row in rows_of([line for line in lines if _is_text(line)]) for line in row.lines
    ]
    text, starts = "", []
    for line in kept:
        starts.append(len(text))
        text += " ".join(line.text.upper().split()) + " "
    return _Sentence(text, tuple(kept), tuple(starts))


def _is_text(line: TextLine) -> bool:
    middle = line.place.left + line.place.width / 2
    letters = set(key(line.text)) - {"O", "0", "D"}
    return line.score >= _READABLE and _MARGIN < middle < 1 - _MARGIN and bool(letters)


def _parts(text: str) -> dict[str, tuple[int, int]]:
    """Return from where to where each part goes, in the order in which parts stand on the deed."""
    begins: list[tuple[str, int, int]] = []
    at = 0
    for name, pattern in _PARTS.items():
        if found := re.compile(pattern).search(text, at):
            begins.append((name, found.start(), found.end()))
            at = found.end()
    if not begins:
        return {}
    ends = [start for _, start, _ in begins[1:]] + [len(text)]
    return {name: (end, until) for (name, _, end), until in zip(begins, ends, strict=True)}


def _words(text: str) -> str:
    """Return a name or place; empty when there are digits in it or it goes on for too long."""
    value = tidy(re.sub(r"[^A-Z .,'/()-]", "", text) if not re.search(r"[0-9]", text) else "")
    return value if 1 < len(value) <= 60 else ""


def _sex(sentence: _Sentence, parts: dict[str, tuple[int, int]]) -> Iterator[ReadField]:
    if "order" not in parts:
        return
    start, end = parts["order"]
    words = list(re.finditer(r"[A-Z-]+", sentence.text[start:end]))
    for word in words:
        if sex := sex_of(sentence.text[start + word.start() : end]):
            yield sentence.field("sex", sex, start + word.start(), start + word.end())
            return


def _deed_number(sentence: _Sentence) -> Iterator[ReadField]:
    if found := _NUMBER.search(sentence.text):
        value = re.sub(r"\s", "", found[0])
        yield sentence.field("deed_number", value, found.start(), found.end())
