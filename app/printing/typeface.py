"""Owns the type, colours and measures of everything printed; never the words."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from reportlab.lib.colors import Color, HexColor, black
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from app.resources import resources_path

REGULAR = "Loket"
BOLD = "Loket-Bold"


class Look(NamedTuple):
    """How one kind of paper is set; sizes in points."""

    body: float
    heading: float
    title: float
    small: float
    #: Largest size of the reference, made smaller when the paper is too narrow for it.
    reference: float
    ink: Color
    accent: Color
    line: Color

    def scaled(self, factor: float) -> Look:
        """Return the same look with every size of type but the reference's multiplied."""
        return self._replace(
            body=self.body * factor,
            heading=self.heading * factor,
            title=self.title * factor,
            small=self.small * factor,
        )


#: A page from an office printer: deep sea blue, little ink.
PAGE = Look(10.2, 11.6, 20, 8.4, 27, HexColor(0x1C2B33), HexColor(0x0F4C6B), HexColor(0xB9C7CE))
#: A thermal roll knows black only, and small letters fade first.
ROLL = Look(10, 11.5, 17, 8.6, 25, black, black, black)


@cache
def ensure_fonts() -> None:
    """Hand the shipped type family to reportlab, once in a process."""
    for name, weight in ((REGULAR, "Regular"), (BOLD, "Bold")):
        (path,) = (resources_path() / "fonts").glob(f"*-{weight}.ttf")
        pdfmetrics.registerFont(TTFont(name, path))
    pdfmetrics.registerFontFamily(
        REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
    )


def style(size: float, colour: Color, *, is_bold: bool = False, after: float = 0) -> ParagraphStyle:
    """Return a paragraph style of the shipped family; ``after`` is the space below it."""
    return ParagraphStyle(
        f"{'bold' if is_bold else 'regular'} {size}",
        fontName=BOLD if is_bold else REGULAR,
        fontSize=size,
        leading=size * 1.25,
        textColor=colour,
        spaceAfter=after,
    )


def fitted_size(text: str, width: float, largest: float) -> float:
    """Return the size at which ``text`` in bold fills ``width`` at most."""
    return min(largest, width / max(pdfmetrics.stringWidth(text, BOLD, 1), 0.01))
