"""Owns numbers spelled out in Indonesian, as deeds write them."""

from __future__ import annotations

_DIGITS = (
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
)  # fmt: skip


def in_words(number: int) -> str:
    """Spell a number of 0..9999."""
    if number < 10:
        return _DIGITS[number]
    if number < 20:
        rest = number - 10
        return ("sepuluh", "sebelas")[rest] if rest < 2 else f"{_DIGITS[rest]} belas"
    for size, name in ((1000, "ribu"), (100, "ratus"), (10, "puluh")):
        if number >= size:
            head, rest = divmod(number, size)
            start = f"se{name}" if head == 1 and size > 10 else f"{in_words(head)} {name}"
            return start if rest == 0 else f"{start} {in_words(rest)}"
    raise AssertionError(number)


def ordinal(number: int) -> str:
    """Spell which child it is."""
    return in_words(number).upper()
