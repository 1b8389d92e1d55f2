"""How small papers become and what stays legible, beside what others do with the same pages.

Five specimen papers a seed (``KINDS``) are captured in the ways of a counter (``--captures``),
prepared along their true outline, and encoded by us and by each peer. Two engines read every
result and the prepared page itself. Published are the bytes of the five papers together, the mean
change of the character error rate in points, the fields that could be read before and not after
(by the engine that lost more), and the lowest similarity of a portrait at 150 dpi.

A page keeps its own resolution, so that a peer's "200 dpi" is two thirds of it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

import cv2
import numpy as np

from app.imaging.encoding.document import pack, unpack
from app.imaging.encoding.encode import encode
from app.imaging.pixels import Pixels, PreparedPixels
from app.imaging.preparing.prepare import prepare
from bench import document_measures as measures
from bench.document_peers import PEERS
from bench.measuring import close_with, say
from tests.specimens import KINDS, How, Kind, Specimen, capture, make

FIRST_SEED = 9000
SEEDS = 2
CAPTURES: tuple[How, ...] = ("scan_good", "scan_worn", "document_camera")
OURS, PLAIN = "ours", "unencoded"
PROCESSES = 2
_FACE_DPI = 150
_ENGINES = ("tesseract", "rapidocr")
_KB = 1024


@dataclass(frozen=True)
class Page:
    """One capture of one paper."""

    kind: Kind
    how: How
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What one way of encoding made of one page."""

    page: Page
    way: str
    size_bytes: int
    cpu_s: float
    #: By engine.
    error: dict[str, float]
    read: dict[str, frozenset[str]]
    face: float | None
    codes_lost: int
    form: str = ""
    legibility: float = 1.0


@dataclass
class Tally:
    """All outcomes of one way."""

    outcomes: list[Outcome] = field(default_factory=list)


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--captures", nargs="+", default=list(CAPTURES))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS))
    parser.add_argument("--peers", nargs="*", default=list(PEERS))
    parser.add_argument("--processes", type=int, default=PROCESSES)
    given = parser.parse_args()
    peers = _available(given.peers)
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    pages = [Page(*one) for one in product(given.kinds, given.captures, seeds)]
    with multiprocessing.get_context("spawn").Pool(given.processes, _settle) as pool:
        work = pool.imap_unordered(_measured, [(page, peers) for page in pages])
        outcomes = [one for page_outcomes in work for one in _told(page_outcomes)]
    by_way: dict[str, Tally] = defaultdict(Tally)
    for outcome in outcomes:
        by_way[outcome.way].outcomes.append(outcome)
    _table(by_way)
    _close(by_way)


