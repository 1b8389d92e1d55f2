"""Owns the identity card: front with portrait, back with the emblem."""

from __future__ import annotations

import random
from datetime import date

import numpy as np

from app.imaging.pixels import Pixels
from tests.specimens.looks import look_of
from tests.specimens.marks import PEN_BLACK, emblem, fine_lines, rosette, signature
from tests.specimens.people import Person, a_day, day_figures, person
from tests.specimens.portrait import portrait
from tests.specimens.shapes import Specimen
from tests.specimens.sheet import BLACK, Ink, Sheet, paper

WIDTH_MM, HEIGHT_MM, RADIUS_MM = 85.6, 53.98, 3.18
SEXES = {"L": "LAKI-LAKI", "P": "PEREMPUAN"}
_TINT: Ink = (196, 222, 236)
_WAVES: tuple[Ink, ...] = ((172, 207, 226), (204, 216, 222), (182, 214, 216))
_RED: Ink = (186, 24, 30)
_BLUE: Ink = (32, 62, 168)
_LEFT, _COLON, _VALUE, _PITCH, _POINTS = 3.4, 22.0, 23.4, 2.86, 6.1
_PHOTO = 62.0


def front(chance: random.Random, seed: int) -> Specimen:
    """Print the side with the portrait."""
    holder = person(chance)
    sheet = Sheet(_ground(chance))
    sheet.write(42.8, 4.6, "PROVINSI KEPULAUAN CONTOH", "sans-bold", 7.6, align="middle")
    sheet.write(42.8, 8.0, "KABUPATEN PULAU SPESIMEN", "sans-bold", 7.6, align="middle")
    sheet.write(_LEFT, 13.2, "NIK", "sans-bold", 9.5)
    sheet.write(18.0, 13.2, ":", "sans-bold", 9.5)
    sheet.write(20.2, 13.4, holder.nik, "ocr-a", 9.9, field="nik")
    _rows(sheet, holder)
    _right_column(sheet, chance, holder)
    return Specimen(
        kind="ktp",
        seed=seed,
        side="front",
        pixels=sheet.pixels,
        look=look_of("ktp"),
        words=tuple(sheet.words),
        fields=sheet.fields,
        field_boxes=sheet.field_boxes,
        face=sheet.face,
        stamps=tuple(sheet.stamps),
        corner_radius_mm=RADIUS_MM,
    )


def _ground(chance: random.Random) -> Pixels:
    base = paper(WIDTH_MM, HEIGHT_MM, _TINT)
    fade = np.linspace(-9, 9, base.shape[1], dtype=np.float32)[None, :, None]
    base = np.clip(base + fade * np.array([1.0, 0.3, -0.6]), 0, 255).astype(np.uint8)
    base = fine_lines(base, _WAVES, chance)
    rosette(base, 30, 34, 15, (178, 208, 222))
    rosette(base, 72, 44, 9, (206, 204, 214))
    return base


def _rows(sheet: Sheet, holder: Person) -> None:
    """Print the lines under the number; the address takes two lines when it is long."""
    y = 16.9
    birth = day_figures(holder.birth_date)
    _row(sheet, y, "Nama", holder.name, "name")
    y += _PITCH
    _label(sheet, y, "Tempat/Tgl Lahir")
    end = sheet.write(_VALUE, y, f"{holder.birth_place},", "sans", _POINTS)
    sheet.fields["birth_place"] = holder.birth_place
    sheet.field_boxes["birth_place"] = sheet.words[-1].box
    if " " in holder.birth_place:
        sheet.field_boxes["birth_place"] = sheet.words[-2].box.around(sheet.words[-1].box)
    sheet.write(end + 0.8, y, birth, "sans", _POINTS, field="birth_date")
    y += _PITCH
    _row(sheet, y, "Jenis Kelamin", SEXES[holder.sex], "sex")
    sheet.write(45.5, y, "Gol. Darah :", "sans", _POINTS)
    sheet.write(58.2, y, holder.blood_type, "sans", _POINTS, field="blood_type")
    y += _PITCH
    _row(sheet, y, "Alamat", holder.address, "address")
    for label, value, field in (
        ("   RT/RW", holder.rt_rw, "rt_rw"),
        ("   Kel/Desa", holder.village, "village"),
        ("   Kecamatan", holder.district, "district"),
        ("Agama", holder.religion, "religion"),
        ("Status Perkawinan", holder.marital_status, "marital_status"),
        ("Pekerjaan", holder.occupation, "occupation"),
        ("Kewarganegaraan", "WNI", "nationality"),
        ("Berlaku Hingga", "SEUMUR HIDUP", "valid_until"),
    ):
        y += _PITCH
        _row(sheet, y, label, value, field)


def _label(sheet: Sheet, y: float, label: str) -> None:
    inset = 2.6 * (len(label) - len(label.lstrip())) / 3
    sheet.write(_LEFT + inset, y, label.strip(), "sans", _POINTS)
    sheet.write(_COLON, y, ":", "sans", _POINTS)


def _row(sheet: Sheet, y: float, label: str, value: str, field: str) -> None:
    _label(sheet, y, label)
    points = _POINTS
    while _VALUE + sheet.width_of(value, "sans", points) > _PHOTO - 0.8:
        points -= 0.1
    sheet.write(_VALUE, y, value, "sans", points, field=field)


def _right_column(sheet: Sheet, chance: random.Random, holder: Person) -> None:
    """Print portrait, place and day of issue, signature, and what the card really is."""
    ground = _RED if holder.birth_date.year % 2 else _BLUE
    sheet.face = sheet.paste(_PHOTO, 11.2, portrait(chance, 20.0, 26.0, ground))
    issued = a_day(chance, date(2013, 1, 1), date(2025, 6, 30))
    sheet.write(72.0, 40.4, "PULAU SPESIMEN", "sans", 6, align="middle")
    sheet.write(72.0, 42.9, day_figures(issued), "sans", 6, align="middle")
    sheet.stamps.append(sheet.soak(64.5, 43.4, signature(chance, 15, 6.8, PEN_BLACK)))
    sheet.write(81.5, 52.6, "SPESIMEN", "sans-bold", 5.5, align="right", ink=(170, 40, 40))


def back(chance: random.Random, seed: int) -> Specimen:
    """Print the side with the emblem."""
    base = fine_lines(paper(WIDTH_MM, HEIGHT_MM, (204, 222, 232)), _WAVES, chance, 1.1, 4.0)
    rosette(base, 42.8, 27, 22, (176, 202, 220))
    sheet = Sheet(base)
    sheet.soak(30.8, 12.0, emblem(24, (120, 104, 60)))
    sheet.write(42.8, 8.4, "REPUBLIK INDONESIA", "sans-bold", 11, align="middle")
    sheet.write(42.8, 42.6, "KARTU TANDA PENDUDUK", "sans-bold", 10, align="middle")
    sheet.write(42.8, 48.6, f"SPESIMEN {seed % 1000:03}", "sans", 7, align="middle", ink=BLACK)
    return Specimen(
        kind="ktp",
        seed=seed,
        side="back",
        pixels=sheet.pixels,
        look=look_of("ktp"),
        words=tuple(sheet.words),
        corner_radius_mm=RADIUS_MM,
    )
