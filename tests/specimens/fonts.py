"""Owns where the printed fonts come from; never falls back to another font in silence."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from PIL import ImageFont

FontName = Literal[
    "sans", "sans-bold", "narrow", "narrow-bold", "serif", "serif-bold", "mono", "typed",
    "ocr-a", "ocr-b", "script", "book", "book-bold",
]  # fmt: skip
_ROOT = Path("/usr/share/fonts")
_FILES: dict[FontName, str] = {
    "sans": "truetype/liberation/LiberationSans-Regular.ttf",
    "sans-bold": "truetype/liberation/LiberationSans-Bold.ttf",
    "narrow": "truetype/liberation/LiberationSansNarrow-Regular.ttf",
    "narrow-bold": "truetype/liberation/LiberationSansNarrow-Bold.ttf",
    "serif": "truetype/liberation/LiberationSerif-Regular.ttf",
    "serif-bold": "truetype/liberation/LiberationSerif-Bold.ttf",
    "mono": "truetype/liberation/LiberationMono-Regular.ttf",
    "typed": "opentype/urw-base35/NimbusMonoPS-Regular.otf",
    "ocr-a": "truetype/ocr-a/OCRA.ttf",
    "ocr-b": "opentype/ocr-b/OCRB.otf",
    "script": "opentype/urw-base35/Z003-MediumItalic.otf",
    "book": "opentype/urw-base35/P052-Roman.otf",
    "book-bold": "opentype/urw-base35/P052-Bold.otf",
}


class FontMissing(Exception):
    """A font of the specimens is not installed on this machine."""


@cache
def font(name: FontName, pixels: float) -> ImageFont.FreeTypeFont:
    """Load one font at a size in pixels."""
    return ImageFont.truetype(font_path(name, _ROOT), pixels)


def font_path(name: FontName, root: Path) -> Path:
    """Return where a font lies.

    Raises:
        FontMissing: Nobody installed it.
    """
    path = root / _FILES[name]
    if not path.is_file():
        raise FontMissing(
            f"{path} is missing; install the Debian packages "
            "fonts-liberation fonts-ocr-a fonts-ocr-b fonts-urw-base35"
        )
    return path
