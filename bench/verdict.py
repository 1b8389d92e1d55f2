"""How long a person waits for the verdict on a scanned page, through the kiosk's own worker.

Pages come as a scanner gives them (TIFF, 300 dpi); each is taken apart, prepared and judged with
the catalogue's own look. The first page of a new worker loads the libraries and the reading
engine; it is told apart (``first_s``).
"""

from __future__ import annotations

import argparse
import io
import statistics
import time

from PIL import Image

from app.imaging.pool import ImagingPool
from bench.judgement import looks
from bench.measuring import close_with, say
from tests.specimens import KINDS, Kind, capture, make

FIRST_SEED = 780


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="bench verdict", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=FIRST_SEED)
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    pool = ImagingPool()
    pool.warm()
    first = _waited_s(pool, "letter", seeds.start)
    waited = [_told(pool, kind, seed) for seed in seeds for kind in KINDS]
    pool.close()
    close_with(median_s=statistics.median(waited), longest_s=max(waited), first_s=first)


def _told(pool: ImagingPool, kind: Kind, seed: int) -> float:
    took = _waited_s(pool, kind, seed)
    say(f"{kind:12} {seed} {took:.2f} s")
    return took


def _waited_s(pool: ImagingPool, kind: Kind, seed: int) -> float:
    scan, look = _scan(kind, seed), looks()[kind]
    began = time.perf_counter()
    (page,) = pool.read_pages(scan)
    (prepared, *_) = pool.prepare(page, look)
    pool.judge(prepared, look)
    return time.perf_counter() - began


def _scan(kind: Kind, seed: int) -> bytes:
    """Return a page as scanners give it."""
    taken = capture(make(kind, seed), "scan_good", seed)
    written = io.BytesIO()
    Image.fromarray(taken.pixels).save(written, "TIFF", compression="tiff_deflate", dpi=(300, 300))
    return written.getvalue()


if __name__ == "__main__":
    main()
