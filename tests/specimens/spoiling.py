"""Owns captures that are spoilt on purpose, one way for each thing that can be found wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final, get_args

import cv2
import numpy as np

from app.domain.catalogue import Look
from app.domain.judgement import FindingCode
from app.imaging.pixels import Pixels
from tests.specimens import optics
from tests.specimens.geometry import (
    corners_of,
    lay,
    local_scale,
    moved,
    photographed,
    seen_corners,
    turned,
)
from tests.specimens.making import make, make_back
from tests.specimens.marks import fine_lines
from tests.specimens.shapes import Capture, Homography, How, Kind, Specimen
from tests.specimens.sheet import Sheet, paper, px
from tests.specimens.taking import (
    LENSES,
    Lens,
    aim,
    capture,
    chance_for,
    finished,
    frame_for,
    photograph,
    table,
)

CODES: Final[tuple[FindingCode, ...]] = get_args(FindingCode)
#: What people hand in by mistake.
_MISTAKES: Final[dict[Kind, Kind]] = {
    "ktp": "passport",
    "passport": "ktp",
    "birth_deed": "family_card",
    "family_card": "letter",
    "letter": "birth_deed",
}


def spoil(
    specimen: Specimen, code: FindingCode, seed: int, how: How = "document_camera"
) -> Capture:
    """Capture a paper so badly that ``code`` must be found, and nothing worse.

    ``how`` names what took the picture; cut off, too far and overlapping are always photographs.
    The capture's own specimen is what lies there: a back, or another paper than was asked for.
    """
    chance = chance_for(specimen, f"{how} {code}", seed)
    spoilt = _WAYS[code](specimen, how, seed, chance)
    return replace(spoilt, code=code)


def _blurred(specimen: Specimen, how: How, seed: int, chance: np.random.Generator) -> Capture:
    """Defocus or shake by a good part of a small letter's height (about 1.5 mm)."""
    taken = capture(specimen, how, seed)
    size = specimen.width, specimen.height
    millimetre = px(1) * local_scale(taken.where, size)
    if chance.random() < 0.5:
        blurred = optics.softened(taken.pixels, millimetre * chance.uniform(0.36, 0.6))
    else:
        length = millimetre * chance.uniform(1.5, 2.4)
        blurred = optics.shaken(taken.pixels, length, chance.uniform(0, 180))
    return replace(taken, pixels=optics.noisy(blurred, 1.5, chance))


def _too_dark(specimen: Specimen, how: How, seed: int, chance: np.random.Generator) -> Capture:
    taken = capture(specimen, how, seed)
    gain = np.full((2, 2), chance.uniform(0.16, 0.28), np.float32)
    dark = optics.lit(taken.pixels, gain)
    return replace(taken, pixels=optics.noisy(dark, chance.uniform(3, 5), chance))


def _glare(specimen: Specimen, how: How, seed: int, chance: np.random.Generator) -> Capture:
    """Burn a spot into the print: over a field, or over any word."""
    taken = capture(specimen, how, seed)
    boxes = list(specimen.field_boxes.values()) or [word.box for word in specimen.words]
    box = boxes[int(chance.integers(len(boxes)))]
    middle = np.array([[[(box.left + box.right) / 2, (box.top + box.bottom) / 2]]], np.float64)
    x, y = cv2.perspectiveTransform(middle, taken.where)[0, 0]
    sheet = specimen.width, specimen.height
    reach = min(sheet) * local_scale(taken.where, sheet) * chance.uniform(0.09, 0.15)
    angle = chance.uniform(0, 180)
    burnt = optics.glared(taken.pixels, (float(x), float(y)), (reach * 1.7, reach), angle=angle)
    return replace(taken, pixels=burnt)


def _cut_off(specimen: Specimen, how: How, seed: int, chance: np.random.Generator) -> Capture:
    """Move the paper over the edge of the picture, by a tenth to a quarter of its side."""
    lens = LENSES.get(how, LENSES["document_camera"])
    frame = frame_for(specimen, lens)
    where = aim(specimen, lens, frame, chance)
    points = seen_corners(where, specimen.width, specimen.height)
    low, high = points.min(axis=0), points.max(axis=0)
    share = (high - low) * chance.uniform(0.1, 0.25)
    shifts = (
        (-low[0] - share[0], 0.0),
        (frame[0] - high[0] + share[0], 0.0),
        (0.0, -low[1] - share[1]),
        (0.0, frame[1] - high[1] + share[1]),
    )
    x, y = shifts[int(chance.integers(4))]
    return photograph(specimen, how, lens, chance, moved(float(x), float(y)) @ where)


