"""Owns the ways a paper is captured at a counter: scanner, document camera, phone, webcam."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final, get_args

import cv2
import numpy as np

from app.imaging.pixels import Pixels
from tests.specimens import optics
from tests.specimens.geometry import (
    laid_flat,
    lay,
    moved,
    outline_on,
    photographed,
    rounded,
    seen_corners,
)
from tests.specimens.shapes import DPI, Capture, Homography, How, Specimen
from tests.specimens.sheet import px
from tests.specimens.surfaces import GROUNDS, ground

HOWS: Final[tuple[How, ...]] = get_args(How)


@dataclass(frozen=True)
class Lens:
    """How one kind of camera takes pictures; pairs are the ends of a range."""

    frame: tuple[int, int]
    fill: tuple[float, float]
    tilt: float
    roll: float
    blur: tuple[float, float]
    noise: tuple[float, float]
    quality: int
    lean: tuple[float, float]
    #: Whether the camera is turned so that its long side runs along the paper's.
    follows_paper: bool = True
    #: How often the paper lies a quarter or half turn from upright.
    turned_share: float = 0.15
    has_glare: bool = False
    has_shadow: bool = False


LENSES: Final[dict[How, Lens]] = {
    "document_camera": Lens(
        (3264, 2448), (0.80, 0.93), 1.5, 4, (0.5, 0.9), (1.5, 3.0), 90, (0.05, 0.2)
    ),
    "phone": Lens((4032, 3024), (0.70, 0.90), 14, 8, (0.6, 1.2), (2.0, 4.0), 92, (0.1, 0.35)),
    "webcam": Lens(
        (1920, 1080), (0.82, 0.94), 5, 5, (0.5, 0.8), (2.5, 4.5), 88, (0.1, 0.3),
        follows_paper=False, turned_share=0.1,
    ),
    "hard": Lens(
        (4032, 3024), (0.60, 0.85), 24, 14, (0.7, 1.3), (3.0, 5.0), 90, (0.2, 0.45),
        has_glare=True, has_shadow=True,
    ),
    "far": Lens((4032, 3024), (0.30, 0.45), 12, 20, (0.6, 1.1), (2.0, 4.0), 92, (0.1, 0.35)),
}  # fmt: skip
_SCANS: Final = ("scan_good", "scan_worn", "scan_bed")


def capture(specimen: Specimen, how: How, seed: int) -> Capture:
    """Capture one paper; the same specimen, way and seed give the same picture."""
    chance = chance_for(specimen, how, seed)
    if how in _SCANS:
        return _scanned(specimen, how, chance)
    return photograph(specimen, how, LENSES[how], chance)


def chance_for(specimen: Specimen, way: str, seed: int) -> np.random.Generator:
    """Return the chance of one capture."""
    name = f"{specimen.kind} {specimen.side} {specimen.seed} {way}"
    return np.random.default_rng([zlib.crc32(name.encode()), seed])


def photograph(
    specimen: Specimen,
    how: How,
    lens: Lens,
    chance: np.random.Generator,
    where: Homography | None = None,
) -> Capture:
    """Photograph one paper on a table."""
    frame = frame_for(specimen, lens)
    where = aim(specimen, lens, frame, chance) if where is None else where
    scene = table(specimen, frame, where, chance)
    lay(scene, specimen.pixels, where, px(specimen.corner_radius_mm))
    return finished(specimen, how, lens, scene, where, chance)


def frame_for(specimen: Specimen, lens: Lens) -> tuple[int, int]:
    """Return width and height of the picture."""
    wide, high = lens.frame
    if lens.follows_paper and specimen.height > specimen.width:
        return high, wide
    return wide, high


def aim(
    specimen: Specimen, lens: Lens, frame: tuple[int, int], chance: np.random.Generator
) -> Homography:
    """Hold the camera over the paper the way people do."""
    roll = chance.uniform(-lens.roll, lens.roll)
    if (specimen.height > specimen.width) != (frame[1] > frame[0]):
        roll += 90 * int(chance.choice((-1, 1)))
    if chance.random() < lens.turned_share:
        roll += 180
    return photographed(
        (specimen.width, specimen.height),
        frame,
        roll=roll,
        tilt=(chance.uniform(-lens.tilt, lens.tilt), chance.uniform(-lens.tilt, lens.tilt)),
        fill=chance.uniform(*lens.fill),
        drift=(chance.uniform(-1, 1), chance.uniform(-1, 1)),
    )


def table(
    specimen: Specimen, frame: tuple[int, int], where: Homography, chance: np.random.Generator
) -> Pixels:
    """Return the table with the paper's own shadow on it."""
    name = GROUNDS[int(chance.integers(len(GROUNDS)))]
    scene = ground(name, *frame, chance)
    light = optics.even_light(*frame)
    step = light.shape[1] / frame[0]
    shape = np.zeros(light.shape, np.uint8)
    points = outline_on(where, (specimen.width, specimen.height), frame).corners
    spots = np.array(points) * np.array(frame) * step + chance.uniform(-1.2, 1.2, 2)
    cv2.fillConvexPoly(shape, np.rint(spots * 16).astype(np.int32), 255, shift=4)
    soft = cv2.GaussianBlur(shape, (0, 0), 1.4).astype(np.float32) / 255
    return optics.lit(scene, np.asarray(light * (1 - 0.4 * soft), np.float32))


