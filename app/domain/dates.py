"""Dates as people type them, and whole years between dates.

Never reads the clock; the day of judging is handed in.
"""

from __future__ import annotations

import re
from datetime import date

#: The first three letters of each month's name in Indonesian and English, to its number.
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7,
    "agu": 8, "ags": 8, "agt": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11,
    "des": 12, "dec": 12,
}  # fmt: skip
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_STORED = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_NUMBERS = re.compile(r"([0-9]{1,2})[\s./-]+([0-9]{1,2})[\s./-]+([0-9]{4})")
_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
_WORDS = re.compile(r"([0-9]{1,2})[\s.,-]*([a-z]+)[\s.,-]*([0-9]{4})")


def parse_date(typed: str) -> date | None:
    """Return the day meant by 21-11-1990, 21/11/1990, 21111990, 21 November 1990 or 1990-11-21."""
    text = typed.strip().lower()
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _NUMBERS.fullmatch(text) or _DIGITS.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
    elif found := _WORDS.fullmatch(text):
        day, month, year = int(found[1]), _MONTHS.get(found[2][:3], 0), int(found[3])
    else:
        return None
    return real_date(year, month, day)


def real_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_iso(answer: str) -> date | None:
    """Return a stored answer (2026-11-21 and no other form) as a date; None when it is not one."""
    found = _STORED.fullmatch(answer)
    return real_date(int(found[1]), int(found[2]), int(found[3])) if found else None


def age_on(born: date, day: date) -> int:
    """Return whole years lived; born on 29 February, the birthday is 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
