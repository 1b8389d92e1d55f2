"""Pages to pixels and back: the one place where files become arrays; in the worker process only.

Never gives more pixels than the steps after it are bounded for.
"""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image

from app.domain.turning import turned_light
from app.errors import UserError
from app.imaging.limits import DRAWN_DPI, MOST_DRAWN_PIXELS, MOST_SIDE_PX, WORKING_PIXELS
from app.imaging.pdf import opened_pdf
from app.imaging.pixels import Pixels, PreparedPixels
from app.imaging.reading import on_white, opened
from app.imaging.requests import Prepared, ReadPage

#: Cameras write 72 or 96 whatever they saw; no scanner gives a document so few, or so many.
_LEAST_DPI, _MOST_DPI = 100.0, 2400.0
_PREPARED_QUALITY = 95


def pixels_of(page: ReadPage) -> tuple[Pixels, float | None]:
    """Return a captured page's pixels and what its scanner said of the resolution."""
    is_pdf = page.media_type == "application/pdf"
    picture, dpi = _drawn(page.content) if is_pdf else _decoded(page)
    pixels = np.rot90(np.asarray(picture, dtype=np.uint8), -page.turns)
    # Every function of OpenCV that is given a turned view copies it anew.
    return np.ascontiguousarray(pixels), dpi


def as_prepared(made: PreparedPixels) -> Prepared:
    """Return a prepared page as it is kept."""
    written = io.BytesIO()
    Image.fromarray(made.pixels).save(
        written, "JPEG", quality=_PREPARED_QUALITY, subsampling=0, dpi=(made.dpi, made.dpi)
    )
    height, width = made.pixels.shape[:2]
    return Prepared(
        content=written.getvalue(),
        width=width,
        height=height,
        dpi=float(made.dpi),
        outline=made.outline,
        confidence=made.confidence,
        is_flat=made.is_flat,
        light=made.light,
    )


def prepared_pixels(prepared: Prepared, *, is_turned: bool) -> PreparedPixels:
    """Return a kept page's pixels, turned as the person asked or as they were encoded."""
    with opened(prepared.content, "JPEG") as picture:
        if picture.width * picture.height > WORKING_PIXELS:
            raise UserError("file_unreadable")
        pixels = np.asarray(picture.convert("RGB"), dtype=np.uint8)
    turns = prepared.turns if is_turned else 0
    return PreparedPixels(
        pixels=np.ascontiguousarray(np.rot90(pixels, -turns)),
        dpi=prepared.dpi,
        outline=prepared.outline,
        confidence=prepared.confidence,
        is_flat=prepared.is_flat,
        light=turned_light(prepared.light, turns),
    )


def _decoded(page: ReadPage) -> tuple[Image.Image, float | None]:
    kind = "JPEG" if page.media_type == "image/jpeg" else "PNG"
    with opened(page.content, kind) as picture:
        dpi = _claimed_dpi(picture)
        full_width = picture.width
        if picture.width * picture.height > WORKING_PIXELS:
            half = (math.ceil(picture.width / 2), math.ceil(picture.height / 2))
            # A JPEG decodes straight to half its size; others are halved after it.
            picture.draft("RGB", half)
            whole = on_white(picture)
            if whole.width > half[0]:
                whole = whole.reduce(2)
        else:
            whole = on_white(picture)
        return whole, dpi and dpi * whole.width / full_width


def _claimed_dpi(picture: Image.Image) -> float | None:
    claimed = picture.info.get("dpi")
    dpi = float(claimed[0]) if isinstance(claimed, tuple) and claimed else math.nan
    return dpi if _LEAST_DPI <= dpi <= _MOST_DPI else None


def _drawn(content: bytes) -> tuple[Image.Image, float]:
    with opened_pdf(content) as document:
        page = document.get_page(0)
        width, height = (max(length / 72, 0.1) for length in page.get_size())
        dpi = min(
            float(DRAWN_DPI),
            math.sqrt(MOST_DRAWN_PIXELS / (width * height)),
            MOST_SIDE_PX / max(width, height),
        )
        bitmap = page.render(scale=dpi / 72, may_draw_forms=False)
        picture = bitmap.to_pil().convert("RGB")
        bitmap.close()
        page.close()
        return picture, dpi
