"""Several encoded pages as one document, turned, shown to an officer, and never trusted."""

from __future__ import annotations

import io
from contextlib import suppress
from functools import cache

import msgspec
import numpy as np
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.domain.judgement import Outline
from app.errors import UserError
from app.imaging.encoding.avif import to_avif
from app.imaging.encoding.document import pack, present, unpack
from app.imaging.encoding.encode import encode
from app.imaging.encoding.mask import write_mask
from app.imaging.encoding.page import Patch, TravellingPage, to_bytes
from app.imaging.pixels import PreparedPixels

_WHOLE = Outline(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
_CODES = {"file_unreadable", "picture_too_large", "file_too_large", "too_many_pages"}


@cache
def _page(width: int = 300, height: int = 150) -> bytes:
    """Return an encoded page, red in its top left corner."""
    pixels = np.full((height, width, 3), 250, np.uint8)
    pixels[: height // 3, : width // 3] = (210, 30, 40)
    page = PreparedPixels(pixels, 150.0, _WHOLE, 1.0, True)
    return encode(page).content


@cache
def _layers(width: int = 120, height: int = 80) -> TravellingPage:
    mask = np.zeros((height, width), np.bool_)
    mask[20:40, 30:33] = mask[20:40, 60:63] = True
    paper = to_avif(np.full((height // 3, width // 3, 3), 240, np.uint8), 40)
    ink = to_avif(np.full((8, 12, 3), 20, np.uint8), 40)
    return TravellingPage(width, height, 3000, paper, write_mask(mask), width, height, ink)


def _is_red(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], y: int, x: int) -> bool:
    red, green, _ = (int(value) for value in pixels[y, x])
    return red > 150 and green < 90


def test_pages_come_out_in_their_order_and_turned_clockwise() -> None:
    content = _page()
    upright, right, over, left = unpack(pack([(content, turns) for turns in range(4)]))
    assert upright.shape == over.shape == (150, 300, 3)
    assert right.shape == left.shape == (300, 150, 3)
    assert _is_red(upright, 10, 10)
    assert _is_red(right, 10, 140)
    assert _is_red(over, 140, 290)
    assert _is_red(left, 290, 10)


def test_turning_a_page_changes_no_byte_of_it() -> None:
    content = _page()
    assert content in pack([(content, 0)])
    assert content in pack([(content, 3)])
    assert len(pack([(content, 0)])) == len(pack([(content, 3)]))


def test_the_same_pages_give_the_same_document() -> None:
    assert pack([(_page(), 1), (_page(90, 60), 0)]) == pack([(_page(), 1), (_page(90, 60), 0)])


def test_an_officer_gets_every_page_as_pdf_at_its_size_on_paper() -> None:
    shown = present(pack([(_page(), 0), (_page(), 1)]), "pdf")
    with pdfium.PdfDocument(shown) as document:
        assert len(document) == 2
        assert document[0].get_size() == pytest.approx((144, 72), abs=0.5)
        assert document[1].get_size() == pytest.approx((72, 144), abs=0.5)
    assert present(pack([(_page(), 0), (_page(), 1)]), "pdf") == shown


def test_an_officer_gets_one_page_as_jpeg_no_longer_than_asked() -> None:
    document = pack([(_page(), 0), (_page(), 1)])
    with Image.open(io.BytesIO(present(document, "jpeg", 1, 100))) as shown:
        assert (shown.format, shown.size) == ("JPEG", (50, 100))
    with Image.open(io.BytesIO(present(document, "jpeg", longest_px=4000))) as shown:
        assert shown.size == (300, 150)
    with pdfium.PdfDocument(present(document, "pdf", 1)) as single:
        assert len(single) == 1


@pytest.mark.parametrize("page", [-1, 2, 10_000])
def test_a_page_that_is_not_there_is_refused(page: int) -> None:
    with pytest.raises(UserError):
        present(pack([(_page(), 0), (_page(), 0)]), "jpeg", page)


def test_no_document_takes_more_than_fifty_pages() -> None:
    with pytest.raises(UserError, match="too_many_pages"):
        pack([(b"", 0)] * 51)
    many = b"LOKETPG1" + msgspec.msgpack.encode([(0, b"")] * 51)
    with pytest.raises(UserError, match="file_unreadable"):
        unpack(many)


def test_layers_are_drawn_over_each_other() -> None:
    picture = np.full((20, 20, 3), (20, 160, 30), np.uint8)
    page = msgspec.structs.replace(
        _layers(), patches=(Patch(100, 60, 20, 20, to_avif(picture, 60)),)
    )
    drawn = unpack(pack([(to_bytes(page), 0)]))[0]
    assert int(drawn[30, 31].max()) < 80
    assert int(drawn[30, 45].min()) > 220
    red, green, blue = (int(value) for value in drawn[70, 110])
    assert green > red + 60
    assert green > blue + 60


def _refused(content: bytes) -> str:
    with pytest.raises(UserError) as refused:
        unpack(content)
    assert refused.value.code in _CODES
    return refused.value.code


def test_a_document_cut_anywhere_is_refused() -> None:
    whole = pack([(to_bytes(_layers()), 0), (_page(), 2)])
    for length in range(0, len(whole), 11):
        _refused(whole[:length])


@pytest.mark.parametrize(
    "changes",
    [
        {"patches": (Patch(110, 60, 20, 20, b""),)},
        {"patches": (Patch(0, 0, 20, 20, b"not a picture"),)},
        {"background": b""},
        {"ink": b"\x00" * 40},
        {"mask": b"\xff" * 7},
        {"mask_width": 0},
        {"mask_width": 65_535, "mask_height": 65_535},
    ],
    ids=lambda changes: "+".join(changes),
)
def test_a_page_whose_parts_do_not_fit_is_refused(changes: dict[str, object]) -> None:
    page = msgspec.structs.replace(_layers(), **changes)
    _refused(pack([(to_bytes(page), 0)]))


def test_a_page_of_more_pixels_than_any_is_refused_before_it_is_drawn() -> None:
    page = msgspec.structs.replace(_layers(), width=60_000, height=60_000)
    assert _refused(pack([(to_bytes(page), 0)])) == "picture_too_large"


def test_a_layer_larger_than_its_page_is_refused() -> None:
    large = to_avif(np.zeros((400, 400, 3), np.uint8), 20)
    page = msgspec.structs.replace(_layers(), background=large)
    _refused(pack([(to_bytes(page), 0)]))


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_random_bytes_behind_the_mark_are_refused(content: bytes) -> None:
    _refused(b"LOKETPG1" + content)
    _refused(content)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_changed_byte_is_refused_or_draws_a_page_of_bounded_size(data: st.DataObject) -> None:
    whole = bytearray(pack([(to_bytes(_layers()), 0)]))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with suppress(UserError):
        assert sum(pixels.size for pixels in unpack(bytes(whole))) <= 3 * 50_000_000
