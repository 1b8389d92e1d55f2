"""Owns what lies under a paper: tables, cloths, the lid of a scanner."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from app.imaging.pixels import Pixels

Level: TypeAlias = NDArray[np.float32]
Ground = Literal["wood", "cloth", "dark_table", "white_table", "tiles"]
GROUNDS: Final[tuple[Ground, ...]] = get_args(Ground)
_WORK_WIDTH = 1000


def ground(name: Ground, width: int, height: int, chance: np.random.Generator) -> Pixels:
    """Return a surface of this size; drawn small and enlarged, as it is out of focus anyway."""
    small = _WORK_WIDTH, max(1, round(_WORK_WIDTH * height / width))
    drawn = _DRAWERS[name](*small, chance)
    return cv2.resize(drawn, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def _cloud(
    width: int, height: int, cells_x: int, cells_y: int, chance: np.random.Generator
) -> Level:
    """Return smooth noise around zero."""
    coarse = chance.standard_normal((cells_y, cells_x), np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def _tinted(level: Level, tone: tuple[int, int, int]) -> Pixels:
    return np.clip(level[..., None] * np.asarray(tone, np.float32), 0, 255).astype(np.uint8)


def _wood(width: int, height: int, chance: np.random.Generator) -> Pixels:
    warp = _cloud(width, height, 5, 4, chance) * 14 + _cloud(width, height, 3, 40, chance) * 2
    rows = np.arange(height, dtype=np.float32)[:, None]
    rings = np.sin((rows + warp) * chance.uniform(0.12, 0.3))
    level = 0.9 + 0.07 * rings + 0.05 * _cloud(width, height, 8, height, chance)
    plank = height // 3
    level[::plank] *= 0.5
    tones = ((176, 128, 84), (142, 94, 58), (196, 156, 108), (110, 72, 48))
    return _tinted(level, tones[int(chance.integers(len(tones)))])


def _cloth(width: int, height: int, chance: np.random.Generator) -> Pixels:
    tones = ((70, 110, 92), (148, 60, 66), (72, 84, 138), (168, 160, 140))
    columns, rows = np.arange(width)[None], np.arange(height)[:, None]
    weave = 0.06 * np.sin(columns * 1.9) + 0.06 * np.sin(rows * 1.9)
    level = 0.95 + weave + 0.06 * _cloud(width, height, 6, 5, chance)
    drawn = _tinted(level.astype(np.float32), tones[int(chance.integers(len(tones)))])
    if chance.random() < 0.5:
        step = int(chance.integers(70, 150))
        stripe = (columns // step % 2 == 0) ^ (rows // step % 2 == 0)
        drawn[stripe] = (drawn[stripe] * 0.78 + 30).astype(np.uint8)
    return drawn


def _dark_table(width: int, height: int, chance: np.random.Generator) -> Pixels:
    level = 1 + 0.12 * _cloud(width, height, 5, 4, chance)
    level += 0.05 * chance.standard_normal((height, width), np.float32)
    tones = ((44, 42, 44), (58, 46, 40), (36, 42, 52))
    return _tinted(level, tones[int(chance.integers(len(tones)))])


def _white_table(width: int, height: int, chance: np.random.Generator) -> Pixels:
    level = 1 + 0.02 * _cloud(width, height, 5, 4, chance)
    level += 0.012 * chance.standard_normal((height, width), np.float32)
    tones = ((214, 212, 206), (200, 200, 204), (222, 214, 200))
    return _tinted(level, tones[int(chance.integers(len(tones)))])


def _tiles(width: int, height: int, chance: np.random.Generator) -> Pixels:
    level = 1 + 0.05 * _cloud(width, height, 30, 22, chance)
    step, shift = int(chance.integers(260, 420)), int(chance.integers(100))
    level[shift::step] *= 0.62
    level[:, shift::step] *= 0.62
    level = cv2.GaussianBlur(level, (0, 0), 1.5).astype(np.float32)
    tones = ((170, 168, 160), (150, 132, 118), (176, 184, 190))
    return _tinted(level, tones[int(chance.integers(len(tones)))])


_DRAWERS = {
    "wood": _wood,
    "cloth": _cloth,
    "dark_table": _dark_table,
    "white_table": _white_table,
    "tiles": _tiles,
}
