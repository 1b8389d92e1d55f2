"""Owns several papers on one glass, swept at once; they never touch each other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from app.domain.judgement import Outline
from app.imaging.pixels import Pixels
from tests.specimens.geometry import laid_flat, lay, outline_on, seen_corners
from tests.specimens.shapes import DPI, Homography, Specimen
from tests.specimens.sheet import px
from tests.specimens.taking import lid, scanner_sees

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
    taken = np.zeros((glass[1] // 8 + 1, glass[0] // 8 + 1), np.uint8)
    wheres = []
    for specimen in sorted(specimens, key=lambda one: -one.width * one.height):
        wheres.append((specimen, _spot(specimen, glass, taken, chance)))
    scene = lid(glass, chance)
    for specimen, where in wheres:
        lay(scene, specimen.pixels, where, px(specimen.corner_radius_mm))
    ordered = [next(where for one, where in wheres if one is wanted) for wanted in specimens]
    outlines = tuple(
        outline_on(where, (one.width, one.height), glass)
        for one, where in zip(specimens, ordered, strict=True)
    )
    return Bed(scanner_sees(scene, chance, 92), tuple(specimens), outlines, tuple(ordered))


def _spot(
    specimen: Specimen, glass: tuple[int, int], taken: Pixels, chance: np.random.Generator
) -> Homography:
    """Find a free spot on the glass and mark it, with a gap around it, as taken."""
    size = specimen.width, specimen.height
    for attempt in range(600):
        lean = chance.uniform(-8, 8) if attempt < 400 else chance.uniform(-1, 1)
        degrees = lean + float(chance.choice((0, 0, 90, 180)))
        middle = (chance.uniform(0, glass[0]), chance.uniform(0, glass[1]))
        where = laid_flat(size, degrees, middle)
        points = seen_corners(where, *size)
        if (points < px(1)).any() or (points > np.asarray(glass) - px(1)).any():
            continue
        shape = np.zeros_like(taken)
        cv2.fillConvexPoly(shape, np.rint(points / 8).astype(np.int32), 255)
        gap = round(px(_GAP_MM) / 8)
        wide = cv2.dilate(shape, np.ones((2 * gap + 1, 2 * gap + 1), np.uint8))
        if not cv2.bitwise_and(wide, taken).any():
            taken |= shape
            return where
    raise ValueError(f"no room on the glass for {specimen.kind}")
