"""What is read rightly off papers, from capture to fields, the way the kiosk does it.

Specimen papers with printed truth are captured in the ordinary ways (``EASY``), prepared, read by
the engine and understood. Published are the share of KTP fields right to the letter, the share of
vouched NIKs that are right, and the share of passports whose second machine line is exact. Family
cards and birth deeds are measured beside them. ``--seeds N`` papers of each kind are taken from
``FIRST_SEED`` on; nothing was ever fitted to these.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2

from app.domain.dates import parse_date
from app.domain.papers.family_rows import member_field
from app.domain.papers.lines import PaperReading
from app.domain.papers.reading import read_paper
from app.errors import LocalFault
from app.imaging.ocr.engine import Ocr
from app.imaging.ocr.reading import read_text
from app.imaging.preparing.prepare import prepare
from bench.measuring import close_with, in_processes, say
from tests.specimens import Capture, How, Kind, capture, make

FIRST_SEED = 7000
EASY: tuple[How, ...] = (
    "scan_good", "scan_worn", "scan_bed", "document_camera", "phone", "webcam",
)  # fmt: skip
#: A 1080p camera gives an A4 sheet some 110 dots an inch; the kiosk asks for another source.
_SHEETS: tuple[How, ...] = ("scan_good", "scan_worn", "document_camera", "phone")
_KINDS: tuple[tuple[Kind, tuple[How, ...]], ...] = (
    ("ktp", EASY),
    ("passport", EASY),
    ("family_card", _SHEETS),
    ("birth_deed", _SHEETS),
)
#: What is printed, to what the reading says.
_CODES = {
    "LAKI-LAKI": "male", "PEREMPUAN": "female", "L/M": "male", "P/F": "female", "WNI": "wni",
    "BELUM KAWIN": "single", "KAWIN": "married", "CERAI HIDUP": "divorced",
    "CERAI MATI": "widowed",
}  # fmt: skip
_CODED = ("sex", "marital_status", "nationality")
#: Names of the printed truth that a reading calls otherwise.
_RENAMED = {
    "expiry": "expiry_date", "issued": "issued_date", "office": "issuing_office",
    "father": "father_name", "mother": "mother_name",
}  # fmt: skip
#: Printed, and read by nobody.
_UNREAD = {
    "ktp": set(),
    "passport": {"type", "country", "register", "nationality"},
    "family_card": {"postal_code", "issued", "member_count"},
    "birth_deed": {"nik", "child_number", "issued"},
}  # type: dict[str, set[str]]


@dataclass
class Tally:
    """What was counted for one kind of paper captured in one way."""

    right: int = 0
    all_fields: int = 0
    papers: int = 0
    vouched: int = 0
    vouched_right: int = 0
    exact: int = 0
    cpu_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="bench reading", description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--sheets", type=int, default=2, help="family cards and deeds")
    parser.add_argument("--first", type=int, default=FIRST_SEED)
    parser.add_argument("--processes", type=int, default=2)
    wish = parser.parse_args()
    groups = [
        (kind, how, range(wish.first, wish.first + seeds))
        for kind, hows in _KINDS
        for seeds in [wish.seeds if kind in ("ktp", "passport") else wish.sheets]
        for how in hows
    ]
    tallies: dict[tuple[Kind, How], Tally] = {}
    for (kind, how, _), tally in zip(
        groups, in_processes(_of_group, groups, wish.processes), strict=True
    ):
        tallies[kind, how] = tally
        _say(kind, how, tally)
    _close(tallies)


def _of_group(group: tuple[Kind, How, range]) -> Tally:
    """Read one kind of paper captured in one way."""
    cv2.setNumThreads(1)
    ocr = Ocr.available()
    if ocr is None:
        raise LocalFault("text_engine_missing")
    kind, how, seeds = group
    tally = Tally()
    for seed in seeds:
        _measure(ocr, capture(make(kind, seed), how, seed), tally)
    return tally


def _measure(ocr: Ocr, taken: Capture, tally: Tally) -> None:
    look = taken.specimen.look
    page = prepare(taken.pixels, look, taken.dpi)[0]
    began = time.process_time()
    text = read_text(page, look, ocr)
    reading = read_paper(look.reads, text.lines, text.codes)
    tally.cpu_s += time.process_time() - began
    truth = _truth(taken.specimen.kind, taken.specimen.fields)
    tally.papers += 1
    for name, printed in truth.items():
        read = reading.text_of(name)
        tally.all_fields += 1
        tally.right += read == printed
        if read != printed:
            tally.wrong.append(f"{taken.specimen.seed} {name}: {printed!r} read as {read!r}")
    _count_vouched(reading, truth, tally)


def _count_vouched(reading: PaperReading, truth: Mapping[str, str], tally: Tally) -> None:
    number = next((name for name in ("nik", "mrz_line2", "kk_number", "birth_date")
                   if name in truth), "")  # fmt: skip
    is_right = reading.text_of(number) == truth[number]
    tally.exact += is_right
    tally.vouched += reading.is_vouched
    tally.vouched_right += reading.is_vouched and is_right


def _truth(kind: Kind, fields: Mapping[str, str]) -> dict[str, str]:
    """Return what is printed as a reading says it."""
    truth: dict[str, str] = {}
    for name, printed in fields.items():
        # A dash stands for what is not known; it says nothing.
        if name in _UNREAD[kind] or printed == "-":
            continue
        if name.startswith("member"):
            row, _, what = name.removeprefix("member").partition("_")
            name, base = member_field(int(row), what), what
        elif kind == "birth_deed" or name in ("expiry", "issued", "office"):
            name = base = _RENAMED.get(name, name)
        else:
            base = name
        day = parse_date(printed) if base.endswith("date") else None
        truth[name] = day.isoformat() if day else printed
        if base in _CODED:
            truth[name] = _CODES[printed]
    return truth


def _say(kind: Kind, how: How, tally: Tally) -> None:
    share = tally.right / tally.all_fields
    say(
        f"{kind:12} {how:16} fields {share:7.2%} of {tally.all_fields:4}   "
        f"number exact {tally.exact:3} of {tally.papers:3}   "
        f"vouched {tally.vouched:3}, right {tally.vouched_right:3}   "
        f"{tally.cpu_s / tally.papers:4.1f} s"
    )
    for wrong in tally.wrong:
        say(f"    {wrong}")


def _close(tallies: Mapping[tuple[Kind, How], Tally]) -> None:
    def of(kind: Kind) -> list[Tally]:
        return [tally for (one, _), tally in tallies.items() if one == kind]

    def share(tallied: list[Tally], part: str, whole: str) -> float:
        parts = sum(getattr(tally, part) for tally in tallied)
        return float(parts / max(1, sum(getattr(tally, whole) for tally in tallied)))

    accepted = share(of("ktp"), "vouched", "papers")
    say(f"NIKs vouched for: {accepted:.1%} of the cards; passports: "
        f"{share(of('passport'), 'vouched', 'papers'):.1%}")  # fmt: skip
    close_with(
        ktp_fields=share(of("ktp"), "right", "all_fields"),
        nik_accepted_right=share(of("ktp"), "vouched_right", "vouched"),
        mrz_exact=share(of("passport"), "exact", "papers"),
        passport_fields=share(of("passport"), "right", "all_fields"),
        family_card_fields=share(of("family_card"), "right", "all_fields"),
        birth_deed_fields=share(of("birth_deed"), "right", "all_fields"),
    )


if __name__ == "__main__":
    main()
