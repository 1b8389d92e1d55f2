"""Draws a page for a screen; runs in the worker process only, never larger than asked."""

from __future__ import annotations

import io

from PIL import Image

from app.imaging.pdf import opened_pdf
from app.imaging.reading import opened
from app.imaging.requests import ReadPage

_CLOCKWISE = {
    1: Image.Transpose.ROTATE_270,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}


def draw(page: ReadPage, longest_px: int) -> bytes:
    """Return a PNG of the page, turned, its longer side at most ``longest_px``."""
    written = io.BytesIO()
    drawn(page, longest_px).save(written, "PNG", compress_level=1)
    return written.getvalue()


def drawn(page: ReadPage, longest_px: int) -> Image.Image:
    """Return the page, turned, its longer side at most ``longest_px``."""
    if page.media_type == "application/pdf":
        picture = _draw_pdf(page.content, longest_px)
    else:
        picture = _draw_picture(page, longest_px)
    return turned(picture, page.turns)


def turned(picture: Image.Image, turns: int) -> Image.Image:
    """Return the picture after some clockwise quarter turns."""
    step = _CLOCKWISE.get(turns % 4)
    return picture if step is None else picture.transpose(step)


def _draw_picture(page: ReadPage, longest_px: int) -> Image.Image:
    kind = "JPEG" if page.media_type == "image/jpeg" else "PNG"
    with opened(page.content, kind) as picture:
        # A JPEG decodes straight to an eighth, a quarter or half of its size.
        picture.draft("RGB", (longest_px, longest_px))
        shown = picture.convert("RGBA" if "A" in picture.mode or picture.mode == "P" else "RGB")
        shown.thumbnail((longest_px, longest_px), Image.Resampling.BILINEAR, reducing_gap=2.0)
        return shown


def _draw_pdf(content: bytes, longest_px: int) -> Image.Image:
    with opened_pdf(content) as document:
        page = document.get_page(0)
        longest = max(*page.get_size(), 1.0)
        bitmap = page.render(scale=longest_px / longest, may_draw_forms=False)
        shown = bitmap.to_pil().copy()
        bitmap.close()
        page.close()
        return shown
