"""Owns the shapes in which pictures pass from one step of the worker to the next.

Never leaves the worker process: what crosses to the kiosk is in ``app.imaging.requests``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.domain.judgement import Light, Outline

#: Eight bits a channel: (height, width, 3) in RGB unless a name says that it is gray.
Pixels: TypeAlias = NDArray[np.uint8]
Gray: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class PreparedPixels:
    """One page as a person sees it: found, straightened, cropped, upright, evenly lit."""

    pixels: Pixels
    #: Of ``pixels``, as far as the paper's size or the scanner tells it; at most 300.
    dpi: float
    #: Where the page lay on the picture it came from.
    outline: Outline
    #: How sure it is that this outline is the paper's edge, 0..1; below 0.45 a person must look.
    confidence: float
    #: Whether it came from a scanner or a file, so that it fills its picture without perspective.
    is_flat: bool
    #: The light before it was evened out (``app.imaging.judging.light.measure``).
    light: Light = Light()
