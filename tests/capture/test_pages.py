"""How a driver's pixels become a file: exact, bounded, and believed in nothing."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from app.capture import faults
from app.capture.bmp import tiff_of_bmp
from app.capture.pnm import PnmPage
from app.capture.tiff import Raster, tiff
from app.errors import LocalFault
from tests.capture.house import picture


def page_of(stream: bytes, cut: int = 7, dpi: int = 300) -> bytes:
    """Read a stream in pieces, as a pipe gives it."""
    page = PnmPage(dpi)
    for at in range(0, len(stream), cut):
        page.take(stream[at : at + cut])
    return page.close()


def fault_of(stream: bytes, cut: int = 7) -> str:
    with pytest.raises(LocalFault) as raised:
        page_of(stream, cut)
    return raised.value.code


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
@pytest.mark.parametrize("width", [1, 8, 13])
def test_pixels_arrive_exactly_with_their_resolution(mode: str, width: int) -> None:
    drawn = Image.effect_noise((width, 9), 90).convert(mode)
    written = io.BytesIO()
    drawn.save(written, "PPM")
    shown = picture(page_of(written.getvalue()))
    assert (shown.mode, shown.size, shown.info["dpi"]) == (mode, drawn.size, (300, 300))
    assert shown.tobytes() == drawn.tobytes()


def test_comments_and_any_cut_do_no_harm() -> None:
    stream = b"P5\n# SANE data follows\n3 2\n# and more\n255\n\n# abc"
    for cut in range(1, 9):
        assert picture(page_of(stream, cut)).tobytes() == b"\n# abc"


def test_of_sixteen_bits_the_high_eight_are_kept() -> None:
    stream = b"P6\n2 1\n65535\n" + bytes(range(12))
    for cut in (1, 2, 5, 100):
        assert picture(page_of(stream, cut)).tobytes() == bytes(range(0, 12, 2))


def test_a_page_without_a_resolution_says_none() -> None:
    shown = picture(tiff(Raster(2, 2, 1), 0, b"abcd"))
    assert shown.tobytes() == b"abcd"
    # The unit that is none; the numbers are only its shape.
    assert shown.getexif()[296] == 1


def test_lines_beyond_those_announced_are_left_out() -> None:
    assert picture(page_of(b"P5 2 2 255\nabcdabcd")).tobytes() == b"abcd"


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (b"", faults.TORN),
        (b"P6\n2 2\n255\nabc", faults.TORN),
        (b"P6\n0 2\n255\n", faults.TORN),
        (b"P6\n40001 2\n255\n", faults.TOO_LARGE),
        (b"P6\n20000 20000\n255\n", faults.TOO_LARGE),
        (b"P6\n2 2\n31\nabcd", faults.UNSUPPORTED),
        (b"P6\n-2 2\n255\n", faults.TORN),
        (b"P6\n99999999999999999999 2\n255\n", faults.TORN),
        (b"P3\n2 2\n255\n", faults.TORN),
        (b"GIF89a", faults.TORN),
        (b"P6\n" + b"#" * 5000, faults.TORN),
        (b"P6\n" + b" " * 5000, faults.TORN),
    ],
)
def test_a_stream_that_is_no_page_is_told(stream: bytes, code: str) -> None:
    assert fault_of(stream) == code


@given(some.binary(max_size=200), some.sampled_from([b"", b"P5\n", b"P6 3 1 255\n", b"P4\n9 "]))
def test_whatever_a_pipe_holds_is_a_page_or_told(rest: bytes, begin: bytes) -> None:
    try:
        page = page_of(begin + rest)
    except LocalFault:
        return
    picture(page)


def bmp(mode: str, size: tuple[int, int] = (13, 5)) -> tuple[Image.Image, bytes]:
    drawn = Image.effect_noise(size, 90).convert(mode)
    written = io.BytesIO()
    drawn.save(written, "BMP", dpi=(200, 200))
    return drawn, written.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_a_windows_bitmap_keeps_its_pixels_and_resolution(mode: str) -> None:
    drawn, content = bmp(mode)
    shown = picture(tiff_of_bmp(content, 75))
    assert (shown.mode, shown.info["dpi"]) == (mode, (200, 200))
    assert shown.tobytes() == drawn.tobytes()


def test_a_bitmap_from_top_to_bottom_and_without_resolution_is_read_too() -> None:
    drawn, content = bmp("RGB")
    turned = bytearray(content)
    struct.pack_into("<i", turned, 22, -5)
    struct.pack_into("<ii", turned, 38, 0, 0)
    shown = picture(tiff_of_bmp(bytes(turned), 75))
    assert shown.info["dpi"] == (75, 75)
    assert shown.tobytes() == drawn.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes()


@given(some.integers(0, 53), some.binary(min_size=1, max_size=8))
def test_a_damaged_bitmap_is_a_page_or_told(at: int, damage: bytes) -> None:
    content = bytearray(bmp("RGB")[1])
    content[at : at + len(damage)] = damage
    try:
        page = tiff_of_bmp(bytes(content), 75)
    except LocalFault:
        return
    picture(page)
