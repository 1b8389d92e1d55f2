"""Owns which papers there are; the same kind and seed give the same paper, to the pixel."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, get_args

import numpy as np

from tests.specimens import birth_deed, family_card, ktp, letter, passport
from tests.specimens.shapes import Kind, Specimen

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_FRONTS: dict[Kind, Callable[[random.Random, int], Specimen]] = {
    "ktp": ktp.front,
    "passport": passport.front,
    "birth_deed": birth_deed.front,
    "family_card": family_card.front,
    "letter": letter.front,
}


def make(kind: Kind, seed: int) -> Specimen:
    """Print the front of one paper."""
    return _FRONTS[kind](random.Random(f"{kind} {seed}"), seed)


def make_back(kind: Kind, seed: int) -> Specimen:
    """Print the other side of one paper: the card's emblem, or the print shining through."""
    if kind == "ktp":
        return ktp.back(random.Random(f"{kind} back {seed}"), seed)
    shown = make(kind, seed)
    mirrored = np.fliplr(shown.pixels).astype(np.float32)
    bare = 236 + 0.05 * (mirrored - 236)
    return Specimen(
        kind=kind,
        seed=seed,
        side="back",
        pixels=bare.astype(np.uint8),
        look=shown.look,
        corner_radius_mm=shown.corner_radius_mm,
    )
