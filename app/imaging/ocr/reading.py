"""Reads everything off one page that its kind of paper makes worth reading.

What it means is understood in ``app.domain.papers``, never here.
"""

from __future__ import annotations

from app.domain.catalogue import Look
from app.domain.papers.lines import PageText
from app.imaging.ocr.codes import codes
from app.imaging.ocr.engine import Ocr
from app.imaging.pixels import PreparedPixels

#: Print is found as well on a smaller copy, in a quarter of the time; it is read at its full size.
#: The small print of a family card's tables needs the most.
_LONGEST_PX = {"family_card": 2000, "birth_deed": 1600}


def read_text(page: PreparedPixels, look: Look, ocr: Ocr | None) -> PageText:
    """Return what is written on a page; of papers that nobody reads, the QR codes only.

    Args:
        page: straightened and upright.
        look: its kind of paper.
        ocr: the engine; None where there is none.
    """
    found = codes(page.pixels)
    if ocr is None or not look.reads:
        return PageText(codes=found)
    return PageText(ocr.lines(page.pixels, longest_px=_LONGEST_PX.get(look.reads)), found)
