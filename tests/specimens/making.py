"""Owns which papers there are; the same kind and seed give the same paper, to the pixel."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, get_args

from tests.specimens import ktp, letter
from tests.specimens.shapes import Kind, Specimen

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_FRONTS: dict[Kind, Callable[[random.Random, int], Specimen]] = {
    "ktp": ktp.front,
    "letter": letter.front,
}


def make(kind: Kind, seed: int) -> Specimen:
    """Print the front of one paper."""
    return _FRONTS[kind](random.Random(f"{kind} {seed}"), seed)


def make_back(kind: Kind, seed: int) -> Specimen:
    """Print the other side of one paper."""
    return ktp.back(random.Random(f"{kind} back {seed}"), seed)
