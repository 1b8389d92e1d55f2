"""How well pages are judged: bad ones refused for the right reason, good ones let through.

Papers of seeds that no threshold was ever set by, captured well and spoilt in each way that can be
found wrong, prepared and judged as in the kiosk, with the catalogue's own looks. A bad capture
counts when the reason it was spoilt for is among the findings; a good one is refused when there is
any finding. ``--mild`` adds a table of milder faults than any of these; it is for reading, not for
the aim. ``--wrong FOLDER`` keeps a picture of each capture that was judged wrongly.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np

from app.domain.catalogue import Look
from app.domain.judgement import FindingCode
from app.imaging.judging.judge import judge
from app.imaging.ocr.engine import Ocr
from app.imaging.pixels import Pixels
from app.imaging.preparing.prepare import prepare
from app.resources import load_catalogue
from bench.corners import overlap
from bench.measuring import close_with, in_processes, say
from tests.specimens import CODES, KINDS, Capture, How, Kind, capture, make, optics, spoil

#: Thresholds were set on seeds below 10, and rules mended after a look at seeds 700 to 761.
HELD_OUT = (770, 771, 772)
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
    seed: int
    how: str
    spoilt: FindingCode | None
    found: tuple[FindingCode, ...]
    overlap: float
    prepare_s: float
    judge_s: float

    @property
    def is_right(self) -> bool:
        """Tell whether it was refused for its reason, or let through."""
        return self.spoilt in self.found if self.spoilt else not self.found


def judged(taken: Capture, asked: Kind, seed: int, wrong: Path | None = None) -> Judged:
    """Prepare and judge one capture as the paper that was asked for."""
    look, ocr = looks()[asked], Ocr.available()
    began = time.perf_counter()
    page = prepare(taken.pixels, look, taken.dpi)[0]
    prepared = time.perf_counter()
    verdict = judge(page, look, ocr)
    done = time.perf_counter()
    one = Judged(
        kind=asked,
        seed=seed,
        how=str(taken.how),
        spoilt=taken.code,
        found=tuple(finding.code for finding in verdict.findings),
        overlap=overlap(page.outline, taken.outline),
        prepare_s=prepared - began,
        judge_s=done - prepared,
    )
    if wrong and not one.is_right:
        _keep(wrong / f"{asked}-{seed}-{one.how}-{one.spoilt or 'good'}", taken.pixels, page.pixels)
    return one


def _keep(stem: Path, taken: Pixels, page: Pixels) -> None:
    for name, pixels in (("taken", taken), ("page", page)):
        scale = min(1.0, 1400 / max(pixels.shape))
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cv2.imwrite(f"{stem}-{name}.jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))


@cache
def looks() -> dict[Kind, Look]:
    """Return what the catalogue says of each specimen's kind of paper."""
    catalogue = load_catalogue()
    return {kind: catalogue.document_type(name).look for kind, name in TYPES.items()}


def of_paper(paper: tuple[Kind, int], wrong: Path | None = None) -> list[Judged]:
    """Judge one paper in every capture of it, good and bad."""
    cv2.setNumThreads(1)
    kind, seed = paper
    return [judged(taken, kind, seed, wrong) for taken in captures(kind, seed)]


def captures(kind: Kind, seed: int) -> Iterator[Capture]:
    """Make captures that ought to pass, then one spoilt in each way, taken by turns."""
    specimen = make(kind, seed)
    for how, kinds in GOOD:
        if kind in kinds:
            yield capture(specimen, how, seed)
    for number, code in enumerate(CODES, seed + KINDS.index(kind)):
        # Only cards have a back that is told.
        if code != "wrong_side" or kind == "ktp":
            yield spoil(specimen, code, seed, BAD[number % len(BAD)])


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
            said = ", ".join(one.found) or "nothing"
            say(f"  wrong: {one.kind} {one.seed} {one.how} {one.spoilt or 'good'}: {said}")


def of_mild(kind: Kind, seed: int) -> dict[str, bool]:
    """Judge one paper with each milder fault."""
    cv2.setNumThreads(1)
    return {name: judged(taken, kind, seed).is_right for name, _, taken in mild(kind, seed)}


def tell_mild(seed: int, processes: int) -> None:
    """Print how many of the milder faults are found."""
    say("\nMilder faults (share found; for reading only)")
    found: dict[str, list[bool]] = {}
    for rights in in_processes(partial(of_mild, seed=seed), KINDS, processes):
        for name, is_right in rights.items():
            found.setdefault(name, []).append(is_right)
    for name, all_rights in found.items():
        say(f"  {name:18} {sum(all_rights)} of {len(all_rights)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench judgement", description=__doc__)
    parser.add_argument("--seeds", type=int, default=len(HELD_OUT), help="how many held-out seeds")
    parser.add_argument("--first", type=int, default=HELD_OUT[0], help="the first of them")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--mild", action="store_true", help="judge milder faults too")
    parser.add_argument("--wrong", type=Path, help="a folder for what was judged wrongly")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    say(f"Seeds {seeds.start} to {seeds.stop - 1}, {asked.processes} processes, text engine "
        f"{'there' if Ocr.available() else 'missing'}")  # fmt: skip
    if asked.wrong:
        asked.wrong.mkdir(parents=True, exist_ok=True)
    papers = [(kind, seed) for seed in seeds for kind in KINDS]
    every = _judged_aloud(papers, asked.processes, asked.wrong)
    bad = [one for one in every if one.spoilt]
    good = [one for one in every if not one.spoilt]
    tell("Bad captures", bad)
    tell("Good captures", good)
    times = [one.prepare_s + one.judge_s for one in good if one.how == "scan_good"]
    say(f"\nPrepare and judge, scans at 300 dpi: median {statistics.median(times):.2f} s")
    if asked.mild:
        tell_mild(seeds.start, asked.processes)
    close_with(
        bad_refused=statistics.mean(one.is_right for one in bad),
        good_refused=1 - statistics.mean(one.is_right for one in good),
        corner_overlap=statistics.median(one.overlap for one in good if one.how in BAD),
    )


def _judged_aloud(
    papers: Sequence[tuple[Kind, int]], processes: int, wrong: Path | None
) -> list[Judged]:
    every: list[Judged] = []
    for (kind, seed), one in zip(
        papers, in_processes(partial(of_paper, wrong=wrong), papers, processes), strict=True
    ):
        every += one
        say(f"  {kind:12} {seed}: {sum(each.is_right for each in one)} of {len(one)} right")
    return every


if __name__ == "__main__":
    main()