def _available(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if missing := PEERS[name].missing():
            say(f"{name}: not measured, {missing} is not installed")
    return tuple(name for name in names if not PEERS[name].missing())


def _settle() -> None:
    # One core for each process; the bench has its own.
    cv2.setNumThreads(1)


def _measured(work: tuple[Page, tuple[str, ...]]) -> list[Outcome]:
    page, peers = work
    specimen = make(page.kind, page.seed)
    taken = capture(specimen, page.how, page.seed)
    prepared = prepare(taken.pixels, specimen.look, taken.dpi, taken.outline)[0]
    outcomes = [_judged(page, specimen, prepared, prepared.pixels, PLAIN, 0, 0.0)]
    began = time.process_time()
    encoded = encode(prepared, specimen.look)
    cpu_s = time.process_time() - began
    document = pack([(encoded.content, 0)])
    ours = _judged(
        page, specimen, prepared, unpack(document)[0], OURS, len(document), cpu_s,
        encoded.form, encoded.legibility,
    )  # fmt: skip
    outcomes.append(ours)
    height, width = prepared.pixels.shape[:2]
    for name in peers:
        began = time.process_time()
        content = PEERS[name].encode(prepared.pixels)
        cpu_s = time.process_time() - began
        drawn = PEERS[name].decode(content, width, height)
        outcomes.append(_judged(page, specimen, prepared, drawn, name, len(content), cpu_s))
    return outcomes


def _judged(
    page: Page,
    specimen: Specimen,
    prepared: PreparedPixels,
    drawn: Pixels,
    way: str,
    size_bytes: int,
    cpu_s: float,
    form: str = "",
    legibility: float = 1.0,
) -> Outcome:
    pieces = {
        "tesseract": measures.by_tesseract(drawn, specimen),
        "rapidocr": measures.by_rapidocr(drawn, specimen),
    }
    return Outcome(
        page,
        way,
        size_bytes,
        cpu_s,
        {name: measures.character_error(specimen, read).share for name, read in pieces.items()},
        {name: measures.fields_read(specimen, read) for name, read in pieces.items()},
        measures.face_similarity(specimen, *_at_face_dpi(prepared, drawn)),
        len(measures.codes_lost(specimen, drawn) - measures.codes_lost(specimen, prepared.pixels)),
        form,
        legibility,
    )


def _at_face_dpi(prepared: PreparedPixels, drawn: Pixels) -> tuple[Pixels, Pixels]:
    scale = min(1.0, _FACE_DPI / prepared.dpi)
    height, width = drawn.shape[:2]
    size = (round(width * scale), round(height * scale))
    before, after = (
        cv2.resize(one, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        for one in (prepared.pixels, drawn)
    )
    return before, after


def _told(outcomes: list[Outcome]) -> list[Outcome]:
    """Say what became of one page."""
    plain = next(one for one in outcomes if one.way == PLAIN)
    for one in outcomes:
        if one.way == PLAIN:
            continue
        deltas = [100 * (one.error[name] - plain.error[name]) for name in _ENGINES]
        lost = [len(plain.read[name] - one.read[name]) for name in _ENGINES]
        face = "" if one.face is None else f"{one.face:.3f}"
        say(
            f"{one.page.kind:12}{one.page.how:16}{one.page.seed:5} {one.way:12}"
            f"{one.size_bytes / _KB:8.1f} KB {deltas[0]:+6.2f} {deltas[1]:+6.2f} points,"
            f" lost {lost[0]}/{lost[1]}, codes {one.codes_lost}, face {face:5} {one.cpu_s:5.1f} s"
            f" {one.form} {one.legibility:.3f}"
        )
    return outcomes


def _deltas(ours: Iterable[Outcome], plain: dict[Page, Outcome], engine: str) -> float:
    """Return the mean change of the character error rate, in points."""
    return 100 * statistics.fmean(one.error[engine] - plain[one.page].error[engine] for one in ours)


def _lost(ours: Iterable[Outcome], plain: dict[Page, Outcome], engine: str) -> int:
    return sum(len(plain[one.page].read[engine] - one.read[engine]) for one in ours)


def _sets(outcomes: Iterable[Outcome]) -> list[float]:
    """Return the KB of the papers of each seed and way of capture, together."""
    sets: dict[tuple[str, int], float] = defaultdict(float)
    for one in outcomes:
        sets[one.page.how, one.page.seed] += one.size_bytes / _KB
    return list(sets.values())


def _table(by_way: dict[str, Tally]) -> None:
    plain = {one.page: one for one in by_way[PLAIN].outcomes}
    fields = sum(len(one.read["tesseract"]) for one in plain.values())
    kinds = sorted({page.kind for page in plain})
    head = " ".join(f"{kind:>12}" for kind in kinds)
    say(f"\nKB a paper; change in points; fields lost of {fields} that tesseract reads; portraits")
    say(
        f"{'way':14}{head} {'set':>7} {'tess':>7} {'rapid':>7} {'lost':>7} {'face':>6} {'cpu s':>6}"
    )
    for way, tally in by_way.items():
        if way == PLAIN:
            continue
        ours = tally.outcomes
        sizes = " ".join(
            f"{statistics.fmean(o.size_bytes for o in ours if o.page.kind == kind) / _KB:12.1f}"
            for kind in kinds
        )
        deltas = [_deltas(ours, plain, name) for name in _ENGINES]
        lost = "/".join(str(_lost(ours, plain, name)) for name in _ENGINES)
        faces = [one.face for one in ours if one.face is not None]
        say(
            f"{way:14}{sizes} {statistics.fmean(_sets(ours)):7.1f} {deltas[0]:+7.2f}"
            f" {deltas[1]:+7.2f} {lost:>7} {min(faces, default=1):6.3f}"
            f" {statistics.fmean(one.cpu_s for one in ours):6.2f}"
        )


def _close(by_way: dict[str, Tally]) -> None:
    plain = {one.page: one for one in by_way[PLAIN].outcomes}
    ours = by_way[OURS].outcomes
    close_with(
        set_kb_mean=statistics.fmean(_sets(ours)),
        set_kb_max=max(_sets(ours)),
        cer_delta_tesseract=_deltas(ours, plain, "tesseract"),
        cer_delta_rapidocr=_deltas(ours, plain, "rapidocr"),
        fields_lost=max(_lost(ours, plain, name) for name in _ENGINES),
        face_similarity=min((one.face for one in ours if one.face is not None), default=1.0),
    )


if __name__ == "__main__":
    main()
