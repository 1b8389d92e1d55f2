"""Tells which of a form's printed words stand among the lines that were read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

#: Of 100: one letter in eight may be misread, and none of a shorter word, which is too near to
#: others.
_ALIKE = 86


def found(labels: Iterable[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Return those labels that stand in the texts, spaces, case and a stray letter aside."""
    lines = [letters(text) for text in texts]
    return tuple(label for label in labels if any(_stands_in(letters(label), x) for x in lines))


def letters(text: str) -> str:
    """Return the letters and digits alone, in capitals, without accents."""
    plain = unicodedata.normalize("NFKD", text).upper()
    return "".join(char for char in plain if char.isascii() and char.isalnum())


def _stands_in(label: str, line: str) -> bool:
    # The ratio is of the shorter one in the longer one: a piece of a label is not the label.
    return len(line) >= len(label) and fuzz.partial_ratio(label, line) >= _ALIKE
