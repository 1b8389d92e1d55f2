"""How well pages are judged: bad ones refused for the right reason, good ones let through.

Papers of seeds that no threshold was ever set by, captured well and spoilt in each way that can be
found wrong, prepared and judged as in the kiosk, with the catalogue's own looks. A bad capture
counts when the reason it was spoilt for is among the findings; a good one is refused when there is
any finding. A second table has milder faults than any of these; it is for reading, not for the aim.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from app.domain.catalogue import Look
from app.domain.judgement import FindingCode
from app.imaging.judging.judge import judge
from app.imaging.ocr.engine import Ocr
from app.imaging.preparing.prepare import prepare
from app.resources import load_catalogue
from bench.corners import of_captures
from bench.measuring import close_with, say
from tests.specimens import CODES, KINDS, Capture, How, Kind, capture, make, optics, spoil

#: Thresholds were set on seeds below 10, and rules mended after a look at seed 700.
HELD_OUT = (710, 711, 712)
#: Which kind of paper in the catalogue each specimen is.
TYPES: dict[Kind, str] = {
    "ktp": "ktp",
    "passport": "old_passport",
    "birth_deed": "birth_certificate",
    "family_card": "kk",
    "letter": "authority_letter",
}
#: A webcam sees a sheet of A4 at 110 dpi: too far away by what it is.
GOOD: tuple[tuple[How, tuple[Kind, ...]], ...] = (
    ("scan_good", KINDS),
    ("scan_worn", KINDS),
    ("scan_bed", KINDS),
    ("document_camera", KINDS),
    ("phone", KINDS),
    ("webcam", ("ktp", "passport")),
)
BAD: tuple[How, ...] = ("document_camera", "phone")
#: Softness in millimetres of paper, brightness, and dots per inch that may pass or not.
SOFT_MM = (0.1, 0.17, 0.24, 0.31)
GAINS = (0.3, 0.4, 0.5, 0.65)
DPIS = (100, 130, 160, 190)


@dataclass(frozen=True)
class Judged:
    """What was said of one capture."""

    kind: Kind
    how: str
    spoilt: FindingCode | None
    found: tuple[FindingCode, ...]
    prepare_s: float
    judge_s: float

    @property
    def is_right(self) -> bool:
        """Tell whether it was refused for its reason, or let through."""
        return self.spoilt in self.found if self.spoilt else not self.found


def judged(taken: Capture, asked: Kind, looks: dict[Kind, Look], ocr: Ocr | None) -> Judged:
    """Prepare and judge one capture as the paper that was asked for."""
    began = time.perf_counter()
    page = prepare(taken.pixels, looks[asked], taken.dpi)[0]
    prepared = time.perf_counter()
    verdict = judge(page, looks[asked], ocr)
    codes = tuple(finding.code for finding in verdict.findings)
    done = time.perf_counter()
    return Judged(asked, str(taken.how), taken.code, codes, prepared - began, done - prepared)


def good_captures(seeds: Iterable[int]) -> Iterator[tuple[Kind, Capture]]:
    """Make captures that ought to pass."""
    for seed in seeds:
        for how, kinds in GOOD:
            for kind in kinds:
                yield kind, capture(make(kind, seed), how, seed)


def bad_captures(seeds: Iterable[int]) -> Iterator[tuple[Kind, Capture]]:
    """Make captures spoilt in each way; only cards have a back that is told."""
    for seed in seeds:
        for code in CODES:
            for kind in KINDS if code != "wrong_side" else ("ktp",):
                for how in BAD:
                    yield kind, spoil(make(kind, seed), code, seed, how)


def mild(kind: Kind, seed: int) -> Iterator[tuple[str, FindingCode, Capture]]:
    """Make captures with faults that may pass or not, by name and severity."""
    good = capture(make(kind, seed), "document_camera", seed)
    scale = _pixels_per_mm(good)
    for mm in SOFT_MM:
        soft = optics.softened(good.pixels, mm * scale)
        yield f"softness {mm} mm", "blurred", replace(good, pixels=soft, code="blurred")
    for gain in GAINS:
        dark = optics.lit(good.pixels, np.full((2, 2), gain, np.float32))
        yield f"brightness {gain}", "too_dark", replace(good, pixels=dark, code="too_dark")
    for dpi in DPIS:
        share = dpi / (scale * 25.4)
        if share < 1.0:
            small = cv2.resize(good.pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
            far = replace(good, pixels=np.asarray(small, np.uint8), code="too_far")
            yield f"{dpi} dpi", "too_far", far


def _pixels_per_mm(taken: Capture) -> float:
    height, width = taken.pixels.shape[:2]
    corners = np.array(taken.outline.corners) * (width, height)
    across = float(np.hypot(*(corners[1] - corners[0])))
    return across / (taken.specimen.width / taken.specimen.dpi * 25.4)


def tell(title: str, all_judged: Sequence[Judged]) -> None:
    """Print the shares by reason and by way of capture, and each one that is wrong."""
    say(f"\n{title}")
    for key in sorted({(one.spoilt or "", one.how) for one in all_judged}):
        group = [one for one in all_judged if (one.spoilt or "", one.how) == key]
        right = sum(one.is_right for one in group)
        say(f"  {key[0] or 'good':15} {key[1]:16} {right:3} of {len(group):3} right")
    for one in all_judged:
        if not one.is_right:
            say(f"  wrong: {one.kind} {one.how} {one.spoilt or 'good'}: {', '.join(one.found)}")


def tell_mild(kinds: Sequence[Kind], seed: int, looks: dict[Kind, Look], ocr: Ocr | None) -> None:
    """Print how many of the milder faults are found."""
    say("\nMilder faults (share found; for reading only)")
    found: dict[str, list[bool]] = {}
    for kind in kinds:
        for name, _, taken in mild(kind, seed):
            found.setdefault(name, []).append(judged(taken, kind, looks, ocr).is_right)
    for name, rights in found.items():
        say(f"  {name:18} {sum(rights)} of {len(rights)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench judgement", description=__doc__)
    parser.add_argument("--seeds", type=int, default=len(HELD_OUT), help="how many held-out seeds")
    parser.add_argument("--first", type=int, default=HELD_OUT[0], help="the first of them")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    seeds = range(asked.first, asked.first + asked.seeds)
    catalogue = load_catalogue()
    looks = {kind: catalogue.document_type(name).look for kind, name in TYPES.items()}
    ocr = Ocr.available()
    say(f"Seeds {seeds.start} to {seeds.stop - 1}, text engine {'there' if ocr else 'missing'}")
    bad = [judged(taken, kind, looks, ocr) for kind, taken in bad_captures(seeds)]
    tell("Bad captures", bad)
    good = [judged(taken, kind, looks, ocr) for kind, taken in good_captures(seeds)]
    tell("Good captures", good)
    times = [one.prepare_s + one.judge_s for one in good if one.how == "scan_good"]
    say(f"\nPrepare and judge, scans at 300 dpi: median {statistics.median(times):.2f} s")
    tell_mild(KINDS, seeds.start, looks, ocr)
    corners = [corner.overlap for corner in of_captures(seeds, KINDS, BAD)]
    close_with(
        bad_refused=statistics.mean(one.is_right for one in bad),
        good_refused=1 - statistics.mean(one.is_right for one in good),
        corner_overlap=statistics.median(corners),
    )


if __name__ == "__main__":
    main()
