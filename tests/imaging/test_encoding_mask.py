"""The black and white layer: every pixel comes back, and nobody's bytes can do harm."""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from app.errors import UserError
from app.imaging.encoding.coder import Coder
from app.imaging.encoding.mask import MOST_MASK_PIXELS, read_mask, write_mask

Mask = NDArray[np.bool_]


def _back(mask: Mask) -> Mask:
    return read_mask(write_mask(mask), *mask.shape)


def _writing(words: list[str], noise_seed: int | None = None) -> Mask:
    """Draw lines of text as a scanner would see them."""
    page = np.full((40 + 36 * len(words), 900), 255, np.uint8)
    for row, word in enumerate(words):
        at = (15, 45 + 36 * row)
        cv2.putText(page, word, at, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 2, cv2.LINE_AA)
    if noise_seed is not None:
        chance = np.random.default_rng(noise_seed)
        page = np.clip(page + chance.normal(0, 40, page.shape), 0, 255).astype(np.uint8)
    return np.asarray(page < 128, np.bool_)


@st.composite
def _masks(draw: st.DrawFn) -> Mask:
    height, width = draw(st.integers(1, 90)), draw(st.integers(1, 140))
    share = draw(st.sampled_from((0.0, 0.01, 0.1, 0.5, 0.95, 1.0)))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = chance.random((height, width)) < share
    if draw(st.booleans()):
        # Shapes that repeat, overlap and reach over the edge.
        shape = chance.random((draw(st.integers(1, 20)), draw(st.integers(1, 20)))) < 0.6
        for _ in range(draw(st.integers(1, 12))):
            top, left = int(chance.integers(height)), int(chance.integers(width))
            window = mask[top : top + shape.shape[0], left : left + shape.shape[1]]
            window |= shape[: window.shape[0], : window.shape[1]]
    return np.asarray(mask, np.bool_)


@given(_masks())
@settings(max_examples=40, deadline=None)
def test_every_pixel_comes_back(mask: Mask) -> None:
    assert np.array_equal(_back(mask), mask)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (33, 97), (130, 130)])
@pytest.mark.parametrize("value", [False, True])
def test_a_page_of_one_colour_comes_back_in_a_few_bytes(size: tuple[int, int], value: bool) -> None:
    mask = np.full(size, value)
    content = write_mask(mask)
    assert len(content) <= 48
    assert np.array_equal(read_mask(content, *size), mask)


def test_one_pixel_in_the_last_corner_comes_back() -> None:
    mask = np.zeros((211, 307), np.bool_)
    mask[-1, -1] = True
    assert np.array_equal(_back(mask), mask)


def test_digits_that_look_alike_stay_what_they_are_among_hundreds() -> None:
    rows = ["3863836806396", "8383863068693", "6908386380638", "5685658685865"] * 4
    mask = _writing(rows, noise_seed=4)
    assert np.array_equal(_back(mask), mask)


def test_a_pixel_that_differs_in_one_of_many_equal_digits_is_not_smoothed_away() -> None:
    mask = _writing(["8888888888"] * 6)
    ink = np.argwhere(mask)
    for row, column in ink[:: len(ink) // 6]:
        mask[row, column] = False
        assert np.array_equal(_back(mask), mask)
        mask[row, column] = True


def test_writing_costs_far_less_than_in_a_fax() -> None:
    mask = _writing(["PROVINSI KEPULAUAN CONTOH 9912345678901234"] * 12, noise_seed=2)
    fax = io.BytesIO()
    Image.fromarray(~mask).save(fax, "TIFF", compression="group4")
    assert len(write_mask(mask)) < 0.5 * fax.tell()


def test_the_bytes_are_the_same_on_every_machine() -> None:
    y, x = np.mgrid[:150, :260]
    mask = np.asarray(((x * x + 3 * y * y + 7 * x * y) % 97 < 31) & ((x // 9 + y // 14) % 3 > 0))
    digest = hashlib.sha256(write_mask(mask)).hexdigest()
    assert digest == "2a9ebdcbf644796df1a233b1c25d15cdf07854f0c59d9c732b230cbf366e42f0"


def test_pixels_that_are_not_those_that_were_written_are_refused() -> None:
    content = write_mask(_writing(["NIK 9912345678901234"]))
    assert read_mask(content, 76, 900).any()
    with pytest.raises(UserError):
        read_mask(bytes([content[0] ^ 1]) + content[1:], 76, 900)


def _refused_or_of_its_size(content: bytes, height: int, width: int) -> None:
    with suppress(UserError):
        assert read_mask(content, height, width).shape == (height, width)


def test_bytes_cut_short_are_refused_or_draw_something_of_the_right_size() -> None:
    content = write_mask(_writing(["NIK 9912345678901234", "SITI AMINAH"]))
    for length in range(0, len(content), 37):
        _refused_or_of_its_size(content[:length], 112, 900)


@given(st.binary(max_size=400))
@settings(max_examples=40, deadline=None)
def test_random_bytes_are_refused_or_draw_something_of_the_right_size(content: bytes) -> None:
    _refused_or_of_its_size(content, 200, 300)


def test_a_page_larger_than_any_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(UserError):
        read_mask(write_mask(np.ones((3, 3), np.bool_)), MOST_MASK_PIXELS, 2)


def _lying(kinds: int, side: int, lines: int = 0) -> bytes:
    """Write a mask that announces more than there is."""
    coder = Coder()
    coder.natural("kinds", kinds)
    for _ in range(min(kinds, 3000)):
        coder.bit("has_model", 0, 0)
        coder.natural("height", side - 1)
        coder.natural("width", side - 1)
    coder.natural("lines", lines)
    return bytes(4) + coder.to_bytes()


@pytest.mark.parametrize(
    "content",
    [
        _lying(kinds=130_000, side=1),
        _lying(kinds=3000, side=96),
        _lying(kinds=1, side=5000),
        _lying(kinds=0, side=1, lines=130_000),
    ],
    ids=["many kinds", "many pixels", "a large shape", "many lines"],
)
def test_counts_and_sizes_that_no_page_has_are_refused(content: bytes) -> None:
    with pytest.raises(UserError) as refused:
        read_mask(content, 400, 400)
    assert refused.value.code == "file_unreadable"


def test_a_shape_beside_the_page_is_refused() -> None:
    mask = np.zeros((60, 400), np.bool_)
    mask[20:40, 380:395] = True
    with pytest.raises(UserError):
        read_mask(write_mask(mask), 60, 200)


@given(st.lists(st.integers(-100_000, 100_000), max_size=60))
@settings(max_examples=40, deadline=None)
def test_numbers_come_back(numbers: list[int]) -> None:
    writer = Coder()
    for number in numbers:
        writer.integer("number", number)
    reader = Coder(writer.to_bytes())
    assert [reader.integer("number", 0) for _ in numbers] == numbers
