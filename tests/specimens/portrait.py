"""Owns the one face on the specimens: a public-domain portrait, varied by seed."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from app.imaging.pixels import Pixels
from tests.specimens.sheet import Ink, px

_MATERIAL = Path(__file__).parent / "material"


@cache
def _cut_out() -> tuple[Pixels, Pixels]:
    face = cv2.imread(str(_MATERIAL / "portrait.jpg"), cv2.IMREAD_COLOR_RGB)
    mask = cv2.imread(str(_MATERIAL / "portrait_mask.png"), cv2.IMREAD_GRAYSCALE)
    assert face is not None
    assert mask is not None
    return face.astype(np.uint8), mask.astype(np.uint8)


def portrait(
    chance: random.Random, width_mm: float, height_mm: float, ground: Ink, is_gray: bool = False
) -> Pixels:
    """Return head and shoulders before a ground of one colour."""
    face, mask = _cut_out()
    face, mask = _varied(chance, face), mask
    if chance.random() < 0.5:
        face, mask = np.fliplr(face), np.fliplr(mask)
    mixed = _dressed(chance, face, mask, ground)
    whole = round(px(width_mm)), round(px(height_mm))
    cut = _shaped(mixed, whole[0] / whole[1])
    drawn = cv2.resize(cut, whole, interpolation=cv2.INTER_AREA)
    if is_gray:
        drawn = cv2.cvtColor(cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return drawn.astype(np.uint8)


def _dressed(chance: random.Random, face: Pixels, mask: Pixels, ground: Ink) -> Pixels:
    """Put the face before a ground and into a coat of any colour."""
    height, width = face.shape[:2]
    part = mask[..., None].astype(np.float32) / 255
    mixed = (face * part + np.asarray(ground, np.float32) * (1 - part)).astype(np.uint8)
    coat = (chance.randrange(20, 120), chance.randrange(20, 110), chance.randrange(30, 130))
    dressed = mixed.copy()
    cv2.ellipse(dressed, (width // 2, height + 60), (round(width * 0.5), 215), 0, 0, 360, coat, -1,
                cv2.LINE_AA)  # fmt: skip
    neck = [(0.3, 0.68), (0.66, 0.68), (0.55, 0.82), (0.48, 0.9), (0.41, 0.82)]
    opening = np.zeros((height, width), np.uint8)
    cv2.fillPoly(opening, [np.array([(x * width, y * height) for x, y in neck], np.int32)], 255)
    np.copyto(dressed, mixed, where=(opening > 0)[..., None])
    return dressed


def _varied(chance: random.Random, face: Pixels) -> Pixels:
    """Change the light, the tint and the contrast."""
    tint = np.array([chance.uniform(0.9, 1.05), chance.uniform(0.88, 1.0), chance.uniform(0.8, 1)])
    contrast, light = chance.uniform(0.85, 1.1), chance.uniform(-18, 12)
    changed = (face.astype(np.float32) * tint - 128) * contrast + 128 + light
    varied: Pixels = np.clip(changed, 0, 255).astype(np.uint8)
    return varied


def _shaped(picture: Pixels, ratio: float) -> Pixels:
    """Cut the sides or the foot so that width over height is ``ratio``."""
    height, width = picture.shape[:2]
    if width / height > ratio:
        spare = width - round(height * ratio)
        return picture[:, spare // 2 : width - (spare - spare // 2)]
    return picture[: round(width / ratio)]
