"""Owns the files that captures come in: a telephone's JPEG with orientation, a scanner's JPEG."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
from PIL import ExifTags, Image

from tests.specimens.shapes import Capture

#: By how many quarter turns to the right a viewer must turn the stored picture.
_ORIENTATIONS = {0: 1, 1: 6, 2: 3, 3: 8}


def as_jpeg(taken: Capture, turns: Literal[0, 1, 2, 3] = 0, quality: int = 92) -> bytes:
    """Return the picture as its device would hand it over.

    Args:
        taken: The capture.
        turns: How the telephone was held: the pixels are stored turned to the left, and the file
            says by how much to turn them back.
        quality: Of the JPEG.
    """
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(taken.pixels, turns)))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = _ORIENTATIONS[turns]
    file = io.BytesIO()
    if taken.dpi is None:
        stored.save(file, "JPEG", quality=quality, exif=exif)
    else:
        stored.save(file, "JPEG", quality=quality, exif=exif, dpi=(taken.dpi, taken.dpi))
    return file.getvalue()
