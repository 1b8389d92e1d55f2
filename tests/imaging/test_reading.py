"""Untrusted bytes: what is taken, what is refused with which words, and what is left out."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2 as pdfium
import pytest
from PIL import Image

from app.errors import UserError
from app.imaging.pool import ImagingPool
from app.imaging.requests import ReadPage
from tests.builders import jpeg_page, pdf_file
from tests.imaging import hostile


@pytest.fixture(scope="module")
def pool() -> Iterator[ImagingPool]:
    made = ImagingPool()
    yield made
    made.close()


def _refusal(pool: ImagingPool, untrusted: bytes) -> str:
    with pytest.raises(UserError) as caught:
        pool.read_pages(untrusted)
    return caught.value.code


def _size(page: ReadPage) -> tuple[int, int]:
    return Image.open(io.BytesIO(page.content)).size


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def test_a_jpeg_is_one_page_with_its_pixels_untouched(pool: ImagingPool) -> None:
    content = jpeg_page("KTP")
    (page,) = pool.read_pages(content)
    assert page.media_type == "image/jpeg"
    taken, given = Image.open(io.BytesIO(page.content)), Image.open(io.BytesIO(content))
    assert taken.tobytes() == given.tobytes()


def test_place_time_and_comments_leave_a_jpeg(pool: ImagingPool) -> None:
    exif = Image.Exif()
    exif[0x010F] = "CAMERA OF SITI"
    exif.get_ifd(0x8825)[1] = "N"
    content = _saved(Image.new("RGB", (40, 30)), "JPEG", exif=exif, comment=b"WRITTEN BY SITI")
    (page,) = pool.read_pages(content + b"SITI AFTER THE END")
    assert b"SITI" in content
    assert b"SITI" not in page.content
    assert not Image.open(io.BytesIO(page.content)).getexif()


def test_a_progressive_jpeg_stays_whole(pool: ImagingPool) -> None:
    picture = Image.effect_noise((300, 200), 80)
    content = _saved(picture, "JPEG", progressive=True)
    (page,) = pool.read_pages(content)
    assert (
        Image.open(io.BytesIO(page.content)).tobytes() == Image.open(io.BytesIO(content)).tobytes()
    )


def test_a_photo_taken_sideways_stands_upright(pool: ImagingPool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (page,) = pool.read_pages(_saved(Image.new("RGB", (40, 30)), "JPEG", exif=exif))
    assert _size(page) == (30, 40)


def test_texts_leave_a_png(pool: ImagingPool) -> None:
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("Author", "SITI")
    content = _saved(Image.new("RGB", (40, 30), "red"), "PNG", pnginfo=texts)
    (page,) = pool.read_pages(content)
    assert page.media_type == "image/png"
    assert b"SITI" in content
    assert b"SITI" not in page.content
    assert Image.open(io.BytesIO(page.content)).getpixel((1, 1)) == (255, 0, 0)


def test_each_picture_of_a_tiff_is_a_page(pool: ImagingPool) -> None:
    frames = [Image.new("RGB", (40, 30), "red"), Image.new("1", (20, 50))]
    content = _saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    pages = pool.read_pages(content)
    assert [page.media_type for page in pages] == ["image/jpeg", "image/png"]
    assert [_size(page) for page in pages] == [(40, 30), (20, 50)]


def test_each_page_of_a_pdf_is_a_page(pool: ImagingPool) -> None:
    pages = pool.read_pages(pdf_file(3))
    assert [page.media_type for page in pages] == ["application/pdf"] * 3
    assert all(len(pdfium.PdfDocument(page.content)) == 1 for page in pages)


def test_the_same_pdf_gives_the_same_pages_at_any_time(pool: ImagingPool) -> None:
    content = pdf_file(2)
    assert b"D:0000" in pool.read_pages(content)[0].content
    assert pool.read_pages(content) == pool.read_pages(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"GIF89a" + bytes(50), b"\x00\x00\x00\x18ftypmp42" + bytes(50), b"MZ" * 50],
    ids=["empty", "text", "gif", "film", "program"],
)
def test_other_kinds_are_refused_by_their_first_bytes(pool: ImagingPool, content: bytes) -> None:
    assert _refusal(pool, content) == "file_kind_unknown"


def test_a_file_over_the_bound_is_refused_before_it_is_looked_at(pool: ImagingPool) -> None:
    assert _refusal(pool, b"\xff\xd8\xff" + bytes(25 * 1024 * 1024)) == "file_too_large"


@pytest.mark.parametrize("size", [(20_000, 10_000), (8_000, 7_000)], ids=["200Mpx", "56Mpx"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_picture_of_too_many_pixels_is_refused(
    pool: ImagingPool, size: tuple[int, int], kind: str
) -> None:
    options = {"compression": "group4"} if kind == "TIFF" else {}
    content = _saved(Image.new("L" if kind == "JPEG" else "1", size), kind, **options)
    assert _refusal(pool, content) == "picture_too_large"


def test_a_later_picture_of_a_tiff_is_bounded_too(pool: ImagingPool) -> None:
    frames = [Image.new("1", (10, 10)), Image.new("1", (20_000, 10_000))]
    content = _saved(
        frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="group4"
    )
    assert _refusal(pool, content) == "picture_too_large"


def test_a_png_whose_header_lies_is_unreadable_or_too_large(pool: ImagingPool) -> None:
    content = bytearray(_saved(Image.new("RGB", (40, 30)), "PNG"))
    content[16:20] = (5000).to_bytes(4, "big")
    assert _refusal(pool, bytes(content)) == "file_unreadable"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_picture_cut_short_is_unreadable(pool: ImagingPool, kind: str) -> None:
    content = _saved(Image.effect_noise((200, 200), 90), kind)
    assert _refusal(pool, content[: len(content) // 2]) == "file_unreadable"


def test_a_pdf_cut_short_is_unreadable(pool: ImagingPool) -> None:
    assert _refusal(pool, b"%PDF-1.7\n" + bytes(200)) == "file_unreadable"


def test_a_pdf_of_51_pages_is_refused(pool: ImagingPool) -> None:
    assert _refusal(pool, pdf_file(51)) == "too_many_pages"


def test_a_tiff_of_51_pictures_is_refused(pool: ImagingPool) -> None:
    frames = [Image.new("1", (8, 8)) for _ in range(51)]
    content = _saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert _refusal(pool, content) == "too_many_pages"


def test_an_encrypted_pdf_is_told_apart(pool: ImagingPool) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    written = io.BytesIO()
    canvas = Canvas(written, encrypt=StandardEncryption("secret"))
    canvas.drawString(10, 10, "x")
    canvas.save()
    assert _refusal(pool, written.getvalue()) == "pdf_encrypted"


def test_a_heic_of_a_telephone_is_one_page(pool: ImagingPool) -> None:
    (page,) = pool.read_pages(hostile.heic())
    assert page.media_type == "image/jpeg"
    picture = Image.open(io.BytesIO(page.content)).convert("RGB")
    assert picture.size == (29, 100)
    assert picture.getpixel((5, 5)) == pytest.approx((14, 48, 241), abs=8)
    assert picture.getpixel((20, 90)) == pytest.approx((231, 180, 24), abs=8)


def test_a_windows_scanners_bitmap_is_one_page(pool: ImagingPool) -> None:
    (page,) = pool.read_pages(_saved(Image.new("RGB", (40, 30), "red"), "BMP", dpi=(300, 300)))
    picture = Image.open(io.BytesIO(page.content))
    assert picture.size == (40, 30)
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_scanners_resolution_stays_with_the_page(pool: ImagingPool, kind: str) -> None:
    (page,) = pool.read_pages(_saved(Image.new("RGB", (600, 400), "white"), kind, dpi=(200, 200)))
    assert Image.open(io.BytesIO(page.content)).info["dpi"] == pytest.approx((200, 200), abs=1)


def test_a_deep_gray_scan_is_not_burnt_out(pool: ImagingPool) -> None:
    (page,) = pool.read_pages(_saved(Image.new("I;16", (40, 30), 32768), "TIFF"))
    assert Image.open(io.BytesIO(page.content)).convert("L").getpixel((5, 5)) == pytest.approx(
        128, abs=2
    )
