"""Owns the passport's data page with its two machine-read lines (TD3)."""

from __future__ import annotations

import random
from datetime import date

from tests.specimens.looks import look_of
from tests.specimens.marks import PEN_BLACK, fine_lines, rosette, signature
from tests.specimens.people import Person, a_day, person
from tests.specimens.portrait import portrait
from tests.specimens.shapes import Specimen
from tests.specimens.sheet import Ink, Sheet, paper

WIDTH_MM, HEIGHT_MM, RADIUS_MM = 125.0, 88.0, 3.18
_WAVES: tuple[Ink, ...] = ((226, 200, 206), (200, 216, 208), (214, 208, 226))
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_LABEL: Ink = (70, 60, 120)
_WEIGHTS = (7, 3, 1)
_LINE = 44


def front(chance: random.Random, seed: int) -> Specimen:
    """Print the data page."""
    holder = person(chance)
    number = f"X{chance.randint(1_000_000, 9_999_999)}"
    issued = a_day(chance, date(2019, 1, 1), date(2025, 6, 30))
    expires = issued.replace(year=issued.year + (5 if chance.random() < 0.5 else 10), day=min(
        issued.day, 28))  # fmt: skip
    base = fine_lines(paper(WIDTH_MM, HEIGHT_MM, (238, 232, 226)), _WAVES, chance, 1.0, 3.0)
    rosette(base, 84, 40, 26, (222, 204, 200))
    sheet = Sheet(base)
    sheet.write(5, 7, "REPUBLIK INDONESIA", "sans-bold", 7.6, ink=(120, 30, 40))
    sheet.write(5, 10.4, "REPUBLIC OF INDONESIA", "sans", 6, ink=(120, 30, 40))
    sheet.write(121, 86, "SPESIMEN", "sans-bold", 5, align="right", ink=(170, 40, 40))
    _photo(sheet, chance, holder)
    _table(sheet, holder, number, issued, expires, f"1Z99{chance.randint(1000, 9999)}-CTH")
    _machine_lines(sheet, mrz(holder, number, expires))
    return Specimen(
        kind="passport",
        seed=seed,
        side="front",
        pixels=sheet.pixels,
        look=look_of("passport"),
        words=tuple(sheet.words),
        fields=sheet.fields,
        field_boxes=sheet.field_boxes,
        face=sheet.face,
        stamps=tuple(sheet.stamps),
        corner_radius_mm=RADIUS_MM,
    )


def _photo(sheet: Sheet, chance: random.Random, holder: Person) -> None:
    sheet.face = sheet.paste(5, 14, portrait(chance, 31, 40, (226, 228, 232)))
    small = portrait(chance, 11, 14, (238, 232, 226), is_gray=True)
    faint = (255 - (255 - small.astype("float32")) * 0.45).astype("uint8")
    sheet.soak(109, 40, faint)
    sheet.stamps.append(sheet.soak(96, 55.5, signature(chance, 24, 6.5, PEN_BLACK)))


def day_passport(day: date) -> str:
    """Write a date the way the page does."""
    return f"{day.day:02} {_MONTHS[day.month - 1]} {day.year}"


def _entry(
    sheet: Sheet, x: float, y: float, label: str, value: str, field: str, points: float = 9
) -> None:
    sheet.write(x, y, label, "narrow", 5.6, ink=_LABEL)
    sheet.write(x, y + 3.8, value, "sans-bold", points, field=field)


def _table(
    sheet: Sheet, holder: Person, number: str, issued: date, expires: date, register: str
) -> None:
    """Print what a person reads."""
    _entry(sheet, 40, 7, "JENIS / TYPE", "P", "type")
    _entry(sheet, 56, 7, "KODE NEGARA / COUNTRY CODE", "IDN", "country")
    _entry(sheet, 92, 7, "NO. PASPOR / PASSPORT NO.", number, "number", 11)
    _entry(sheet, 40, 15.6, "NAMA LENGKAP / FULL NAME", holder.name, "name")
    sheet.fields |= dict(zip(("given_names", "surname"), names_of(holder), strict=True))
    _entry(sheet, 40, 24.2, "KEWARGANEGARAAN / NATIONALITY", "INDONESIA", "nationality")
    _entry(sheet, 40, 32.8, "TGL. LAHIR / DATE OF BIRTH", day_passport(holder.birth_date),
           "birth_date")  # fmt: skip
    _entry(sheet, 72, 32.8, "KELAMIN / SEX", "L/M" if holder.sex == "L" else "P/F", "sex")
    _entry(sheet, 40, 41.4, "TEMPAT LAHIR / PLACE OF BIRTH", holder.birth_place, "birth_place")
    _entry(sheet, 40, 50, "TGL. PENGELUARAN / DATE OF ISSUE", day_passport(issued), "issued")
    _entry(sheet, 76, 50, "TGL. HABIS BERLAKU / DATE OF EXPIRY", day_passport(expires), "expiry")
    _entry(sheet, 5, 58, "NO. REG.", register, "register", 7)
    _entry(sheet, 40, 58, "KANTOR YANG MENGELUARKAN / ISSUING OFFICE", "PULAU SPESIMEN", "office")


def _machine_lines(sheet: Sheet, lines: tuple[str, str]) -> None:
    """Print the two lines on their white band, ten letters to the inch."""
    sheet.frame(0, 65.2, WIDTH_MM, 17.4, 0, (244, 242, 238), (244, 242, 238))
    pitch = 2.54
    spread = pitch - sheet.width_of("A", "ocr-b", 9.9)
    for index, (line, y) in enumerate(zip(lines, (72.2, 79.2), strict=True)):
        sheet.write(6.6, y, line, "ocr-b", 9.9, field=f"mrz_line{index + 1}", spread=spread)


def names_of(holder: Person) -> tuple[str, str]:
    """Return given names and surname as the machine-read line splits them."""
    given, _, last = holder.name.rpartition(" ")
    return (given, last) if given else ("", last)


def check_digit(text: str) -> str:
    """Return the check digit of ICAO 9303 part 3."""
    values = (0 if sign == "<" else int(sign, 36) for sign in text)
    return str(sum(value * _WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)


def mrz(holder: Person, number: str, expires: date) -> tuple[str, str]:
    """Return the two machine-read lines."""
    given, surname = names_of(holder)
    first = f"P<IDN{surname}<<{given.replace(' ', '<')}"[:_LINE].ljust(_LINE, "<")
    book = number.ljust(9, "<")
    birth, end = f"{holder.birth_date:%y%m%d}", f"{expires:%y%m%d}"
    sex = "M" if holder.sex == "L" else "F"
    optional = "<" * 14
    second = f"{book}{check_digit(book)}IDN{birth}{check_digit(birth)}{sex}{end}{check_digit(end)}"
    second += f"{optional}<"
    whole = second[:10] + second[13:20] + second[21:43]
    return first, second + check_digit(whole)
