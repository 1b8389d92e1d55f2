"""Owns the birth deed (akta kelahiran): A4 with an inner frame, QR code, stamp and signature."""

from __future__ import annotations

import random
from datetime import date

from app.imaging.pixels import Pixels
from tests.specimens.counting import in_words, ordinal
from tests.specimens.ktp import SEXES
from tests.specimens.looks import look_of
from tests.specimens.marks import (
    PEN_BLACK,
    PEN_BLUE,
    STAMP_BLUE,
    STAMP_PURPLE,
    emblem,
    fine_lines,
    qr,
    rosette,
    signature,
    stamp,
    white,
)
from tests.specimens.people import MONTHS, Person, a_day, day_words, person
from tests.specimens.shapes import Code, Specimen
from tests.specimens.sheet import Ink, Sheet, paper, px

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
_FRAME: Ink = (120, 150, 130)
_WAVES: tuple[Ink, ...] = ((232, 240, 230), (240, 234, 222))
_LEFT, _VALUE, _RIGHT, _MIDDLE = 30.0, 62.0, 180.0, 142.0


def front(chance: random.Random, seed: int) -> Specimen:
    """Print the deed."""
    child = person(chance, born=(date(1965, 1, 1), date(2019, 12, 31)))
    father = person(chance, "L", (date(1940, 1, 1), date(1962, 1, 1)))
    mother = person(chance, "P", (date(1942, 1, 1), date(1963, 1, 1)))
    issued = a_day(chance, max(child.birth_date, date(2012, 1, 1)), date(2025, 10, 1))
    kind = "LU" if (issued - child.birth_date).days < 60 else "LT"
    number = f"99{chance.randint(1, 12):02}-{kind}-{issued:%d%m%Y}-{chance.randint(1, 999):04}"
    sheet = Sheet(_ground(chance))
    _head(sheet, child, number)
    _body(sheet, chance, child, (father, mother), number)
    _close(sheet, chance, issued, number)
    return Specimen(
        kind="birth_deed",
        seed=seed,
        side="front",
        pixels=sheet.pixels,
        look=look_of("birth_deed"),
        words=tuple(sheet.words),
        fields=sheet.fields,
        field_boxes=sheet.field_boxes,
        codes=tuple(sheet.codes),
        stamps=tuple(sheet.stamps),
    )


def _ground(chance: random.Random) -> Pixels:
    """Draw the tinted field and the ornamented frame around it."""
    base = paper(WIDTH_MM, HEIGHT_MM, (250, 249, 243))
    inner = fine_lines(base, _WAVES, chance, 2.2, 5.0)
    rosette(inner, 105, 150, 48, (228, 236, 226))
    base[170:-170, 170:-170] = inner[170:-170, 170:-170]
    sheet = Sheet(base)
    for inset, points in ((11.0, 2.2), (13.2, 0.7), (19.2, 0.7), (20.6, 1.6)):
        sheet.frame(inset, inset, WIDTH_MM - 2 * inset, HEIGHT_MM - 2 * inset, points, _FRAME)
    bead = white(round(px(4.8)), round(px(4.8)))
    rosette(bead, 2.4, 2.4, 2.3, _FRAME)
    for at in range(16, 195, 6):
        sheet.soak(at - 2.4, 13.8, bead)
        sheet.soak(at - 2.4, HEIGHT_MM - 18.6, bead)
    for at in range(22, 280, 6):
        sheet.soak(13.8, at - 2.4, bead)
        sheet.soak(WIDTH_MM - 18.6, at - 2.4, bead)
    return sheet.pixels


def _head(sheet: Sheet, child: Person, number: str) -> None:
    sheet.write(_LEFT, 30, "NIK", "sans", 9)
    sheet.write(_LEFT + 8, 30, f": {child.nik}", "sans", 9)
    sheet.fields["nik"], sheet.field_boxes["nik"] = child.nik, sheet.words[-1].box
    sheet.write(_RIGHT, 30, f"AL.99{number[-4:]}{number[8:12]}", "mono", 9, align="right")
    sheet.soak(94, 31, emblem(22, (140, 112, 40)))
    sheet.write(105, 60, "REPUBLIK INDONESIA", "book-bold", 13, align="middle")
    sheet.write(105, 68, "PENCATATAN SIPIL", "book-bold", 13, align="middle")
    sheet.write(105, 72.5, "REGISTRY OFFICE", "book", 8, align="middle")
    sheet.write(105, 81, "WARGA NEGARA INDONESIA", "book", 11, align="middle")
    sheet.write(105, 91, "KUTIPAN AKTA KELAHIRAN", "book-bold", 17, align="middle")
    sheet.write(105, 95.6, "EXCERPT OF BIRTH CERTIFICATE", "book", 8.5, align="middle")


