"""Owns the family card (kartu keluarga): A4 landscape, two tables, QR code."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

import numpy as np

from app.imaging.pixels import Pixels
from tests.specimens.ktp import SEXES
from tests.specimens.looks import look_of
from tests.specimens.marks import PEN_BLACK, STAMP_BLUE, fine_lines, qr, signature, stamp
from tests.specimens.people import Person, a_day, day_figures, person
from tests.specimens.shapes import Code, Specimen
from tests.specimens.sheet import Ink, Sheet, paper

WIDTH_MM, HEIGHT_MM = 297.0, 210.0
Role = Literal["KEPALA KELUARGA", "ISTRI", "ANAK", "ORANG TUA"]
Columns: TypeAlias = tuple[tuple[str, float], ...]
_ABOVE: Columns = (
    ("No", 7), ("Nama Lengkap", 53), ("NIK", 35), ("Jenis Kelamin", 22), ("Tempat Lahir", 31),
    ("Tanggal Lahir", 23), ("Agama", 21), ("Pendidikan", 39), ("Jenis Pekerjaan", 34),
    ("Gol. Darah", 12),
)  # fmt: skip
_BELOW: Columns = (
    ("No", 7), ("Status Perkawinan", 31), ("Tanggal Perkawinan", 31), ("Status Hubungan", 33),
    ("Kewarganegaraan", 28), ("No. Paspor", 22), ("No. KITAP", 20), ("Ayah", 53), ("Ibu", 52),
)  # fmt: skip
_LEFT, _ROW, _ROWS = 10.0, 4.7, 10
_GRAY: Ink = (70, 74, 84)
_HEAD: Ink = (222, 230, 236)


@dataclass(frozen=True)
class Member:
    """One line of the card."""

    who: Person
    role: Role
    father: str
    mother: str
    wed: str


def family(chance: random.Random) -> tuple[Member, ...]:
    """Invent a family of two to seven."""
    head = person(chance, "L", (date(1960, 1, 1), date(1988, 1, 1)), True)
    wife = person(chance, "P", (date(1964, 1, 1), date(1990, 1, 1)), True)
    wed = day_figures(a_day(chance, date(1990, 1, 1), date(2012, 1, 1)))
    parents = [person(chance, sex).name for sex in ("L", "P", "L", "P")]
    members = [
        Member(head, "KEPALA KELUARGA", parents[0], parents[1], wed),
        Member(_at_home(wife, head), "ISTRI", parents[2], parents[3], wed),
    ]
    for _ in range(chance.randint(0, 5)):
        child = person(chance, None, (date(1996, 1, 1), date(2022, 1, 1)), False)
        is_small = child.birth_date.year > 2008
        child = replace(
            _at_home(child, head),
            occupation="PELAJAR/MAHASISWA" if not is_small else "BELUM/TIDAK BEKERJA",
            schooling="TIDAK/BELUM SEKOLAH" if is_small else child.schooling,
        )
        members.append(Member(child, "ANAK", head.name, wife.name, "-"))
    return tuple(members)


def _at_home(who: Person, head: Person) -> Person:
    """Let someone live where the head of the family lives."""
    return replace(
        who,
        address=head.address,
        rt_rw=head.rt_rw,
        village=head.village,
        district=head.district,
        religion=head.religion,
    )


def front(chance: random.Random, seed: int) -> Specimen:
    """Print the card."""
    members = family(chance)
    issued = a_day(chance, date(2018, 1, 1), date(2025, 10, 1))
    number = f"99{chance.randint(1, 12):02}{chance.randint(1, 20):02}{issued:%d%m%y}"
    number += f"{chance.randint(1, 9999):04}"
    sheet = Sheet(_ground(chance))
    _head(sheet, members[0].who, number)
    end = _table(sheet, 47, _ABOVE, [_above(member) for member in members], _ABOVE_FIELDS)
    end = _table(sheet, end + 4, _BELOW, [_below(member) for member in members], _BELOW_FIELDS)
    _close(sheet, chance, end + 6, members[0].who, issued, number)
    sheet.fields["member_count"] = str(len(members))
    return Specimen(
        kind="family_card",
        seed=seed,
        side="front",
        pixels=sheet.pixels,
        look=look_of("family_card"),
        words=tuple(sheet.words),
        fields=sheet.fields,
        field_boxes=sheet.field_boxes,
        codes=tuple(sheet.codes),
        stamps=tuple(sheet.stamps),
    )


def _ground(chance: random.Random) -> Pixels:
    base = paper(WIDTH_MM, HEIGHT_MM, (250, 250, 248))
    band = fine_lines(base[:360], ((206, 222, 232), (232, 222, 210)), chance, 1.6, 3.0)
    fade = np.linspace(1, 0, 360, dtype=np.float32)[:, None, None]
    base[:360] = (band * fade + base[:360] * (1 - fade)).astype(np.uint8)
    return base


def _head(sheet: Sheet, head: Person, number: str) -> None:
    sheet.write(148.5, 15, "KARTU KELUARGA", "sans-bold", 21, align="middle")
    sheet.write(138, 22.5, "No.", "sans-bold", 13, align="right")
    sheet.write(140, 22.5, number, "sans-bold", 13, field="kk_number")
    sheet.write(287, 9, "SPESIMEN - bukan dokumen resmi", "sans", 6.5, align="right")
    for column, rows in (
        (12.0, (("Nama Kepala Keluarga", head.name, "head"), ("Alamat", head.address, "address"),
                ("RT/RW", head.rt_rw, "rt_rw"), ("Kode Pos", "99999", "postal_code"))),
        (186.0, (("Desa/Kelurahan", head.village, "village"),
                 ("Kecamatan", head.district, "district"),
                 ("Kabupaten/Kota", "PULAU SPESIMEN", "regency"),
                 ("Provinsi", "KEPULAUAN CONTOH", "province"))),
    ):  # fmt: skip
        for index, (label, value, field) in enumerate(rows):
            y = 29.5 + index * 4.4
            sheet.write(column, y, label, "sans", 8.5)
            sheet.write(column + 38, y, ":", "sans", 8.5)
            sheet.write(column + 40, y, value, "sans", 8.5, field=field)


_ABOVE_FIELDS = ("", "name", "nik", "sex", "birth_place", "birth_date", "", "", "", "")
_BELOW_FIELDS = ("", "", "", "relation", "", "", "", "father", "mother")


def _above(member: Member) -> tuple[str, ...]:
    who = member.who
    return (who.name, who.nik, SEXES[who.sex], who.birth_place, day_figures(who.birth_date),
            who.religion, who.schooling, who.occupation, who.blood_type)  # fmt: skip


def _below(member: Member) -> tuple[str, ...]:
    status = "KAWIN TERCATAT" if member.who.marital_status == "KAWIN" else "BELUM KAWIN"
    return (status, member.wed, member.role, "WNI", "-", "-", member.father, member.mother)


def _table(
    sheet: Sheet, y: float, columns: Columns, rows: list[tuple[str, ...]], fields: tuple[str, ...]
) -> float:
    """Print one table with its numbered columns and empty lines, and return where it ends."""
    wide = sum(width for _, width in columns)
    sheet.frame(_LEFT, y, wide, 10.2, 0.5, _GRAY, _HEAD)
    bottom = y + 10.2 + _ROWS * _ROW
    edge = _LEFT
    for index, (title, width) in enumerate(columns):
        sheet.write(edge + width / 2, y + 4.3, title, "sans", 6.8, align="middle")
        if index:
            sheet.write(edge + width / 2, y + 9, f"({index})", "sans", 5.6, align="middle")
        sheet.line(edge, y, edge, bottom, 0.5, _GRAY)
        edge += width
    sheet.line(edge, y, edge, bottom, 0.5, _GRAY)
    sheet.line(_LEFT, y + 6, edge, y + 6, 0.4, _GRAY)
    for row in range(_ROWS + 1):
        level = y + 10.2 + row * _ROW
        sheet.line(_LEFT, level, edge, level, 0.4, _GRAY)
    for row, values in enumerate(rows):
        _line(sheet, y + 10.2 + row * _ROW + 3.4, columns, (str(row + 1), *values), fields, row)
    for row in range(len(rows), _ROWS):
        sheet.write(_LEFT + 3.5, y + 13.6 + row * _ROW, str(row + 1), "sans", 7, align="middle")
    return bottom


def _line(
    sheet: Sheet,
    y: float,
    columns: Columns,
    values: tuple[str, ...],
    fields: tuple[str, ...],
    row: int,
) -> None:
    edge = _LEFT
    for (_, width), value, field in zip(columns, values, fields, strict=True):
        points = 7.0
        while sheet.width_of(value, "sans", points) > width - 1.6:
            points -= 0.25
        name = f"member{row + 1}_{field}" if field else ""
        if value == "-" or len(value) < 3:
            sheet.write(edge + width / 2, y, value, "sans", points, align="middle", field=name)
        else:
            sheet.write(edge + 1, y, value, "sans", points, field=name)
        edge += width


def _close(
    sheet: Sheet, chance: random.Random, y: float, head: Person, issued: date, number: str
) -> None:
    """Print the foot: day, signatures, stamp, code."""
    sheet.write(12, y, "Dikeluarkan Tanggal", "sans", 8)
    sheet.write(42, y, f": {day_figures(issued)}", "sans", 8)
    sheet.fields["issued"] = day_figures(issued)
    sheet.field_boxes["issued"] = sheet.words[-1].box
    for index, text in enumerate(("LEMBAR :  I. Kepala Keluarga", "II. RT", "III. Desa/Kelurahan")):
        sheet.write(12 + (14 if index else 0), y + 5 + index * 3.6, text, "sans", 7)
    sheet.write(130, y, "KEPALA KELUARGA", "sans", 8, align="middle")
    sheet.write(130, y + 25, head.name, "sans-bold", 8, align="middle")
    sheet.write(240, y, "KEPALA DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL", "sans", 8,
                align="middle")  # fmt: skip
    sheet.write(240, y + 25, person(chance, "L").name, "sans-bold", 8, align="middle")
    text = f"https://spesimen.contoh.invalid/kk/{number}"
    sheet.codes.append(Code(text, sheet.paste(176, y - 1, qr(text, 0.62))))
    sheet.stamps.append(sheet.soak(114, y + 2, signature(chance, 32, 17, PEN_BLACK)))
    if chance.random() < 0.5:
        sheet.stamps.append(sheet.soak(226, y + 2, signature(chance, 32, 17, PEN_BLACK)))
        seal = stamp(chance, "DINAS KEPENDUDUKAN SPESIMEN", ("CONTOH",), 30, STAMP_BLUE)
        sheet.stamps.append(sheet.soak(208, y - 2, seal))
