"""Tells which of a form's printed words stand among the lines that were read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

#: Of 100: one letter in seven may be misread.
_ALIKE = 86
#: Shorter words are too near to others to be taken for read when a letter is wrong.
_EXACT_BELOW = 7


def found(labels: Iterable[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Return those labels that stand in the texts, spaces, case and a stray letter aside."""
    lines = [letters(text) for text in texts]
    return tuple(label for label in labels if any(_stands_in(letters(label), x) for x in lines))


def letters(text: str) -> str:
    """Return the letters and digits alone, in capitals, without accents."""
    plain = unicodedata.normalize("NFKD", text).upper()
    return "".join(char for char in plain if char.isascii() and char.isalnum())


def _stands_in(label: str, line: str) -> bool:
    if label in line:
        return True
    if len(label) < _EXACT_BELOW or len(line) < len(label):
        return False
    return fuzz.partial_ratio(label, line) >= _ALIKE