def _too_far(specimen: Specimen, how: How, seed: int, chance: np.random.Generator) -> Capture:
    """Take the paper from so far away that it is caught at 55 to 95 dpi."""
    lens = LENSES.get(how, LENSES["document_camera"])
    frame = frame_for(specimen, lens)
    where = aim(specimen, lens, frame, chance)
    sheet = specimen.width, specimen.height
    factor = chance.uniform(55, 95) / (local_scale(where, sheet) * specimen.dpi)
    middle = seen_corners(where, *sheet).mean(axis=0)
    shrink = moved(*middle) @ np.diag([factor, factor, 1.0]) @ moved(*-middle)
    return photograph(specimen, how, lens, chance, shrink @ where)


def _wrong_side(specimen: Specimen, how: How, seed: int, chance: np.random.Generator) -> Capture:
    del chance
    return capture(make_back(specimen.kind, specimen.seed), how, seed)


def _not_this_paper(
    specimen: Specimen, how: How, seed: int, chance: np.random.Generator
) -> Capture:
    """Hand in another paper; where a card was asked for, now and then a shop's card."""
    if specimen.look.shape == "card" and chance.random() < 0.5:
        return capture(_shop_card(specimen.seed), how, seed)
    other = make(_MISTAKES[specimen.kind], specimen.seed)
    return capture(other, how, seed)


def _shop_card(seed: int) -> Specimen:
    """Print a card of the same size that is no identity card."""
    chance = random.Random(f"shop {seed}")
    tint = (chance.randrange(170, 240), chance.randrange(170, 240), chance.randrange(170, 240))
    sheet = Sheet(fine_lines(paper(85.6, 53.98, tint), ((200, 190, 210),), chance, 2.0))
    sheet.write(42.8, 12, "KOPERASI NELAYAN CONTOH", "sans-bold", 11, align="middle")
    sheet.write(8, 28, "KARTU ANGGOTA", "sans-bold", 14)
    sheet.write(8, 38, f"{chance.randrange(10**8):08}", "ocr-a", 12)
    sheet.write(8, 46, "SPESIMEN", "sans", 8)
    return Specimen(
        kind="ktp",
        seed=seed,
        side="front",
        pixels=sheet.pixels,
        look=Look(shape="card"),
        words=tuple(sheet.words),
        corner_radius_mm=3.18,
    )


def _overlapping(specimen: Specimen, how: How, seed: int, chance: np.random.Generator) -> Capture:
    """Let another paper of the same size lie across a corner or a side of it."""
    del seed
    lens: Lens = LENSES.get(how, LENSES["document_camera"])
    frame = frame_for(specimen, lens)
    sheet = specimen.width, specimen.height
    where = photographed(
        sheet, frame, roll=chance.uniform(-4, 4), tilt=(0, 0), fill=chance.uniform(0.62, 0.7)
    )
    other = make(specimen.kind, specimen.seed + 1)
    scene = table(specimen, frame, where, chance)
    lay(scene, specimen.pixels, where, px(specimen.corner_radius_mm))
    above = where @ _across(sheet, chance)
    _shade(scene, sheet, above)
    lay(scene, other.pixels, above, px(other.corner_radius_mm))
    return finished(specimen, how, lens, scene, where, chance)


def _across(sheet: tuple[int, int], chance: np.random.Generator) -> Homography:
    """Return where the second paper lies on the first one: turned, and moved by part of a side."""
    width, height = sheet
    x = chance.uniform(0.4, 0.7) * width * float(chance.choice((-1, 1)))
    y = chance.uniform(0.25, 0.55) * height * float(chance.choice((-1, 1)))
    middle = moved(width / 2 + x, height / 2 + y)
    lean = turned(chance.uniform(-25, 25))
    return np.asarray(middle @ lean @ moved(-width / 2, -height / 2), np.float64)


def _shade(scene: Pixels, sheet: tuple[int, int], where: Homography) -> None:
    """Darken what lies beside the upper paper."""
    height, width = scene.shape[:2]
    step = 8
    small = np.zeros((height // step, width // step), np.uint8)
    points = cv2.perspectiveTransform(corners_of(*sheet)[None], where)[0] / step
    cv2.fillConvexPoly(small, np.rint(points * 16).astype(np.int32), 255, shift=4)
    soft = cv2.GaussianBlur(small, (0, 0), 2.2).astype(np.float32) / 255
    scene[:] = optics.lit(scene, np.asarray(1 - 0.45 * soft, np.float32))


_WAYS: Final[dict[FindingCode, Callable[[Specimen, How, int, np.random.Generator], Capture]]] = {
    "blurred": _blurred,
    "too_dark": _too_dark,
    "glare": _glare,
    "cut_off": _cut_off,
    "too_far": _too_far,
    "wrong_side": _wrong_side,
    "not_this_paper": _not_this_paper,
    "overlapping": _overlapping,
}
