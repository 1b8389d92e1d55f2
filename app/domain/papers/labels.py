"""Tells a printed label from what stands after it: papers say "Label : value", a row each.

The engine may have misread a letter, and have cut the row anywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from app.domain.papers.rows import Row, key, tidy

#: One letter in so many of a label may be misread.
_LETTERS_PER_SLIP = 4
#: A second row of a value stands nearer than this share of a row's height, and not at the margin.
_NEAR = 0.8
_INSET = 0.1


@dataclass(frozen=True)
class Labelled:
    """A label's row, by the label's name, and what stands after the label."""

    name: str
    row: Row
    text: str


def after_label(text: str, label: str) -> tuple[int, str] | None:
    """Return how many letters of the label were misread, and what stands after it.

    None when the text does not begin with the label, give or take a letter in four.
    """
    wanted = key(label)
    at = [n for n, letter in enumerate(text) if key(letter)]
    letters = key(text)
    if len(at) != len(letters):  # a letter whose capital is two letters
        return None
    allowed = max(1, len(wanted) // _LETTERS_PER_SLIP)
    best: tuple[int, int, int] | None = None
    for cut in range(max(1, len(wanted) - allowed), min(len(wanted) + allowed, len(letters)) + 1):
        slips = Levenshtein.distance(letters[:cut], wanted, score_cutoff=allowed)
        if slips <= allowed:
            found = (slips, abs(cut - len(wanted)), cut)
            best = min(best or found, found)
    if best is None:
        return None
    return best[0], tidy(text[at[best[2] - 1] + 1 :])


def labelled(
    rows: Sequence[Row], labels: Mapping[str, Sequence[str]], wraps: Collection[str] = ()
) -> list[Labelled]:
    """Return the rows that begin with a label, each label once, from the top down.

    Args:
        rows: from the top down.
        labels: name to the ways in which its label is printed.
        wraps: names whose value may go over into a second row, which has no label.
    """
    found: dict[str, tuple[int, int, str]] = {}
    for number, row in enumerate(rows):
        slips, name, text = min(_slips(row.text, labels), default=(0, "", ""))
        if name and (name not in found or slips < found[name][0]):
            found[name] = (slips, number, text)
    owners = {number: name for name, (_, number, _) in found.items()}
    result = []
    for number, name in sorted(owners.items()):
        row, text = rows[number], found[name][2]
        below = rows[number + 1] if number + 1 < len(rows) else None
        if name in wraps and below and number + 1 not in owners and _continues(below, row):
            row, text = Row(row.lines + below.lines), f"{text} {tidy(below.text)}"
        result.append(Labelled(name, row, text))
    return result


def _slips(text: str, labels: Mapping[str, Sequence[str]]) -> Iterator[tuple[int, str, str]]:
    for name, printed in labels.items():
        for label in printed:
            if after := after_label(text, label):
                yield after[0], name, after[1]


def _continues(below: Row, row: Row) -> bool:
    """Tell whether a row without a label stands right below a value, where values stand."""
    gap = below.place.top - (row.place.top + row.place.height)
    return gap < row.place.height * _NEAR and below.place.left > row.place.left + _INSET
