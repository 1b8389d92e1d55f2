"""How well papers are found: the area shared by found and true outline, of their joint area.

Used by the ``judgement`` bench; run alone (``python -m bench.corners``) it prints a table by ways
of capture. Photographs that nobody here made count too, as far as their corners are known.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from app.domain.catalogue import Look
from app.domain.judgement import Outline
from app.imaging.pixels import Pixels
from app.imaging.preparing import geometry
from app.imaging.preparing.prepare import prepare
from bench.measuring import close_with, say
from tests.specimens import HOWS, KINDS, Capture, How, Kind, capture, make
from tests.specimens.real import REAL_PAGES

#: Seeds on which nothing was ever tuned.
HELD_OUT = (900, 901, 902, 903)
#: Below it a person is asked to look (``PreparedPixels.confidence``).
_ASKS_AGAIN = 0.45


@dataclass(frozen=True)
class Corner:
    """One paper found, or not."""

    how: str
    name: str
    overlap: float
    confidence: float
    #: Whether the page's own top left corner was told from the other three.
    is_upright: bool
    cpu_s: float


def overlap(found: Outline, true: Outline) -> float:
    """Return shared area over joint area, 0..1; the order of corners does not matter."""
    return geometry.overlap(*(geometry.from_outline(outline, 1, 1) for outline in (found, true)))


def of_capture(name: str, taken: Capture) -> Corner:
    """Prepare one capture and compare its outline with the true one."""
    return _measured(
        str(taken.how), name, taken.pixels, taken.specimen.look, taken.dpi, taken.outline
    )


def of_captures(
    seeds: Iterable[int] = HELD_OUT,
    kinds: Iterable[Kind] = KINDS,
    hows: Iterable[How] = HOWS,
) -> Iterator[Corner]:
    """Print, capture, prepare and compare: every kind in every way for every seed."""
    hows = tuple(hows)
    for kind in kinds:
        for seed in seeds:
            specimen = make(kind, seed)
            for how in hows:
                yield of_capture(f"{kind} {seed}", capture(specimen, how, seed))


def of_real_pages() -> Iterator[Corner]:
    """Compare on the real photographs whose corners were set by hand."""
    for page in REAL_PAGES:
        if page.outline is not None:
            yield _measured("real", page.file_name, page.pixels(), Look(), page.dpi, page.outline)


def _measured(
    how: str, name: str, pixels: Pixels, look: Look, dpi: float | None,
    true: Outline,
) -> Corner:  # fmt: skip
    began = time.process_time()
    page = prepare(pixels, look, dpi)[0]
    spent = time.process_time() - began
    found = np.array(page.outline.corners)
    is_upright = bool(np.abs(found - np.array(true.corners)).max() < 0.15)
    return Corner(how, name, overlap(page.outline, true), page.confidence, is_upright, spent)


def tell(corners: Iterable[Corner]) -> None:
    """Print a line for each way of capture, and each paper that was missed."""
    every = list(corners)
    say("capture             n  median   >.98   >.95  silent  upright cpu s")
    for how in dict.fromkeys(corner.how for corner in every):
        _tell_group(how, [corner for corner in every if corner.how == how])
    _tell_group("all", every)
    for corner in every:
        if corner.overlap <= 0.95 or not corner.is_upright:
            say(
                f"  {corner.how} {corner.name}: overlap {corner.overlap:.3f}, "
                f"confidence {corner.confidence:.2f}, upright {corner.is_upright}"
            )


def _tell_group(name: str, group: list[Corner]) -> None:
    overlaps = [corner.overlap for corner in group]
    silent = sum(c.overlap <= 0.95 and c.confidence >= _ASKS_AGAIN for c in group)
    say(
        f"{name:16s} {len(group):4d} {statistics.median(overlaps):7.4f} "
        f"{_share(o > 0.98 for o in overlaps):6.1%} {_share(o > 0.95 for o in overlaps):6.1%} "
        f"{silent:7d} {_share(c.is_upright for c in group):8.1%} "
        f"{statistics.mean(c.cpu_s for c in group):.2f}"
    )


def _share(claims: Iterable[bool]) -> float:
    known = list(claims)
    return sum(known) / max(len(known), 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench corners", description=__doc__)
    parser.add_argument("--seeds", type=int, default=len(HELD_OUT), help="how many held-out seeds")
    parser.add_argument("--first", type=int, default=HELD_OUT[0], help="the first of them")
    parser.add_argument("--hows", nargs="*", default=HOWS, choices=HOWS)
    parser.add_argument("--kinds", nargs="*", default=KINDS, choices=KINDS)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    seeds = range(asked.first, asked.first + asked.seeds)
    corners = [*of_captures(seeds, asked.kinds, asked.hows), *of_real_pages()]
    tell(corners)
    close_with(corner_overlap=statistics.median(corner.overlap for corner in corners))


if __name__ == "__main__":
    main()
