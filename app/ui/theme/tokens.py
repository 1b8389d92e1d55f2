"""Owns the tokens of the look: colours, sizes, spaces; stylesheet and painters only read them.

Colours hold 4.5:1 on their ground in the light theme and 7:1 in the high-contrast one (a test
computes it). The high-contrast theme is black on white: glare spares it more than the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

ThemeName = Literal["light", "contrast"]
#: The steps a person can choose, in percent.
TEXT_SCALES = (100, 125, 150, 200)


@dataclass(frozen=True)
class Colours:
    """Colours by what they are for, as ``#rrggbb``."""

    #: Behind everything; cards and boxes on it; a quiet panel on it.
    ground: str
    paper: str
    sand: str
    line: str
    #: The edge of a box that takes an answer.
    edge: str
    ink: str
    ink_soft: str
    sea: str
    sea_deep: str
    sea_soft: str
    on_sea: str
    #: The one warm accent: focus, the step you are at.
    accent: str
    accent_soft: str
    danger: str
    danger_soft: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str


LIGHT = Colours(
    ground="#faf7f0",
    paper="#ffffff",
    sand="#f1eadb",
    line="#ddd3bf",
    edge="#7d8a91",
    ink="#17262e",
    ink_soft="#46565f",
    sea="#0c4a66",
    sea_deep="#07364c",
    sea_soft="#e2eef3",
    on_sea="#ffffff",
    accent="#c2541b",
    accent_soft="#fbe9dd",
    danger="#a3211c",
    danger_soft="#fbeae8",
    good="#1c6543",
    good_soft="#e3f1e8",
    warn="#7a4e00",
    warn_soft="#fcf1d8",
)
CONTRAST = Colours(
    ground="#ffffff",
    paper="#ffffff",
    sand="#ffffff",
    line="#000000",
    edge="#000000",
    ink="#000000",
    ink_soft="#1a1a1a",
    sea="#00283d",
    sea_deep="#000000",
    sea_soft="#ffffff",
    on_sea="#ffffff",
    accent="#8a2f00",
    accent_soft="#ffffff",
    danger="#8a0000",
    danger_soft="#ffffff",
    good="#004d26",
    good_soft="#ffffff",
    warn="#5c3a00",
    warn_soft="#ffffff",
)


@dataclass(frozen=True)
class Appearance:
    """What a person may choose of the look; a new person finds the kiosk's own choice again."""

    theme: ThemeName = "light"
    text_scale: int = 100

    def step(self, by: int) -> Appearance:
        """Return the next larger or smaller text, or the same at the end."""
        position = TEXT_SCALES.index(self.text_scale) + by
        return replace(self, text_scale=TEXT_SCALES[min(max(position, 0), len(TEXT_SCALES) - 1)])


@dataclass(frozen=True)
class Theme:
    """Tokens of one appearance; sizes in logical pixels, spaces on a grid of 8."""

    name: ThemeName
    colours: Colours
    scale: float

    def text(self, size: int) -> int:
        """Return a text size at the chosen scale; headings grow less, so that they still fit."""
        grown = 1 + (self.scale - 1) * (1.0 if size <= 20 else 0.7)
        return round(size * grown)

    def target(self, size: int = 48) -> int:
        """Return the height of something to touch; it grows half as fast as text."""
        return round(size * (1 + (self.scale - 1) * 0.5))

    def column(self, width: int) -> int:
        """Return the widest a column may get, so that a line keeps its number of letters."""
        return round(width * self.scale)


def theme_of(appearance: Appearance) -> Theme:
    """Return the tokens of an appearance."""
    colours = CONTRAST if appearance.theme == "contrast" else LIGHT
    return Theme(appearance.theme, colours, appearance.text_scale / 100)
