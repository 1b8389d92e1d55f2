"""Pages to one document, what an officer opens of it, and pages on a screen."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2 as pdfium
import pytest
from PIL import Image

from app.domain.catalogue import Look
from app.domain.documents import PAGES_TYPE
from app.errors import UserError
from app.imaging.pool import ImagingPool
from app.imaging.requests import ReadPage
from tests.builders import jpeg_page, pdf_file, png_page


@pytest.fixture(scope="module")
def pool() -> Iterator[ImagingPool]:
    made = ImagingPool(has_engine=False)
    yield made
    made.close()


@pytest.fixture(scope="module")
def encoded(pool: ImagingPool) -> bytes:
    """Return one encoded page, 400 by 200."""
    return _encoded(pool, jpeg_page("KTP", (400, 200)))


def _encoded(pool: ImagingPool, content: bytes) -> bytes:
    (page,) = pool.read_pages(content)
    (prepared,) = pool.prepare(page, Look())
    return pool.encode(prepared).content


def _image(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_pages_travel_in_a_document_of_our_own(pool: ImagingPool, encoded: bytes) -> None:
    document = pool.assemble(((encoded, 0), (encoded, 1)))
    assert (document.media_type, document.page_count) == (PAGES_TYPE, 2)
    assert len(document.content) < 2 * len(encoded) + 64


def test_an_officer_gets_every_page_turned_as_the_person_turned_it(
    pool: ImagingPool, encoded: bytes
) -> None:
    content = pool.assemble(((encoded, 0), (encoded, 3))).content
    with pdfium.PdfDocument(pool.present(content, PAGES_TYPE, "pdf")) as made:
        assert [made[n].get_width() > made[n].get_height() for n in (0, 1)] == [True, False]
        # 400 pixels at 200 dpi are two inches.
        assert made[0].get_width() == pytest.approx(144, abs=2)
    second = _image(pool.present(content, PAGES_TYPE, "jpeg", page=1, longest_px=100))
    assert second.size == pytest.approx((50, 100), abs=1)


def test_a_page_that_is_not_there_is_refused(pool: ImagingPool, encoded: bytes) -> None:
    content = pool.assemble(((encoded, 0),)).content
    for media_type, document in ((PAGES_TYPE, content), ("application/pdf", pdf_file(1))):
        with pytest.raises(UserError, match="file_unreadable"):
            pool.present(document, media_type, "jpeg", page=1)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/jpeg", jpeg_page("KTP", (400, 200))),
        ("image/png", png_page("KTP", (400, 200))),
        ("application/pdf", pdf_file(1)),
        # The claimed kind is not believed: the bytes are looked at.
        ("image/png", jpeg_page("KTP", (400, 200))),
    ],
    ids=["jpeg", "png", "pdf", "a lie"],
)
def test_documents_of_older_kiosks_are_shown_too(
    pool: ImagingPool, media_type: str, content: bytes
) -> None:
    assert _image(pool.present(content, media_type, "jpeg", longest_px=120)).width == 120
    with pdfium.PdfDocument(pool.present(content, media_type, "pdf")) as made:
        assert len(made) == 1


def test_the_same_pages_give_the_same_bytes_in_another_process(
    pool: ImagingPool, encoded: bytes
) -> None:
    other = ImagingPool(has_engine=False)
    again = _encoded(other, jpeg_page("KTP", (400, 200)))
    assert again == encoded
    one = pool.assemble(((encoded, 2),)).content
    assert other.assemble(((again, 2),)).content == one
    other.close()


def test_a_turned_page_is_the_same_travelling_form(pool: ImagingPool, encoded: bytes) -> None:
    from msgspec.structs import replace

    (page,) = pool.read_pages(jpeg_page("KTP", (400, 200)))
    (prepared,) = pool.prepare(page, Look())
    assert pool.encode(replace(prepared, turns=1)).content == encoded


def test_a_page_is_drawn_turned_and_no_larger_than_asked(pool: ImagingPool) -> None:
    page = ReadPage("image/jpeg", jpeg_page("KTP", (800, 400)), turns=3)
    assert _image(pool.picture(page, 100)).size == (50, 100)


def test_a_pdf_page_is_drawn(pool: ImagingPool) -> None:
    (page,) = pool.read_pages(pdf_file(1))
    assert _image(pool.picture(page, 300)).size == (300, 180)
