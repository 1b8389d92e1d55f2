"""Lines of text as the engine reads them off invented papers, for tests of what they mean."""

from __future__ import annotations

from app.domain.judgement import Place
from app.domain.papers.lines import TextLine

NIK = "9901015508870003"


def line(text: str, left: float, top: float, score: float = 0.99) -> TextLine:
    """Return one line of ordinary height."""
    return TextLine(text, score, Place(left, top, 0.013 * len(text), 0.03))


def ktp_lines(**changes: str) -> list[TextLine]:
    """Return a woman's card, some values or whole rows changed by their label's first word."""
    values = {
        "NIK": NIK,
        "Nama": "SITI CONTOH",
        "Tempat/Tgl Lahir": "TAREMPA, 15-08-1987",
        "Jenis Kelamin": "PEREMPUAN  Gol. Darah : O",
        "Alamat": "JL. HANG TUAH NO.5",
        "RT/RW": "002/001",
        "Kel/Desa": "TAREMPA",
        "Kecamatan": "SIANTAN",
        "Agama": "ISLAM",
        "Status Perkawinan": "KAWIN",
        "Pekerjaan": "KARYAWAN SWASTA",
        "Kewarganegaraan": "WNI",
        "Berlaku Hingga": "SEUMUR HIDUP",
    }
    lines = [
        line("PROVINSI KEPULAUAN RIAU", 0.25, 0.04),
        line("KABUPATEN KEPULAUAN ANAMBAS", 0.22, 0.1),
        line("KEPULAUAN ANAMBAS", 0.72, 0.72),
        line("12-03-2018", 0.78, 0.77),
    ]
    for number, (label, value) in enumerate(values.items()):
        top = 0.2 + number * 0.055
        shown = changes.get(label.split("/")[0].split()[0], value)
        lines += [line(label, 0.04, top), line(f": {shown}", 0.25, top)]
    return lines
