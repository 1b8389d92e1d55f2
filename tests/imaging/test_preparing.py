"""Preparation: what was captured comes out as pages, straight, whole, upright and evenly lit."""

from __future__ import annotations

import itertools
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.catalogue import Look
from app.domain.judgement import Outline
from app.imaging.pixels import Pixels, PreparedPixels
from app.imaging.preparing.prepare import prepare
from app.imaging.preparing.straightening import straightened
from bench.corners import overlap
from tests.specimens import Capture, How, Kind, bed, capture, make
from tests.specimens.real import MAGAZINE, PATENT, PHOTOTEST, RealPage

_CARD = Look(shape="card")
_A4 = Look(shape="a4")


@cache
def _taken(kind: Kind, how: How, seed: int = 3) -> Capture:
    return capture(make(kind, seed), how, seed)


@cache
def _page(kind: Kind, how: How, seed: int = 3) -> PreparedPixels:
    taken = _taken(kind, how, seed)
    (page,) = prepare(taken.pixels, taken.specimen.look, taken.dpi)
    return page


_CAPTURES: tuple[tuple[Kind, How], ...] = (
    ("ktp", "phone"),
    ("ktp", "scan_bed"),
    ("passport", "scan_bed"),
    ("passport", "webcam"),
    ("letter", "hard"),
    ("birth_deed", "scan_good"),
)


@pytest.mark.parametrize(("kind", "how"), _CAPTURES)
def test_a_paper_is_found_to_its_edge_and_its_own_top_left_is_known(kind: Kind, how: How) -> None:
    page, taken = _page(kind, how), _taken(kind, how)
    assert overlap(page.outline, taken.outline) > 0.97
    assert np.allclose(page.outline.corners, taken.outline.corners, atol=0.03)
    assert page.confidence >= 0.45
    assert page.is_flat is how.startswith("scan")


@pytest.mark.parametrize(("kind", "how"), _CAPTURES)
def test_a_page_looks_like_the_paper_that_was_printed(kind: Kind, how: How) -> None:
    page, specimen = _page(kind, how).pixels, _taken(kind, how).specimen
    height, width = 240, round(240 * specimen.width / specimen.height)
    assert abs(page.shape[1] / page.shape[0] / (specimen.width / specimen.height) - 1) < 0.02
    seen, printed = (
        cv2.cvtColor(cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA), 7).ravel()
        for p in (page, specimen.pixels)
    )
    assert np.corrcoef(seen, printed)[0, 1] > (0.6 if how == "hard" else 0.85)


def test_a_page_is_never_finer_than_it_was_taken_nor_than_300_dpi() -> None:
    near, far = _page("ktp", "phone"), _page("letter", "far")
    assert near.dpi == 300
    assert near.pixels.shape[1] == pytest.approx(85.6 / 25.4 * 300, abs=3)
    assert 60 < far.dpi < 150
    assert far.pixels.shape[0] < max(_taken("letter", "far").pixels.shape)


def test_a_scan_at_600_dpi_is_kept_at_300() -> None:
    taken = _taken("ktp", "scan_good")
    fine = np.asarray(cv2.resize(taken.pixels, None, fx=2, fy=2), np.uint8)
    (page,) = prepare(fine, taken.specimen.look, 600.0)
    assert page.dpi == 300
    assert page.pixels.shape[1] == pytest.approx(85.6 / 25.4 * 300, rel=0.02)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_page_lies_upright_whichever_way_it_was_taken(turns: int) -> None:
    taken = _taken("letter", "webcam")
    turned = np.ascontiguousarray(np.rot90(taken.pixels, turns))
    (page,) = prepare(turned, taken.specimen.look, None)
    height, width = 200, 141
    seen, printed = (
        cv2.cvtColor(cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA), 7).ravel()
        for p in (page.pixels, taken.specimen.pixels)
    )
    assert np.corrcoef(seen, printed)[0, 1] > 0.8


@pytest.mark.parametrize("lean", [-2.3, 0.7, 3.1])
def test_a_scan_that_fills_the_glass_is_set_level_to_a_tenth_of_a_degree(lean: float) -> None:
    (page,) = prepare(_leaning(_lines_of_text(), lean), Look(), 150.0)
    assert abs(_lean_of(page.pixels)) < 0.12
    assert page.is_flat


def test_a_drawn_page_passes_through_untouched() -> None:
    drawn = _lines_of_text()
    (page,) = prepare(drawn, Look(), 150.0)
    assert np.array_equal(page.pixels, drawn)
    assert page.outline.corners == ((0, 0), (1, 0), (1, 1), (0, 1))


def test_several_papers_on_one_glass_come_apart_in_reading_order() -> None:
    laid = bed([make("ktp", 5), make("passport", 5), make("ktp", 6)], 4)
    pages = prepare(laid.pixels, Look(), laid.dpi, is_several=True)
    assert len(pages) == 3
    for true in laid.outlines:
        assert max(overlap(page.outline, true) for page in pages) > 0.95
    rows = [int(4 * np.mean([y for _, y in page.outline.corners])) for page in pages]
    assert rows == sorted(rows)


