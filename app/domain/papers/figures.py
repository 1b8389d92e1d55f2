"""Reads numbers and dates as papers print them, through the usual confusions of letters and digits.

Never guesses a digit that was not printed: a number of the wrong length is no number.
"""

from __future__ import annotations

import re
from datetime import date

from app.domain.dates import parse_date, real_date

#: Letters that engines take digits for, on prints in capitals.
_DIGIT_OF = str.maketrans(
    {
        "O": "0", "o": "0", "D": "0", "Q": "0", "U": "0",
        "I": "1", "l": "1", "L": "1", "i": "1", "|": "1", "!": "1", "]": "1", "[": "1",
        "Z": "2", "z": "2", "A": "4", "S": "5", "s": "5", "G": "6", "b": "6",
        "T": "7", "B": "8", "g": "9", "q": "9", "?": "7",
    }
)  # fmt: skip
_BETWEEN = " .,:;'`_-/"
_FIGURES = re.compile(r"([0-9]{2})[^0-9A-Za-z]{0,3}([0-9]{2})[^0-9A-Za-z]{0,3}([0-9]{4})(?![0-9])")
_WITH_WORD = re.compile(r"(?<![0-9])([0-9]{1,2})\s*[.,-]?\s*([A-Za-z]{3,9})\s*[.,-]?\s*([0-9]{4})")
_UNITS = {
    "NOL": 0, "SATU": 1, "DUA": 2, "TIGA": 3, "EMPAT": 4, "LIMA": 5, "ENAM": 6, "TUJUH": 7,
    "DELAPAN": 8, "SEMBILAN": 9, "SEPULUH": 10, "SEBELAS": 11,
}  # fmt: skip
_MONTHS = (
    "JANUARI", "FEBRUARI", "MARET", "APRIL", "MEI", "JUNI", "JULI", "AGUSTUS", "SEPTEMBER",
    "OKTOBER", "NOVEMBER", "DESEMBER",
)  # fmt: skip


def digits(text: str, keep: str = "") -> str:
    """Return a number's digits, letters taken for the digits that they resemble."""
    bare = "".join(letter for letter in text if letter not in _BETWEEN or letter in keep)
    return bare.translate(_DIGIT_OF)


def number_of(text: str, length: int) -> str:
    """Return the number of so many digits that a text ends or consists in; empty when none."""
    whole = digits(text)
    if re.fullmatch(rf"[0-9]{{{length}}}", whole):
        return whole
    # Beside it other things may stand: take the run of real digits, if exactly one is that long.
    runs = re.findall(r"[0-9]+", re.sub(r"(?<=[0-9])[\s.]+(?=[0-9])", "", text))
    fitting = {run for run in runs if len(run) == length}
    return fitting.pop() if len(fitting) == 1 else ""


def find_date(text: str) -> tuple[date, int, int] | None:
    """Return the last date in a text (12-05-1987, 12 MEI 1987), and from where to where it goes."""
    for pattern in (_FIGURES, _WITH_WORD):
        for found in reversed(list(pattern.finditer(text))):
            if pattern is _FIGURES:
                day = real_date(int(found[3]), int(found[2]), int(found[1]))
            else:
                day = parse_date(f"{found[1]} {found[2]} {found[3]}")
            if day:
                return day, found.start(), found.end()
    return None


def spelled_date(text: str) -> date | None:
    """Return a date in words: DUA BELAS MEI TAHUN DUA RIBU SEPULUH."""
    words = re.findall(r"[A-Z]+", text.upper())
    for at, word in enumerate(words):
        if word in _MONTHS:
            before = _number([w for w in words[:at] if w != "TANGGAL"][-3:])
            after = _number([w for w in words[at + 1 : at + 10] if w != "TAHUN"])
            if before and after:
                return real_date(after, _MONTHS.index(word) + 1, before)
    return None


def _number(words: list[str]) -> int:
    """Return the number that words spell, up to where they stop; 0 when they spell none."""
    whole = unit = 0
    began = False
    for word in words:
        if word in _UNITS:
            unit = _UNITS[word]
        elif word == "BELAS" and unit:
            unit += 10
        elif word == "PULUH" and unit:
            whole, unit = whole + unit * 10, 0
        elif word in ("RATUS", "SERATUS"):
            whole, unit = whole + (unit or 1) * 100, 0
        elif word in ("RIBU", "SERIBU"):
            whole, unit = (whole + unit or 1) * 1000, 0
        elif began:
            break
        else:
            continue
        began = True
    return whole + unit