def _body(
    sheet: Sheet, chance: random.Random, child: Person, parents: tuple[Person, Person], number: str
) -> None:
    """Print the sentences; the day is given in figures and spelled out."""
    sheet.write(_LEFT, 110, "Berdasarkan Akta Kelahiran Nomor", "book", 11)
    sheet.write(_LEFT + 66, 110, number, "book-bold", 11.5, field="deed_number")
    _said(sheet, 119, "bahwa di", child.birth_place, "birth_place")
    _said(sheet, 127, "pada tanggal", day_words(child.birth_date).upper(), "birth_date")
    month = MONTHS[child.birth_date.month - 1].lower()
    spelled = f"{in_words(child.birth_date.day)} {month} {in_words(child.birth_date.year)}"
    sheet.write(_VALUE, 132.6, f"({spelled})", "book", 9)
    sheet.write(_LEFT, 141, "telah lahir", "book", 11)
    sheet.write(105, 152, child.name, "book-bold", 15, align="middle", field="name")
    sheet.line(_LEFT + 20, 153.8, _RIGHT - 20, 153.8, 0.6, (120, 120, 120))
    _said(sheet, 164, "anak ke", ordinal(chance.randint(1, 5)), "child_number")
    _said(sheet, 172, "jenis kelamin", SEXES[child.sex], "sex")
    _said(sheet, 180, "dari ayah", parents[0].name, "father")
    _said(sheet, 188, "dan ibu", parents[1].name, "mother")


def _said(sheet: Sheet, y: float, label: str, value: str, field: str) -> None:
    """Print a label and what was filled in, on its dotted line."""
    sheet.write(_LEFT, y, label, "book", 11)
    sheet.write(_VALUE, y, value, "book-bold", 11.5, field=field)
    at = _VALUE
    while at < _RIGHT:
        sheet.line(at, y + 2.1, at + 0.4, y + 2.1, 0.4, (170, 170, 170))
        at += 1.3


def _close(sheet: Sheet, chance: random.Random, issued: date, number: str) -> None:
    """Print place and day, code, and what the officer puts over it."""
    officer = person(chance, "L").name
    sheet.write(_LEFT, 200, "Kutipan ini dikeluarkan di", "book", 10.5)
    sheet.write(_LEFT + 52, 200, "PULAU SPESIMEN", "book-bold", 10.5)
    sheet.write(_LEFT, 206.5, "pada tanggal", "book", 10.5)
    sheet.write(_LEFT + 52, 206.5, day_words(issued).upper(), "book-bold", 10.5, field="issued")
    sheet.write(_MIDDLE, 217, "PEJABAT PENCATATAN SIPIL", "book-bold", 10.5, align="middle")
    sheet.write(_MIDDLE, 222, "KABUPATEN PULAU SPESIMEN", "book-bold", 10.5, align="middle")
    sheet.write(_MIDDLE, 254, officer, "book-bold", 10.5, align="middle")
    wide = sheet.width_of(officer, "book-bold", 10.5)
    sheet.line(_MIDDLE - wide / 2, 255.2, _MIDDLE + wide / 2, 255.2, 0.6)
    serial = f"19{chance.randint(60, 85)}0101 20{chance.randint(10, 14)}01 1 999"
    sheet.write(_MIDDLE, 259.6, f"NIP. {serial}", "book", 9.5, align="middle")
    text = f"https://spesimen.contoh.invalid/akta/{number}"
    sheet.codes.append(Code(text, sheet.paste(_LEFT, 217, qr(text, 0.8))))
    sheet.write(_LEFT, 270, "SPESIMEN - bukan dokumen resmi", "sans", 7)
    pen = chance.choice((PEN_BLUE, PEN_BLACK))
    sheet.stamps.append(sheet.soak(_MIDDLE - 18, 225, signature(chance, 42, 22, pen)))
    tone = chance.choice((STAMP_BLUE, STAMP_PURPLE))
    seal = stamp(chance, "CATATAN SIPIL SPESIMEN", ("CONTOH",), 35, tone)
    sheet.stamps.append(sheet.soak(_MIDDLE - 42, 219, seal))
