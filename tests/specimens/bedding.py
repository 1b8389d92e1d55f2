"""Owns several papers on one glass, swept at once; they never touch each other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.judgement import Outline
from app.imaging.pixels import Pixels
from tests.specimens.geometry import laid_flat, lay, outline_on, seen_corners, turned
from tests.specimens.shapes import DPI, Homography, Specimen
from tests.specimens.sheet import px
from tests.specimens.taking import lid, lift, scanner_sees

_GLASS_MM = (216.0, 297.0)
_GAP_MM = 4.0


@dataclass(frozen=True, eq=False)
class Bed:
    """One sweep of the glass; outlines and places in the order of the specimens."""

    pixels: Pixels
    specimens: tuple[Specimen, ...]
    outlines: tuple[Outline, ...]
    wheres: tuple[Homography, ...]
    dpi: float = float(DPI)


def bed(specimens: Sequence[Specimen], seed: int) -> Bed:
    """Lay cards and passport pages askew beside each other on A4 glass, and scan them.

    Raises:
        ValueError: There is no room for them.
    """
    names = " ".join(f"{one.kind}{one.seed}" for one in specimens)
    chance = np.random.default_rng([zlib.crc32(names.encode()), seed])
    glass = round(px(_GLASS_MM[0])), round(px(_GLASS_MM[1]))
    wheres = _laid(specimens, glass, chance)
    scene = lid(glass, chance)
    for specimen, where in zip(specimens, wheres, strict=True):
        lift(scene, specimen, where)
        lay(scene, specimen.pixels, where, px(specimen.corner_radius_mm))
    outlines = tuple(
        outline_on(where, (one.width, one.height), glass)
        for one, where in zip(specimens, wheres, strict=True)
    )
    return Bed(scanner_sees(scene, chance, 92), tuple(specimens), outlines, tuple(wheres))


def _laid(
    specimens: Sequence[Specimen], glass: tuple[int, int], chance: np.random.Generator
) -> list[Homography]:
    """Lay them in rows, and try other turns and orders until the glass holds them."""
    for attempt in range(400):
        lean = 7.0 if attempt < 200 else 2.0
        degrees = chance.uniform(-lean, lean, len(specimens))
        degrees += chance.choice((0, 0, 90, 180), len(specimens))
        order = [int(index) for index in chance.permutation(len(specimens))]
        sizes = [_reach(one, turn) for one, turn in zip(specimens, degrees, strict=True)]
        spots = _rows(sizes, order, glass, chance)
        if spots is not None:
            return [
                laid_flat((one.width, one.height), float(turn), spot)
                for one, turn, spot in zip(specimens, degrees, spots, strict=True)
            ]
    raise ValueError(f"no room on the glass for {len(specimens)} papers")


def _reach(specimen: Specimen, degrees: float) -> tuple[float, float]:
    """Return the size of the upright box around a turned paper, with its gap."""
    size = specimen.width, specimen.height
    wide, high = np.ptp(seen_corners(turned(degrees), *size), axis=0) + px(_GAP_MM)
    return float(wide), float(high)


def _rows(
    sizes: Sequence[tuple[float, float]],
    order: Sequence[int],
    glass: tuple[int, int],
    chance: np.random.Generator,
) -> list[tuple[float, float]] | None:
    """Return the middles, or None when they do not fit; spare room is shared out by chance."""
    rows: list[list[int]] = [[]]
    for index in order:
        if sum(sizes[one][0] for one in [*rows[-1], index]) > glass[0]:
            rows.append([])
        rows[-1].append(index)
    heights = [max((sizes[one][1] for one in row), default=0.0) for row in rows]
    spare = glass[1] - sum(heights)
    if spare < 0 or any(sizes[row[0]][0] > glass[0] for row in rows if row):
        return None
    middles = [(0.0, 0.0)] * len(sizes)
    top = 0.0
    for row, height in zip(rows, heights, strict=True):
        top += chance.uniform(0, spare / len(rows))
        left, rest = 0.0, glass[0] - sum(sizes[one][0] for one in row)
        for index in row:
            left += chance.uniform(0, rest / len(row))
            middles[index] = (left + sizes[index][0] / 2, top + height / 2)
            left += sizes[index][0]
        top += height
    return middles
