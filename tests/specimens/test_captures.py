"""Captures land where they say, and spoilt ones are spoilt in the way they say."""

from __future__ import annotations

import io
from functools import cache
from typing import Literal

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from app.domain.judgement import Outline
from tests.specimens import HOWS, Capture, How, Specimen, bed, capture, make, spoil
from tests.specimens.files import as_jpeg
from tests.specimens.geometry import dpi_on
from tests.specimens.real import REAL_PAGES


@pytest.fixture(scope="module")
def card() -> Specimen:
    return make("ktp", 2)


@cache
def _taken(how: How) -> Capture:
    return capture(make("ktp", 2), how, 1)


@pytest.mark.parametrize("how", HOWS)
def test_a_capture_laid_back_by_its_own_truth_is_the_paper_again(how: How) -> None:
    taken = _taken(how)
    assert _likeness(taken) > (0.55 if how == "hard" else 0.8)


@pytest.mark.parametrize("how", HOWS)
def test_the_outline_starts_at_the_papers_own_top_left_however_it_lies(
    how: How, card: Specimen
) -> None:
    taken = _taken(how)
    height, width = taken.pixels.shape[:2]
    own = [(0, 0, 1), (card.width, 0, 1), (card.width, card.height, 1), (0, card.height, 1)]
    for corner, noted in zip(own, taken.outline.corners, strict=True):
        x, y, depth = taken.where @ corner
        assert np.allclose((x / depth / width, y / depth / height), noted)
    assert all(-0.05 < x < 1.05 and -0.05 < y < 1.05 for x, y in taken.outline.corners)
    assert _area(taken.outline) > 0, "clockwise"


def test_the_same_seed_takes_the_same_picture(card: Specimen) -> None:
    first, again = capture(card, "webcam", 4), capture(card, "webcam", 4)
    other = capture(card, "webcam", 5)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.outline != other.outline


def test_a_word_is_found_on_the_picture_where_the_capture_says(card: Specimen) -> None:
    taken = capture(card, "document_camera", 3)
    assert card.face is not None
    place = taken.place_of(card.face)
    height, width = taken.pixels.shape[:2]
    left, top = round(place.left * width), round(place.top * height)
    right = round((place.left + place.width) * width)
    bottom = round((place.top + place.height) * height)
    crop = taken.pixels[top:bottom, left:right].astype(np.float32)
    around = taken.pixels.astype(np.float32)
    assert (
        np.abs(crop[..., 2] - crop[..., 0]).mean() > np.abs(around[..., 2] - around[..., 0]).mean()
    )


def test_a_scanner_names_its_resolution_and_a_camera_does_not(card: Specimen) -> None:
    assert _taken("scan_good").dpi == 300
    assert _taken("webcam").dpi is None


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_telephones_file_is_the_picture_once_its_orientation_is_obeyed(
    turns: Literal[0, 1, 2, 3],
) -> None:
    taken = _taken("webcam")
    file = Image.open(io.BytesIO(as_jpeg(taken, turns)))
    assert (file.width > file.height) == (turns in (0, 2))
    seen = np.array(ImageOps.exif_transpose(file))
    assert seen.shape == taken.pixels.shape
    assert np.abs(seen.astype(np.int16) - taken.pixels).mean() < 4


def test_a_scanners_file_names_its_resolution() -> None:
    assert Image.open(io.BytesIO(as_jpeg(_taken("scan_good")))).info["dpi"] == (300, 300)


def test_blurred_pictures_have_lost_their_edges(card: Specimen) -> None:
    good, bad = capture(card, "webcam", 2), spoil(card, "blurred", 2, "webcam")
    assert _edges(bad) < 0.4 * _edges(good)


def test_dark_pictures_are_dark(card: Specimen) -> None:
    assert spoil(card, "too_dark", 2, "webcam").pixels.mean() < 60


def test_glare_burns_a_spot_of_the_paper_white(card: Specimen) -> None:
    bad = _laid_back(spoil(card, "glare", 2, "webcam"))
    good = _laid_back(capture(card, "webcam", 2))
    assert (bad.min(axis=2) > 250).mean() > 0.02 + (good.min(axis=2) > 250).mean()


@pytest.mark.parametrize("seed", range(4))
def test_a_cut_off_paper_has_a_corner_outside_the_picture(seed: int, card: Specimen) -> None:
    corners = spoil(card, "cut_off", seed, "webcam").outline.corners
    outside = [(x, y) for x, y in corners if not (0 <= x <= 1 and 0 <= y <= 1)]
    assert outside


def test_a_paper_too_far_away_is_caught_below_a_hundred_dots_an_inch(card: Specimen) -> None:
    taken = spoil(card, "too_far", 2, "webcam")
    assert 50 < dpi_on(taken.where, (card.width, card.height)) < 100


def test_the_wrong_side_and_the_wrong_paper_are_what_lies_there(card: Specimen) -> None:
    back, other = spoil(card, "wrong_side", 2, "webcam"), spoil(card, "not_this_paper", 2, "webcam")
    assert back.specimen.side == "back"
    assert _likeness(back) > 0.7
    labels = {word.text.upper() for word in other.specimen.words}
    assert not {"KECAMATAN", "KEWARGANEGARAAN"} & labels
    assert other.code == "not_this_paper"


def test_an_overlapped_paper_is_partly_covered_by_another(card: Specimen) -> None:
    seen = _laid_back(spoil(card, "overlapping", 2, "webcam")).astype(np.int16)
    changed = np.abs(seen - card.pixels).max(axis=2) > 90
    assert 0.02 < changed.mean() < 0.6


def test_papers_on_one_glass_lie_apart_and_inside() -> None:
    cards = [make("ktp", 1), make("passport", 2), make("ktp", 3)]
    swept = bed(cards, 5)
    shapes = []
    for outline in swept.outlines:
        assert all(0 < x < 1 and 0 < y < 1 for x, y in outline.corners)
        shape = np.zeros((400, 300), np.uint8)
        points = np.array([(x * 300, y * 400) for x, y in outline.corners], np.int32)
        shapes.append(cv2.fillConvexPoly(shape, points, 1))
    assert np.max(np.sum(shapes, axis=0)) == 1
    assert [one.seed for one in swept.specimens] == [1, 2, 3]


def test_a_glass_that_is_full_says_so() -> None:
    with pytest.raises(ValueError, match="no room"):
        bed([make("passport", seed) for seed in range(6)], 1)


def test_the_real_pages_are_there_upright_and_with_what_is_known() -> None:
    for page in REAL_PAGES:
        assert page.pixels().ndim == 3, page.file_name
    upright = REAL_PAGES[-1].pixels()
    assert upright.shape[0] > upright.shape[1], "the phone's orientation is obeyed"
    assert "quick brown dog" in REAL_PAGES[0].text


def _laid_back(taken: Capture) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    size = taken.specimen.width, taken.specimen.height
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(taken.pixels, taken.where, size, flags=flags).astype(np.uint8)


def _likeness(taken: Capture) -> float:
    """Return the correlation of the paper with what was seen of it, finer than a letter."""
    grays = [
        cv2.GaussianBlur(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), (0, 0), 3).astype(np.float32)
        for one in (_laid_back(taken), taken.specimen.pixels)
    ]
    inside = (slice(40, -40), slice(40, -40))
    return float(np.corrcoef(grays[0][inside].ravel(), grays[1][inside].ravel())[0, 1])


def _edges(taken: Capture) -> float:
    gray = cv2.cvtColor(_laid_back(taken), cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(gray, cv2.CV_32F).var())


def _area(outline: Outline) -> float:
    points = outline.corners
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2