def finished(
    specimen: Specimen,
    how: How,
    lens: Lens,
    scene: Pixels,
    where: Homography,
    chance: np.random.Generator,
) -> Capture:
    """Send the scene through light, lens, sensor and the camera's own JPEG."""
    height, width = scene.shape[:2]
    light = optics.leaning_light(
        optics.even_light(width, height), chance.uniform(*lens.lean), chance
    )
    light = np.asarray(light * chance.uniform(0.95, 1.1), np.float32)
    if lens.has_shadow:
        light = optics.hand_shadow(light, chance.uniform(0.3, 0.5), chance)
    warm = chance.uniform(-0.05, 0.06)
    scene = optics.lit(scene, light, (1 + warm, 1.0, 1 - warm))
    if lens.has_glare:
        scene = _hard_glare(specimen, scene, where, chance)
    scene = optics.softened(scene, chance.uniform(*lens.blur))
    scene = optics.noisy(scene, chance.uniform(*lens.noise), chance)
    scene = optics.through_jpeg(scene, lens.quality)
    outline = outline_on(where, (specimen.width, specimen.height), (width, height))
    return Capture(scene, outline, None, how, specimen, where)


def _hard_glare(
    specimen: Specimen, scene: Pixels, where: Homography, chance: np.random.Generator
) -> Pixels:
    """Let a lamp shine back from somewhere on the paper."""
    spot = np.array(
        [[[chance.uniform(0.2, 0.8) * specimen.width, chance.uniform(0.2, 0.8) * specimen.height]]]
    )
    x, y = cv2.perspectiveTransform(spot, where)[0, 0]
    reach = scene.shape[1] * chance.uniform(0.03, 0.06)
    return optics.glared(
        scene, (float(x), float(y)), (reach * 1.6, reach), angle=chance.uniform(0, 180)
    )


def _scanned(specimen: Specimen, how: How, chance: np.random.Generator) -> Capture:
    """Scan one paper at 300 dpi."""
    sheet = specimen.pixels
    if how == "scan_worn":
        sheet = optics.aged(sheet, chance, specimen.look.shape in ("card", "passport"))
    glass, where = _on_glass(specimen, how, chance)
    scene = lid(glass, chance)
    lift(scene, specimen, where)
    lay(scene, sheet, where, px(specimen.corner_radius_mm))
    scene = scanner_sees(scene, chance, 88 if how == "scan_worn" else 94)
    outline = outline_on(where, (specimen.width, specimen.height), glass)
    return Capture(scene, outline, float(DPI), how, specimen, where)


def _on_glass(
    specimen: Specimen, how: How, chance: np.random.Generator
) -> tuple[tuple[int, int], Homography]:
    """Return the scanned part of the glass and how the paper lies on it."""
    size = specimen.width, specimen.height
    if how == "scan_bed":
        return _on_whole_glass(specimen, chance)
    edge = px(chance.uniform(0.8, 2.5))
    glass = round(size[0] + 2 * edge), round(size[1] + 2 * edge)
    lean = 0.35 if how == "scan_good" else 1.2
    where = laid_flat(size, chance.uniform(-lean, lean), (glass[0] / 2, glass[1] / 2))
    return glass, where


def _on_whole_glass(
    specimen: Specimen, chance: np.random.Generator
) -> tuple[tuple[int, int], Homography]:
    """Lay a card anywhere askew on A4 glass; a sheet of A4 just a little, on the longer glass."""
    size = specimen.width, specimen.height
    if max(size) > px(200):
        glass = round(px(216)), round(px(356))
        degrees = chance.uniform(-0.9, 0.9) + (90.0 if size[0] > size[1] else 0.0)
        low = (px(107.5), px(152.5))
        return glass, laid_flat(size, degrees, (low[0], low[1] + px(chance.uniform(0, 50))))
    glass = round(px(216)), round(px(297))
    degrees = float(chance.choice((0, 0, 0, 90, 180, 270))) + chance.uniform(-12, 12)
    reach = float(np.hypot(*size)) / 2 + px(2)
    x = chance.uniform(reach, max(reach + 1, glass[0] - reach))
    y = chance.uniform(reach, max(reach + 1, glass[1] - reach))
    return glass, laid_flat(size, degrees, (x, y))


def lid(glass: tuple[int, int], chance: np.random.Generator) -> Pixels:
    """Return what a scanner sees of its own lid."""
    tone = int(chance.integers(226, 246))
    scene = np.full((glass[1], glass[0], 3), tone, np.uint8)
    fall = 1 - 0.03 * np.linspace(0, 1, 160, dtype=np.float32)[None, :]
    return optics.lit(scene, np.repeat(fall, 200, axis=0))


def lift(scene: Pixels, specimen: Specimen, where: Homography) -> None:
    """Darken the lid along a card's lower edges: it is thick, and the lamp stands on one side."""
    if specimen.look.shape not in ("card", "passport"):
        return
    points = seen_corners(where, specimen.width, specimen.height)
    reach = round(px(1.5))
    left, top = np.maximum(0, points.min(axis=0).astype(int) - reach)
    right, bottom = points.max(axis=0).astype(int) + reach
    region = scene[top:bottom, left:right]
    own = rounded(specimen.width, specimen.height, px(specimen.corner_radius_mm))
    onto = moved(px(0.1) - float(left), px(0.25) - float(top)) @ where
    shape = cv2.warpPerspective(own, onto, (region.shape[1], region.shape[0]))
    soft = 255 - 0.14 * cv2.GaussianBlur(shape, (0, 0), px(0.2)).astype(np.float32)
    shade = cv2.cvtColor(soft.astype(np.uint8), cv2.COLOR_GRAY2RGB)
    region[:] = cv2.multiply(region, shade, scale=1 / 255)


def scanner_sees(scene: Pixels, chance: np.random.Generator, quality: int) -> Pixels:
    """Send a lid full of papers through the scanner's lens, sensor and JPEG."""
    scene = optics.softened(scene, chance.uniform(0.45, 0.7))
    scene = optics.noisy(scene, chance.uniform(1.0, 2.0), chance)
    return optics.through_jpeg(scene, quality)
