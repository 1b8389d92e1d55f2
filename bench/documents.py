"""How small papers become and what stays legible, beside what others do with the same pages.

Five specimen papers a seed (``KINDS``) are captured in the ways of a counter (``--captures``),
prepared along their true outline, and encoded by us and by each peer. Tesseract reads every result
and the prepared page itself; RapidOCR, ten times slower, those named by ``--rapidocr``. Published
are the bytes of the five papers together, the mean change of the character error rate in points,
the fields that could be read before and not after (by the engine that lost more; as many as JPEG 85
at 200 dpi loses are allowed, counted alike), and the lowest similarity of a portrait at 150 dpi.

A page keeps its own resolution, so that a peer's "200 dpi" is two thirds of it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from tests.specimens import KINDS, How, Kind, capture, make

FIRST_SEED = 9000
SEEDS = 2
CAPTURES: tuple[How, ...] = ("scan_good", "scan_worn", "document_camera")
OURS, PLAIN = "ours", "unencoded"
#: What fields may be lost is what this one loses on the same pages.
MEASURE = "jpeg85_200"
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


@dataclass(frozen=True, eq=False)
class Made:
    """What one way of encoding left of a page."""

    way: str
    drawn: Pixels
    size_bytes: int = 0
    cpu_s: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What is known of it."""

    page: Page
    way: str
    size_bytes: int
    cpu_s: float
    #: By engine; only the engines that looked at it.
    error: dict[str, float]
    read: dict[str, frozenset[str]]
    face: float | None
    codes_lost: int
    note: str


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--captures", nargs="+", default=list(CAPTURES))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS))
    parser.add_argument("--peers", nargs="*", default=list(PEERS))
    parser.add_argument("--rapidocr", nargs="*", default=[OURS, MEASURE], metavar="WAY")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    given = parser.parse_args()
    peers, twice = _available(given.peers), frozenset(given.rapidocr and (*given.rapidocr, PLAIN))
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    pages = [Page(*one) for one in product(given.kinds, given.captures, seeds)]
    with multiprocessing.get_context("spawn").Pool(given.processes, _settle) as pool:
        work = pool.imap_unordered(_measured, [(page, peers, twice) for page in pages])
        outcomes = [one for page_outcomes in work for one in _told(page_outcomes)]
    by_way: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_way[outcome.way].append(outcome)
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


def _measured(work: tuple[Page, tuple[str, ...], frozenset[str]]) -> list[Outcome]:
    page, peers, twice = work
    specimen = make(page.kind, page.seed)
    taken = capture(specimen, page.how, page.seed)
    prepared = prepare(taken.pixels, specimen.look, taken.dpi, taken.outline)[0]
    codes = measures.codes_lost(specimen, prepared.pixels)
    outcomes = []
    for made in _ways(prepared, peers):
        engines = _ENGINES if made.way in twice else _ENGINES[:1]
        pieces = {name: measures.BY_ENGINE[name](made.drawn, specimen) for name in engines}
        outcomes.append(
            Outcome(
                page,
                made.way,
                made.size_bytes,
                made.cpu_s,
                {
                    one: measures.character_error(specimen, read).share
                    for one, read in pieces.items()
                },
                {one: measures.fields_read(specimen, read) for one, read in pieces.items()},
                measures.face_similarity(specimen, *_at_face_dpi(prepared, made.drawn)),
                len(measures.codes_lost(specimen, made.drawn) - codes),
                made.note,
            )
        )
    return outcomes


def _ways(prepared: PreparedPixels, peers: Sequence[str]) -> Iterator[Made]:
    yield Made(PLAIN, prepared.pixels)
    began = _cpu_s()
    encoded = encode(prepared)
    spent = _cpu_s() - began
    document = pack([(encoded.content, 0)])
    note = f"{encoded.form} {encoded.legibility:.3f}"
    yield Made(OURS, unpack(document)[0], len(document), spent, note)
    height, width = prepared.pixels.shape[:2]
    for name in peers:
        began = _cpu_s()
        content = PEERS[name].encode(prepared.pixels)
        spent = _cpu_s() - began
        yield Made(name, PEERS[name].decode(content, width, height), len(content), spent)


