"""Owns the few pages that nobody here drew, with what is known about them; see SOURCES.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from app.domain.judgement import Outline
from app.imaging.pixels import Pixels

_PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class RealPage:
    """One real page.

    Attributes:
        text: What is printed on it, as its origin says; empty where nobody wrote it down.
        dpi: Of a scan; None for a photograph.
        outline: Its corners, set by hand on the upright picture; None where they are not on it.
        outline_within: How far the hand may be off, in fractions of the picture.
    """

    file_name: str
    text_name: str = ""
    dpi: float | None = None
    outline: Outline | None = None
    outline_within: float = 0.0

    @property
    def path(self) -> Path:
        return _PAGES / self.file_name

    @property
    def text(self) -> str:
        return (_PAGES / self.text_name).read_text("utf-8") if self.text_name else ""

    def pixels(self) -> Pixels:
        """Read it upright, in colour."""
        picture = cv2.imread(str(self.path), cv2.IMREAD_COLOR_RGB)
        assert picture is not None, self.path
        return picture.astype("uint8")


#: A scan of clean print, a scan of a magazine, a scan with a drawing, a grey fragment in shadow.
PHOTOTEST: Final = RealPage("phototest.tif", "phototest.gold.txt", 200)
MAGAZINE: Final = RealPage("8071_093.3B.tif", "8071_093.3B.txt", 300)
PATENT: Final = RealPage("patent.png", "", 300)
FRAGMENT: Final = RealPage("w91frag.jpg")
#: A phone's picture of a book: its page is curved and leaves the picture at the top right.
COOK_BOOK: Final = RealPage(
    "boston_cooking_a.jpg",
    outline=Outline(((0.125, 0.028), (0.922, -0.012), (0.936, 1.0), (0.085, 0.985))),
    outline_within=0.03,
)
REAL_PAGES: Final = (PHOTOTEST, MAGAZINE, PATENT, FRAGMENT, COOK_BOOK)
