"""Owns the invented people: names, numbers and addresses that belong to nobody.

Every number carries the province code 99, which is assigned to no province.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Sex = Literal["L", "P"]
_SEXES: tuple[Sex, Sex] = ("L", "P")

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
    "Oktober", "November", "Desember",
)  # fmt: skip
_MEN = (
    "ARIFIN", "BAHARUDIN", "DARMAWAN", "EFENDI", "FIRMANSYAH", "GUNTUR", "HAMDAN", "IRWANSYAH",
    "JAMALUDIN", "KURNIAWAN", "LUKMAN", "MAULANA", "NURDIN", "RAHMAT", "SYAFRUDIN", "TAUFIK",
    "USMAN", "WAHYUDI", "YUSRIZAL", "ZULKIFLI",
)  # fmt: skip
_WOMEN = (
    "AMINAH", "CHAIRANI", "DEWI", "ERNAWATI", "FATIMAH", "HALIMAH", "INDRAYANI", "JULIANA",
    "KARTIKA", "LESTARI", "MARLINA", "NURHAYATI", "PUSPITA", "RATNASARI", "SALMAH", "TRI WAHYUNI",
    "UMMI KALSUM", "WULANDARI", "YULIANTI", "ZUBAIDAH",
)  # fmt: skip
_SECOND = (
    "CONTOH", "PRATAMA", "SAPUTRA", "HARAHAP", "SIREGAR", "LUBIS", "WIJAYA", "NASUTION", "HIDAYAT",
    "SETIAWAN", "RAMADHAN", "SANTOSO", "MANURUNG", "KUSUMA", "PUTRA", "TANJUNG", "HASIBUAN",
)  # fmt: skip
_SECOND_WOMEN = (
    "CONTOH", "SARI", "PUTRI", "HANDAYANI", "PERMATASARI", "RAHAYU", "ANGGRAINI", "SAFITRI",
    "OKTAVIANI", "MELATI", "SUSANTI", "KUSUMA", "LUBIS", "SIREGAR", "NASUTION", "TANJUNG",
)  # fmt: skip
_PLACES = (
    "TAREMPA", "DABO SINGKEP", "DAIK", "TANJUNGPINANG", "LETUNG", "JEMAJA", "RANAI", "BATAM",
    "PALMATAK", "SENAYANG", "PEKANBARU", "MEDAN", "PADANG", "SURABAYA",
)  # fmt: skip
#: Village, district, regency as printed in the head of a family card.
_HOMES = (
    ("TAREMPA", "SIANTAN"), ("TAREMPA BARAT", "SIANTAN"), ("SRI TANJUNG", "SIANTAN"),
    ("AIR ASUK", "SIANTAN TENGAH"), ("NYAMUK", "SIANTAN TIMUR"), ("TEMBURUN", "SIANTAN TIMUR"),
    ("LETUNG", "JEMAJA"), ("MAMPOK", "JEMAJA"), ("ULU MARAS", "JEMAJA TIMUR"),
    ("LADAN", "PALMATAK"), ("DABO", "SINGKEP"), ("DABO LAMA", "SINGKEP"),
    ("BATU BERDAUN", "SINGKEP"), ("DAIK", "LINGGA"), ("PANGGAK DARAT", "LINGGA"),
    ("SENAYANG", "SENAYANG"), ("RAYA", "SINGKEP BARAT"),
)  # fmt: skip
_STREETS = (
    "JL. IMAM BONJOL", "JL. HANG TUAH", "JL. PATTIMURA", "JL. RAJA ALI HAJI", "JL. PELABUHAN",
    "KAMPUNG BARU", "JL. SOEKARNO HATTA", "DUSUN AIR BINI", "JL. TANJUNG LAMBAI", "KP. BUGIS",
)  # fmt: skip
_WORK = (
    "NELAYAN/PERIKANAN", "WIRASWASTA", "KARYAWAN SWASTA", "PEGAWAI NEGERI SIPIL", "PEDAGANG",
    "MENGURUS RUMAH TANGGA", "GURU", "BURUH HARIAN LEPAS", "PETANI/PEKEBUN", "BIDAN",
)  # fmt: skip
_FAITHS = ("ISLAM",) * 6 + ("KRISTEN", "KATOLIK", "BUDDHA", "HINDU", "KHONGHUCU")
_SCHOOLS = (
    "TAMAT SD/SEDERAJAT", "SLTP/SEDERAJAT", "SLTA/SEDERAJAT", "DIPLOMA IV/STRATA I",
    "DIPLOMA III/S. MUDA", "TIDAK/BELUM SEKOLAH", "BELUM TAMAT SD/SEDERAJAT",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One invented person, as the civil registry would know them; texts are in capitals."""

    name: str
    sex: Sex
    birth_place: str
    birth_date: date
    nik: str
    address: str
    rt_rw: str
    village: str
    district: str
    religion: str
    marital_status: str
    occupation: str
    blood_type: str
    schooling: str


def day_words(day: date) -> str:
    """Write a date the way letters do."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def day_figures(day: date) -> str:
    """Write a date the way cards do."""
    return f"{day:%d-%m-%Y}"


def a_day(chance: random.Random, first: date, last: date) -> date:
    """Pick one day of a stretch."""
    return first + timedelta(days=chance.randrange((last - first).days + 1))


def person(
    chance: random.Random,
    sex: Sex | None = None,
    born: tuple[date, date] = (date(1958, 1, 1), date(2006, 12, 31)),
    is_wed: bool | None = None,
) -> Person:
    """Invent one person."""
    who: Sex = sex if sex is not None else chance.choice(_SEXES)
    birth = a_day(chance, *born)
    village, district = chance.choice(_HOMES)
    statuses = ("BELUM KAWIN", "KAWIN", "KAWIN", "CERAI HIDUP", "CERAI MATI")
    status = chance.choice(statuses)
    if is_wed is not None:
        status = "KAWIN" if is_wed else "BELUM KAWIN"
    return Person(
        name=_name(chance, who),
        sex=who,
        birth_place=chance.choice(_PLACES),
        birth_date=birth,
        nik=nik(chance, birth, who),
        address=_address(chance),
        rt_rw=f"{chance.randint(1, 9):03}/{chance.randint(1, 6):03}",
        village=village,
        district=district,
        religion=chance.choice(_FAITHS),
        marital_status=status,
        occupation=chance.choice([work for work in _WORK if who == "P" or "RUMAH" not in work]),
        blood_type=chance.choice(("A", "B", "O", "AB", "-")),
        schooling=chance.choice(_SCHOOLS[:5]),
    )


def nik(chance: random.Random, birth: date, sex: Sex) -> str:
    """Return a number of the unassigned province 99; a woman's day is counted from 40."""
    day = birth.day + (40 if sex == "P" else 0)
    region = f"99{chance.randint(1, 12):02}{chance.randint(1, 20):02}"
    return f"{region}{day:02}{birth:%m%y}{chance.randint(1, 9999):04}"


def _name(chance: random.Random, sex: Sex) -> str:
    first = chance.choice(_MEN if sex == "L" else _WOMEN)
    if sex == "L" and chance.random() < 0.3:
        first = f"MUHAMMAD {first}"
    if sex == "P" and chance.random() < 0.3:
        first = f"SITI {first}"
    return f"{first} {chance.choice(_SECOND if sex == 'L' else _SECOND_WOMEN)}"


def _address(chance: random.Random) -> str:
    street = chance.choice(_STREETS)
    return f"{street} NO. {chance.randint(1, 148)}" if chance.random() < 0.7 else street
