"""Owns the letter: a village office's letter with head, stamp over text and signature."""

from __future__ import annotations

import random
from datetime import date

from tests.specimens.fonts import FontName
from tests.specimens.looks import look_of
from tests.specimens.marks import (
    PEN_BLACK,
    PEN_BLUE,
    STAMP_BLUE,
    STAMP_PURPLE,
    emblem,
    signature,
    stamp,
)
from tests.specimens.people import Person, a_day, day_words, person
from tests.specimens.shapes import Specimen
from tests.specimens.sheet import BLACK, Sheet, paper

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
_LEFT, _RIGHT, _BODY = 25.0, 190.0, 11.5
_MATTERS = (
    ("SURAT KETERANGAN DOMISILI", "benar penduduk yang berdomisili di wilayah kami"),
    ("SURAT KETERANGAN USAHA", "benar memiliki usaha yang masih berjalan di wilayah kami"),
    ("SURAT KETERANGAN BEDA NAMA", "adalah orang yang sama dengan yang tertulis pada ijazah"),
)
_SENTENCES = (
    "Surat keterangan ini diberikan atas permintaan yang bersangkutan untuk melengkapi"
    " persyaratan pengurusan paspor pada kantor imigrasi.",
    "Selama tinggal di desa kami yang bersangkutan berkelakuan baik, tidak pernah tersangkut"
    " perkara, dan dikenal oleh warga sekitar.",
    "Apabila di kemudian hari terdapat kekeliruan dalam surat ini, akan diadakan perbaikan"
    " sebagaimana mestinya.",
    "Keterangan ini dibuat berdasarkan buku induk penduduk desa dan pernyataan dua orang saksi"
    " yang mengenal yang bersangkutan.",
    "Yang bersangkutan akan berangkat berobat ke luar negeri didampingi oleh seorang anggota"
    " keluarga, dan biaya perjalanan ditanggung sendiri.",
    "Demikian surat keterangan ini dibuat dengan sebenarnya untuk dipergunakan sebagaimana"
    " mestinya, dan berlaku tiga bulan sejak tanggal dikeluarkan.",
)


def front(chance: random.Random, seed: int) -> Specimen:
    """Print the letter."""
    subject, head = person(chance), person(chance, "L")
    village = f"{subject.village.title()} Contoh"
    written = a_day(chance, date(2023, 1, 1), date(2025, 10, 31))
    sheet = Sheet(paper(WIDTH_MM, HEIGHT_MM, (251, 250, 246)))
    _head(sheet, village, subject)
    title, matter = chance.choice(_MATTERS)
    sheet.write(105, 58, title, "serif-bold", 14, align="middle", field="title")
    wide = sheet.width_of(title, "serif-bold", 14)
    sheet.line(105 - wide / 2, 59.2, 105 + wide / 2, 59.2, 0.8)
    number = f"{chance.randint(1, 480):03}/SKD/{written.year}/99.{chance.randint(1, 12):02}"
    sheet.write(105, 64.6, f"Nomor : {number}", "serif", 11.5, align="middle")
    y = _flow(sheet, 75, f"Yang bertanda tangan di bawah ini, Kepala Desa {village}, menerangkan"
              " dengan sebenarnya bahwa:")  # fmt: skip
    y = _subject(sheet, y + 2, subject)
    y = _flow(sheet, y + 2, f"Nama tersebut di atas {matter}.")
    for sentence in [*chance.sample(_SENTENCES[:5], 3), _SENTENCES[5]]:
        y = _flow(sheet, y + 2.2, sentence)
    _close(sheet, chance, y + 10, village, written, head)
    return Specimen(
        kind="letter",
        seed=seed,
        side="front",
        pixels=sheet.pixels,
        look=look_of("letter"),
        words=tuple(sheet.words),
        fields=sheet.fields,
        field_boxes=sheet.field_boxes,
        stamps=tuple(sheet.stamps),
    )


def _head(sheet: Sheet, village: str, subject: Person) -> None:
    sheet.soak(27, 15, emblem(22, (150, 116, 30)))
    sheet.write(112, 20, "PEMERINTAH KABUPATEN PULAU SPESIMEN", "serif-bold", 14, align="middle")
    sheet.write(112, 26.5, f"KECAMATAN {subject.district}", "serif-bold", 14, align="middle")
    sheet.write(112, 34, f"KANTOR DESA {village.upper()}", "serif-bold", 16, align="middle")
    sheet.write(112, 39.4, "Jalan Pelabuhan Nomor 1, Kode Pos 99999, Telepon (0000) 123456",
                "serif", 9.5, align="middle")  # fmt: skip
    sheet.line(_LEFT, 43.2, _RIGHT, 43.2, 2.2)
    sheet.line(_LEFT, 44.6, _RIGHT, 44.6, 0.6)


def _flow(sheet: Sheet, y: float, text: str) -> float:
    """Print a paragraph, first line set in, and return the next baseline."""
    words, line, start = text.split(), "", _LEFT + 12
    for word in words:
        longer = f"{line} {word}".strip()
        if start + sheet.width_of(longer, "serif", _BODY) > _RIGHT:
            sheet.write(start, y, line, "serif", _BODY)
            y, line, start = y + 6.1, word, _LEFT
        else:
            line = longer
    sheet.write(start, y, line, "serif", _BODY)
    return y + 6.1


def _subject(sheet: Sheet, y: float, subject: Person) -> float:
    birth = f"{subject.birth_place.title()}, {day_words(subject.birth_date)}"
    address = f"{subject.address.title()} RT/RW {subject.rt_rw}"
    for label, value, field in (
        ("Nama", subject.name, "name"),
        ("NIK", subject.nik, "nik"),
        ("Tempat, Tanggal Lahir", birth, ""),
        ("Pekerjaan", subject.occupation.title(), "occupation"),
        ("Alamat", address, "address"),
    ):
        sheet.write(_LEFT + 12, y, label, "serif", _BODY)
        sheet.write(_LEFT + 58, y, ":", "serif", _BODY)
        style: FontName = "serif-bold" if field == "name" else "serif"
        sheet.write(_LEFT + 61, y, value, style, _BODY, field=field)
        y += 6.1
    return y


def _close(
    sheet: Sheet, chance: random.Random, y: float, village: str, written: date, head: Person
) -> None:
    """Print date and name of the signer, then put pen and stamp over them, as offices do."""
    middle = 150
    sheet.write(middle, y, f"{village}, {day_words(written)}", "serif", _BODY, align="middle")
    sheet.write(middle, y + 6, f"KEPALA DESA {village.upper()}", "serif-bold", _BODY,
                align="middle")  # fmt: skip
    name = head.name
    sheet.write(middle, y + 33, name, "serif-bold", _BODY, align="middle", field="signer")
    wide = sheet.width_of(name, "serif-bold", _BODY)
    sheet.line(middle - wide / 2, y + 34, middle + wide / 2, y + 34, 0.7)
    sheet.write(_LEFT, 284, "SPESIMEN - bukan dokumen resmi", "sans", 7.5, ink=BLACK)
    pen = chance.choice((PEN_BLUE, PEN_BLACK))
    sheet.stamps.append(sheet.soak(middle - 18, y + 9, signature(chance, 44, 20, pen)))
    tone = chance.choice((STAMP_BLUE, STAMP_PURPLE))
    seal = stamp(chance, "KEPALA DESA SPESIMEN", ("CONTOH", "BUKAN", "RESMI"), 34, tone)
    sheet.stamps.append(sheet.soak(middle - 42, y + 2, seal))