def test_one_paper_scanned_as_several_is_one_page() -> None:
    taken = _taken("ktp", "scan_bed")
    (page,) = prepare(taken.pixels, taken.specimen.look, taken.dpi, is_several=True)
    assert overlap(page.outline, taken.outline) > 0.97


def test_corners_that_a_person_set_are_used_as_they_are() -> None:
    taken = _taken("ktp", "phone")
    x, y = np.array(taken.outline.corners).mean(axis=0)
    mine = Outline(((x - 0.1, y - 0.1), (x + 0.1, y - 0.1), (x + 0.1, y + 0.1), (x - 0.1, y + 0.1)))
    (page,) = prepare(taken.pixels, _CARD, None, outline=mine)
    assert {tuple(np.round(c, 4)) for c in page.outline.corners} == {
        tuple(np.round(c, 4)) for c in mine.corners
    }
    assert page.confidence == 1.0


def test_shadow_goes_and_the_colours_of_stamp_and_ink_stay() -> None:
    page, light = _shaded_page()
    (made,) = prepare((page * light).astype(np.uint8), Look(), None, outline=_WHOLE)
    paper = made.pixels[20:-20:8, 20:-20:8].astype(int)
    bright = paper[paper.sum(axis=2) > 480]
    assert np.percentile(bright, 95) - np.percentile(bright, 5) < 22
    red, blue = made.pixels[300, 200].astype(int), made.pixels[620, 420].astype(int)
    assert red[0] > red[1] + 90
    assert red[0] > red[2] + 90
    assert blue[2] > blue[0] + 80


def test_a_photo_on_a_page_keeps_its_dark_and_its_light() -> None:
    page, _ = _shaded_page()
    page[400:700, 100:330] = (90, 84, 80)
    page[450:600, 150:280] = (190, 150, 130)
    # Grey cloth has the colour of paper in shadow.
    page[600:690, 130:300] = 140
    (made,) = prepare(page.astype(np.uint8), Look(), None, outline=_WHOLE)
    dark, face = made.pixels[420, 200].astype(int), made.pixels[520, 210].astype(int)
    cloth = made.pixels[650, 210]
    assert dark.max() < 115
    assert cloth.max() < 175
    assert face[0] < 215
    assert face[0] - face[2] > 35


def test_a_printed_frame_is_not_taken_for_the_papers_edge() -> None:
    table = np.full((900, 1200, 3), (206, 200, 192), np.uint8)
    cv2.rectangle(table, (200, 100), (1000, 666), (236, 236, 230), -1)
    cv2.rectangle(table, (240, 140), (960, 626), (40, 40, 44), 6)
    cv2.rectangle(table, (246, 146), (954, 620), (150, 170, 150), -1)
    (page,) = prepare(table, Look(), None)
    true = Outline(((1 / 6, 1 / 9), (5 / 6, 1 / 9), (5 / 6, 666 / 900), (1 / 6, 666 / 900)))
    assert overlap(page.outline, true) > 0.98


def test_a_card_printed_on_a_page_is_no_reason_to_throw_the_page_away() -> None:
    page = _lines_of_text()
    cv2.rectangle(page, (300, 1200), (806, 1519), (150, 190, 220), -1)
    (made,) = prepare(page, _A4, 150.0)
    assert min(made.pixels.shape[:2]) > 1200


@pytest.mark.parametrize("real", [PHOTOTEST, MAGAZINE, PATENT], ids=lambda real: real.file_name)
def test_real_scans_keep_their_print(real: RealPage) -> None:
    pixels = real.pixels()
    (made,) = prepare(pixels, Look(), real.dpi)
    assert made.is_flat
    assert made.confidence >= 0.45
    assert made.pixels.size > 0.75 * pixels.size


_SIZES = ((1, 1), (1, 900), (700, 2), (31, 31), (40, 2600))
_FILLS = (0, 128, 255)


@pytest.mark.parametrize(("size", "fill"), [*itertools.product(_SIZES, _FILLS)])
@pytest.mark.parametrize("dpi", [None, 300.0, 0.0, float("nan"), 1e9])
def test_pictures_of_nothing_give_one_page_and_no_error(
    size: tuple[int, int], fill: int, dpi: float | None
) -> None:
    empty = np.full((*size, 3), fill, np.uint8)
    for look in (Look(), _CARD):
        for is_several in (False, True):
            (page,) = prepare(empty, look, dpi, is_several=is_several)
            assert page.pixels.size > 0
            assert page.pixels.shape[2] == 3


