"""AVIF in and out, for the parts of a page that are pictures; what comes in is bounded first."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from app.errors import UserError
from app.imaging.pixels import Pixels
from app.imaging.reading import opened

#: Past this speed files grow; below it only the time does.
SPEED = 5


def to_avif(pixels: Pixels, quality: int, speed: int = SPEED) -> bytes:
    """Return the picture as AVIF; one thread, so that the bytes are the same on every machine."""
    written = io.BytesIO()
    Image.fromarray(pixels).save(
        written, "AVIF", quality=quality, speed=speed, subsampling="4:2:0", max_threads=1
    )
    return written.getvalue()


def from_avif(untrusted: bytes, most_width: int, most_height: int) -> Pixels:
    """Return the picture.

    Raises:
        UserError: ``file_unreadable``, also when it is larger than it may be.
    """
    with opened(untrusted, "AVIF") as picture:
        if picture.width > most_width or picture.height > most_height:
            raise UserError("file_unreadable")
        return np.asarray(picture.convert("RGB"))
