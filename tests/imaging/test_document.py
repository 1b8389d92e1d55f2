"""Pages to one document, and pages on a screen."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2 as pdfium
import pytest
from PIL import Image

from app.imaging.pool import ImagingPool
from app.imaging.requests import ReadPage
from tests.builders import jpeg_page, pdf_file


@pytest.fixture(scope="module")
def pool() -> Iterator[ImagingPool]:
    made = ImagingPool()
    yield made
    made.close()


def _png(mode: str, size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, 1).save(written, "PNG")
    return written.getvalue()


def _image(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def _pages(pool: ImagingPool) -> tuple[ReadPage, ...]:
    return (
        ReadPage("image/jpeg", jpeg_page("SATU"), turns=1),
        *pool.read_pages(pdf_file(2)),
        ReadPage("image/png", _png("1", (60, 30))),
        ReadPage("image/png", _png("RGBA", (30, 60))),
    )


def test_one_unturned_picture_stays_as_it_is(pool: ImagingPool) -> None:
    content = jpeg_page("KTP")
    document = pool.assemble((ReadPage("image/jpeg", content),))
    assert (document.media_type, document.content, document.page_count) == (
        "image/jpeg",
        content,
        1,
    )


def test_one_turned_picture_is_turned_clockwise(pool: ImagingPool) -> None:
    whole = Image.new("RGB", (40, 20), "white")
    whole.paste("red", (0, 0, 10, 20))
    written = io.BytesIO()
    whole.save(written, "PNG")
    document = pool.assemble((ReadPage("image/png", written.getvalue(), turns=1),))
    turned = _image(document.content)
    assert turned.size == (20, 40)
    assert turned.getpixel((10, 2)) == (255, 0, 0)


def test_several_pages_of_every_kind_become_one_pdf_in_order(pool: ImagingPool) -> None:
    document = pool.assemble(_pages(pool))
    assert (document.media_type, document.page_count) == ("application/pdf", 5)
    with pdfium.PdfDocument(document.content) as made:
        assert len(made) == 5
        assert [made[0].get_rotation(), made[1].get_rotation()] == [90, 0]
        assert made[3].get_width() == pytest.approx(841.89, abs=0.1)


def test_the_same_pages_give_the_same_bytes_in_another_process(pool: ImagingPool) -> None:
    other = ImagingPool()
    one = pool.assemble(_pages(pool)).content
    assert b"CreationDate(D:20" not in one
    assert other.assemble(_pages(pool)).content == one
    other.close()


def test_a_page_is_drawn_turned_and_no_larger_than_asked(pool: ImagingPool) -> None:
    page = ReadPage("image/jpeg", jpeg_page("KTP", (800, 400)), turns=3)
    assert _image(pool.picture(page, 100)).size == (50, 100)


def test_a_pdf_page_is_drawn(pool: ImagingPool) -> None:
    (page,) = pool.read_pages(pdf_file(1))
    assert _image(pool.picture(page, 300)).size == (200, 300)