_INF = float("inf")
_SENSELESS = (
    ((0, 0), (0, 0), (0, 0), (0, 0)),
    ((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)),
    ((0.5, 0.5), (0.500001, 0.5), (0.500001, 0.500001), (0.5, 0.500001)),
    ((0.1, 0.1), (0.1, 0.9), (0.9, 0.9), (0.9, 0.1)),
    ((5.0, 5.0), (6.0, 5.0), (6.0, 6.0), (5.0, 6.0)),
    ((-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)),
    ((0, 0), (float("nan"), 0), (1, 1), (0, 1)),
    ((0, 0), (_INF, 0), (1, 1), (0, 1)),
    ((0.1, 0.1), (0.9, 0.1), (0.11, 0.11), (0.1, 0.9)),
)


@pytest.mark.parametrize("corners", _SENSELESS)
def test_senseless_corners_are_not_followed(
    corners: tuple[
        tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]
    ],
) -> None:
    taken = np.full((300, 400, 3), 90, np.uint8)
    cv2.rectangle(taken, (60, 50), (340, 250), (230, 230, 230), -1)
    for look, dpi in ((Look(), None), (_CARD, 300.0)):
        (page,) = prepare(taken, look, dpi, outline=Outline(corners))
        assert page.pixels.shape[0] <= 600
        assert page.pixels.shape[1] <= 800


def test_fifty_megapixels_are_prepared_without_a_copy_of_them_all() -> None:
    large = np.full((7000, 7100, 3), (60, 45, 30), np.uint8)
    cv2.rectangle(large, (900, 700), (6100, 4380), (225, 228, 230), -1)
    (page,) = prepare(large, Look(shape="passport"), None)
    assert page.pixels.shape[1] == pytest.approx(125 / 25.4 * 300, abs=3)
    assert overlap(page.outline, _box(900 / 7100, 700 / 7000, 6100 / 7100, 4380 / 7000)) > 0.99


_WHOLE = Outline(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))


def _box(left: float, top: float, right: float, bottom: float) -> Outline:
    return Outline(((left, top), (right, top), (right, bottom), (left, bottom)))


def _lines_of_text() -> Pixels:
    """Draw an A4 page at 150 dpi."""
    page = np.full((1754, 1240, 3), 255, np.uint8)
    for row in range(36):
        text = "Dengan ini menerangkan bahwa yang tersebut di bawah"[: 34 + 7 * row % 17]
        cv2.putText(page, text, (120, 160 + 40 * row), 0, 0.85, (20, 20, 20), 2, cv2.LINE_AA)
    return page


def _leaning(page: Pixels, degrees: float) -> Pixels:
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    leaning = cv2.warpAffine(page, turn, (width, height), borderValue=(255, 255, 255))
    return np.asarray(leaning, np.uint8)


def _lean_of(page: Pixels) -> float:
    """Measure the lean of lines of text by another way: each line's own lowest points."""
    dark = (page[..., 0] < 128).astype(np.uint8)
    joined = cv2.dilate(dark, np.ones((3, 41), np.uint8))
    count, labels = cv2.connectedComponents(joined)
    leans = []
    for label in range(1, count):
        ys, xs = np.nonzero((labels == label) & (dark > 0))
        if len(xs) > 1500 and np.ptp(xs) > 500:
            leans.append(np.degrees(np.arctan(np.polyfit(xs, ys, 1)[0])))
    return float(np.median(leans))


def _shaded_page() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw a page with a red stamp and blue ink, and a hand's shadow over half of it."""
    page = np.full((1000, 720, 3), 225, np.uint8)
    for row in range(18):
        cv2.putText(page, "Dikeluarkan di Tarempa", (60, 60 + 50 * row), 0, 0.8, (30,) * 3, 2)
    cv2.circle(page, (200, 300), 60, (200, 40, 50), -1)
    cv2.line(page, (380, 620), (600, 620), (40, 50, 190), 9)
    across = np.linspace(-6, 6, 720)
    light = 1 - 0.45 / (1 + np.exp(-across))
    return page.astype(np.float64), np.broadcast_to(light[None, :, None], page.shape).copy()


@pytest.mark.parametrize("finer", [1.7, 2.0, 3.4])
def test_a_page_taken_much_finer_than_it_is_kept_stays_where_it_lies(finer: float) -> None:
    wide, high, dots = 301, 199, ((40.5, 30.5), (250.5, 170.5))
    taken = np.full((round(high * finer) + 61, round(wide * finer) + 73, 3), 235, np.uint8)
    for x, y in dots:
        left, top = round(33 + (x - 3) * finer), round(27 + (y - 3) * finer)
        taken[top : round(27 + (y + 3) * finer), left : round(33 + (x + 3) * finer)] = 20
    outside = np.array(((0, 0), (wide, 0), (wide, high), (0, high)))
    page = straightened(taken, outside * finer + (33.0, 27.0), wide, high)
    for x, y in dots:
        part = 255.0 - page[round(y) - 9 : round(y) + 9, round(x) - 9 : round(x) + 9, 0]
        weight = np.maximum(part - 60, 0)
        down, right = np.mgrid[0:18, 0:18] + 0.5
        assert np.average(right, weights=weight) + round(x) - 9 == pytest.approx(x, abs=0.3)
        assert np.average(down, weights=weight) + round(y) - 9 == pytest.approx(y, abs=0.3)