def _cpu_s() -> float:
    """Return what this process and the programs that it ran have spent."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


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
    plain = {one.page: one for one in outcomes if one.way == PLAIN}
    for one in outcomes:
        if one.way == PLAIN:
            continue
        deltas = _by_engine([one], plain, _deltas, "+6.2f")
        face = "" if one.face is None else f"{one.face:.3f}"
        say(
            f"{one.page.kind:12}{one.page.how:16}{one.page.seed:5} {one.way:12}"
            f"{one.size_bytes / _KB:8.1f} KB {deltas} points,"
            f" lost {_by_engine([one], plain, _lost, '')}, codes {one.codes_lost},"
            f" face {face:5} {one.cpu_s:5.1f} s {one.note}"
        )
        gone = sorted(plain[one.page].read["tesseract"] - one.read["tesseract"])
        if gone and one.way in (OURS, MEASURE):
            say(f"    lost to tesseract: {' '.join(gone)}")
    return outcomes


def _by_engine(
    ours: Sequence[Outcome],
    plain: dict[Page, Outcome],
    figure: Callable[[Sequence[Outcome], dict[Page, Outcome], str], float],
    form: str,
) -> str:
    """Write a figure for each engine; a dash for one that did not look."""
    return "/".join(
        format(figure(ours, plain, name), form) if name in ours[0].read else "-"
        for name in _ENGINES
    )


def _deltas(ours: Sequence[Outcome], plain: dict[Page, Outcome], engine: str) -> float:
    """Return the mean change of the character error rate, in points."""
    return 100 * statistics.fmean(one.error[engine] - plain[one.page].error[engine] for one in ours)


def _lost(ours: Sequence[Outcome], plain: dict[Page, Outcome], engine: str) -> int:
    return sum(len(plain[one.page].read[engine] - one.read[engine]) for one in ours)


def _most_lost(ours: Sequence[Outcome], plain: dict[Page, Outcome]) -> int:
    """Return how many fields were lost by the engine that lost more."""
    return max(_lost(ours, plain, name) for name in ours[0].read)


def _sets(outcomes: Iterable[Outcome]) -> list[float]:
    """Return the KB of the papers of each seed and way of capture, together."""
    sets: dict[tuple[str, int], float] = defaultdict(float)
    for one in outcomes:
        sets[one.page.how, one.page.seed] += one.size_bytes / _KB
    return list(sets.values())


def _table(by_way: dict[str, list[Outcome]]) -> None:
    plain = {one.page: one for one in by_way[PLAIN]}
    fields = _by_engine(by_way[PLAIN], plain, _readable, "")
    kinds = sorted({page.kind for page in plain})
    head = " ".join(f"{kind:>12}" for kind in kinds)
    say(f"\nKB a paper; change in points and fields lost of {fields} that could be read, by"
        " tesseract/rapidocr; portraits")  # fmt: skip
    say(f"{'way':14}{head} {'set':>7} {'points':>13} {'lost':>7} {'face':>6} {'cpu s':>6}")
    for way, ours in by_way.items():
        if way == PLAIN:
            continue
        sizes = " ".join(
            f"{statistics.fmean(o.size_bytes for o in ours if o.page.kind == kind) / _KB:12.1f}"
            for kind in kinds
        )
        faces = [one.face for one in ours if one.face is not None]
        say(
            f"{way:14}{sizes} {statistics.fmean(_sets(ours)):7.1f}"
            f" {_by_engine(ours, plain, _deltas, '+.2f'):>13}"
            f" {_by_engine(ours, plain, _lost, ''):>7} {min(faces, default=1):6.3f}"
            f" {statistics.fmean(one.cpu_s for one in ours):6.2f}"
        )


def _readable(ours: Sequence[Outcome], _: dict[Page, Outcome], engine: str) -> int:
    return sum(len(one.read[engine]) for one in ours)


def _close(by_way: dict[str, list[Outcome]]) -> None:
    plain = {one.page: one for one in by_way[PLAIN]}
    ours = by_way[OURS]
    figures = {
        "set_kb_mean": statistics.fmean(_sets(ours)),
        "set_kb_max": max(_sets(ours)),
        "fields_lost": _most_lost(ours, plain),
        "face_similarity": min((one.face for one in ours if one.face is not None), default=1.0),
    }
    for name in ours[0].read:
        figures[f"cer_delta_{name}"] = _deltas(ours, plain, name)
    if MEASURE in by_way:
        figures[f"fields_lost_{MEASURE}"] = _most_lost(by_way[MEASURE], plain)
    close_with(**figures)


if __name__ == "__main__":
    main()
