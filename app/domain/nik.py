"""Takes a NIK (the number on the KTP) apart; its structure only, which never proves a registration.

Sixteen digits: ``PPKKCC DDMMYY SSSS``: region of the first registration, birth date (day + 40 for
women), serial. Which provinces exist is known by ``app.domain.regions``.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import msgspec

from app.domain.dates import real_date

Sex = Literal["male", "female"]
#: No province has this number: tests and training use it, and a person's real number never does.
SPECIMEN_PROVINCE = "99"
_WOMAN_DAY = 40


class Nik(msgspec.Struct, frozen=True):
    """What a NIK says of its holder."""

    #: Both centuries where both are real days; the number holds two digits of the year only.
    birth_dates: tuple[date, ...]
    sex: Sex
    #: Province, regency and district, two digits each.
    prefix: str

    @property
    def province(self) -> str:
        """Return the province's two digits."""
        return self.prefix[:2]


def compact_digits(typed: str) -> str:
    """Return the text without the spaces, dots and dashes that people put between digits."""
    return re.sub(r"[\s.\-‐-―]", "", typed)


def read_nik(text: str) -> Nik | str:
    """Return what the NIK says, or the code of what is wrong with its structure."""
    compact = compact_digits(text)
    if not re.fullmatch(r"[0-9]{16}", compact):
        return "nik_length"
    if "00" in (compact[2:4], compact[4:6]):
        return "nik_region_zero"
    day = int(compact[6:8])
    sex: Sex = "female" if day > _WOMAN_DAY else "male"
    day -= _WOMAN_DAY if sex == "female" else 0
    month, year = int(compact[8:10]), int(compact[10:12])
    found = (real_date(century + year, month, day) for century in (1900, 2000))
    birth_dates = tuple(born for born in found if born is not None)
    if not birth_dates:
        return "nik_date"
    if compact[12:] == "0000":
        return "nik_serial"
    return Nik(birth_dates, sex, compact[:6])
