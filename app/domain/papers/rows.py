"""Puts lines of text side by side into rows, and compares what was read with what is known.

Knows no paper: what a row means is the readers' task.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from app.domain.judgement import Place
from app.domain.papers.lines import ReadField, TextLine

#: Two boxes stand in one row when their middles are nearer than this share of the lower box.
_SAME_ROW = 0.55
_AROUND_VALUE = " :;.,=|_*'`-"
_LETTER_OF = str.maketrans("!|105", "IIIOS")
_NO_PLACE = Place(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Row:
    """Boxes that stand side by side, from the left."""

    lines: tuple[TextLine, ...]

    @property
    def text(self) -> str:
        """Return everything in it."""
        return " ".join(line.text for line in self.lines)

    @property
    def score(self) -> float:
        """Return the certainty of its worst part."""
        return min(line.score for line in self.lines)

    @property
    def place(self) -> Place:
        """Return the box around it."""
        return around(line.place for line in self.lines)

    def field(self, field_id: str, text: str, printed: str = "") -> ReadField:
        """Return what was found in it, with the certainty and place of its boxes.

        Args:
            field_id: the reader's name for it.
            text: what it says.
            printed: what stands there, when that is something else.
        """
        wanted = key(printed or text)
        holding = [line for line in self.lines if _shares(key(line.text), wanted)]
        part = Row(tuple(holding)) if holding else self
        return ReadField(field_id, text, part.score, part.place)


def around(places: Iterable[Place]) -> Place:
    """Return the box around boxes."""
    all_of = tuple(places)
    if not all_of:
        return _NO_PLACE
    left, top = min(p.left for p in all_of), min(p.top for p in all_of)
    right = max(p.left + p.width for p in all_of)
    return Place(left, top, right - left, max(p.top + p.height for p in all_of) - top)


def _shares(one: str, other: str) -> bool:
    return bool(one and other) and (one in other or other in one)


def rows_of(lines: Sequence[TextLine]) -> list[Row]:
    """Return the rows from the top down."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: _middle(line.place)):
        for row in reversed(rows[-3:]):
            if any(_is_beside(line.place, other.place) for other in row):
                row.append(line)
                break
        else:
            rows.append([line])
    return [Row(tuple(sorted(row, key=lambda line: line.place.left))) for row in rows]


def key(text: str) -> str:
    """Return capitals and digits only, as labels are compared."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def tidy(text: str) -> str:
    """Return a value without the marks around it and with single spaces."""
    return " ".join(text.strip(_AROUND_VALUE).split())


def nearest(text: str, words: Mapping[str, str], slips_per_letters: int = 4) -> str:
    """Return what the most similar of some known words stands for; empty when none is similar.

    Args:
        text: as read.
        words: known words in capitals, to what each stands for.
        slips_per_letters: one letter in so many may be misread.
    """
    read = key(text)
    best, meant = 1.0, ""
    for word, meaning in words.items():
        known = key(word)
        slips = Levenshtein.distance(read, known)
        share = slips / max(1, len(known))
        if share < best and slips <= max(1, len(known) // slips_per_letters):
            best, meant = share, meaning
    return meant


def _middle(place: Place) -> float:
    return place.top + place.height / 2


def _is_beside(one: Place, other: Place) -> bool:
    lower = min(one.height, other.height)
    if abs(_middle(one) - _middle(other)) >= _SAME_ROW * lower:
        return False
    shared = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    return shared < 0.5 * min(one.width, other.width)


def name_of(text: str) -> str:
    """Return a person's or place's name, in which what looks like a letter is one."""
    return tidy(text.upper().translate(_LETTER_OF))


def folded(text: str) -> str:
    """Return a text as two spellings are compared: capitals and digits, without accents."""
    plain = unicodedata.normalize("NFKD", text)
    return key("".join(letter for letter in plain if not unicodedata.combining(letter)))


def same_name(one: str, other: str) -> bool:
    """Tell whether two spellings are of one name, give or take a misread letter in eight."""
    left, right = folded(one), folded(other)
    return bool(left and right) and Levenshtein.distance(left, right) <= len(right) // 8
