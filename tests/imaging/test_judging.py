"""Each thing that can be wrong with a page is found, at its place; good pages pass."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from app.domain.catalogue import Look
from app.domain.judgement import Light, Outline, PageFinding, Place, Verdict
from app.imaging.judging.fading import faded
from app.imaging.judging.judge import judge
from app.imaging.judging.light import measure
from app.imaging.judging.overlapping import second_paper
from app.imaging.judging.writing import find_writing
from app.imaging.ocr.boxes import TextBox
from app.imaging.ocr.engine import Ocr
from app.imaging.pixels import Pixels, PreparedPixels
from app.imaging.preparing.prepare import prepare
from app.resources import load_catalogue
from tests.specimens import Kind, make, make_back, optics
from tests.specimens.real import FRAGMENT

WHOLE = Outline(((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)))
TYPES: dict[Kind, str] = {
    "ktp": "ktp",
    "passport": "old_passport",
    "birth_deed": "birth_certificate",
    "family_card": "kk",
    "letter": "authority_letter",
}


@pytest.fixture(scope="module")
def ocr() -> Ocr:
    engine = Ocr.available()
    assert engine is not None
    return engine


def look_of(kind: Kind) -> Look:
    return load_catalogue().document_type(TYPES[kind]).look


def page_of(pixels: Pixels, dpi: float = 300.0) -> PreparedPixels:
    """Return a page as it comes out of preparation when nothing has to be done to it."""
    return PreparedPixels(pixels, dpi, WHOLE, 1.0, is_flat=False, light=measure(pixels))


def codes(verdict: Verdict) -> list[str]:
    return [finding.code for finding in verdict.findings]


def touches(place: Place | None, x: float, y: float) -> bool:
    return (
        place is not None
        and place.left <= x <= place.left + place.width
        and place.top <= y <= place.top + place.height
    )


@pytest.fixture(scope="module")
def card() -> Pixels:
    return make("ktp", 41).pixels


@pytest.mark.parametrize("kind", list(TYPES))
def test_a_good_page_of_each_kind_passes(kind: Kind, ocr: Ocr) -> None:
    verdict = judge(page_of(make(kind, 41).pixels), look_of(kind), ocr)

    assert verdict.is_good, verdict


@pytest.mark.parametrize("is_shaken", [False, True], ids=["out of focus", "shaken"])
def test_a_blurred_page_is_found_with_and_without_the_engine(
    card: Pixels, ocr: Ocr, is_shaken: bool
) -> None:
    soft = optics.shaken(card, 24.0, 30.0) if is_shaken else optics.softened(card, 5.0)
    page = page_of(soft)

    assert codes(judge(page, look_of("ktp"), ocr)) == ["blurred"]
    assert codes(judge(page, look_of("ktp"), None)) == ["blurred"] or is_shaken


def test_words_guessed_through_a_blur_and_its_noise_are_blurred(card: Pixels, ocr: Ocr) -> None:
    noisy = optics.noisy(optics.softened(card, 5.0), 2.0, np.random.default_rng(1))

    assert codes(judge(page_of(noisy), look_of("ktp"), ocr)) == ["blurred"]


def test_paper_in_the_dark_is_too_dark_though_it_was_evened_out(card: Pixels, ocr: Ocr) -> None:
    dark = (card * 0.25).astype(np.uint8)
    page = replace(page_of(card), light=measure(dark))

    assert codes(judge(page, look_of("ktp"), ocr)) == ["too_dark"]


def test_a_burnt_spot_is_glare_where_it_lies(card: Pixels, ocr: Ocr) -> None:
    height, width = card.shape[:2]
    burnt = optics.glared(card, (width * 0.35, height * 0.5), (110.0, 70.0))

    glare = judge(page_of(burnt), look_of("ktp"), ocr).findings[0]

    assert glare.code == "glare"
    assert touches(glare.place, 0.35, 0.5)
    assert not touches(glare.place, 0.35, 0.9)


def test_glare_on_paper_as_white_as_the_lamp_is_told_by_lines_that_fade(ocr: Ocr) -> None:
    letter = make("letter", 41)
    white = np.maximum(letter.pixels, optics.lit(letter.pixels, np.full((2, 2), 1.2, np.float32)))
    width, height = letter.width, letter.height
    burnt = optics.glared(white, (width * 0.5, height * 0.4), (260.0, 160.0))
    page = replace(page_of(burnt), light=Light(level=1.0))

    glare = judge(page, look_of("letter"), ocr).findings[0]

    assert glare.code == "glare"
    assert glare.place is not None
    assert abs(glare.place.left + glare.place.width / 2 - 0.5) < 0.2
    assert abs(glare.place.top + glare.place.height / 2 - 0.4) < 0.1


def test_what_is_white_on_a_scan_is_paper_and_no_lamp(card: Pixels, ocr: Ocr) -> None:
    burnt = Light(level=0.9, burnt=(Place(0.1, 0.1, 0.2, 0.2),))
    scan = replace(page_of(card), is_flat=True, light=burnt)

    assert judge(scan, look_of("ktp"), ocr).is_good


def test_an_edge_outside_the_picture_is_shown_along_that_edge(card: Pixels, ocr: Ocr) -> None:
    outline = Outline(((0.1, 0.1), (1.04, 0.1), (1.03, 0.9), (0.1, 0.9)))
    page = replace(page_of(card), outline=outline)

    (cut,) = judge(page, look_of("ktp"), ocr).findings

    assert cut.code == "cut_off"
    assert touches(cut.place, 0.99, 0.5)
    assert not touches(cut.place, 0.5, 0.5)


def test_one_corner_outside_the_picture_is_shown_at_that_corner(card: Pixels, ocr: Ocr) -> None:
    outline = Outline(((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (-0.02, 0.9)))

    (cut,) = judge(replace(page_of(card), outline=outline), look_of("ktp"), ocr).findings

    assert cut.code == "cut_off"
    assert touches(cut.place, 0.05, 0.95)
    assert not touches(cut.place, 0.5, 0.95)


def test_a_scan_that_fills_its_picture_is_not_cut_off(card: Pixels, ocr: Ocr) -> None:
    edges = Outline(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    scan = replace(page_of(card), outline=edges, is_flat=True, confidence=0.3)

    assert judge(scan, look_of("ktp"), ocr).is_good


def test_a_card_of_few_pixels_was_too_far_away(card: Pixels, ocr: Ocr) -> None:
    small = cv2.resize(card, None, fx=0.27, fy=0.27, interpolation=cv2.INTER_AREA)
    page = page_of(np.asarray(small, np.uint8), dpi=81.0)

    assert "too_far" in codes(judge(page, look_of("ktp"), ocr))


def test_where_no_paper_was_found_and_nothing_can_be_read_it_was_too_far_away(ocr: Ocr) -> None:
    table = np.full((600, 800, 3), 120, np.uint8)
    page = replace(page_of(table), confidence=0.1)

    assert codes(judge(page, look_of("ktp"), ocr)) == ["too_far"]


def test_the_back_of_a_card_is_the_wrong_side(ocr: Ocr) -> None:
    verdict = judge(page_of(make_back("ktp", 41).pixels), look_of("ktp"), ocr)

    assert verdict.findings == (PageFinding("wrong_side"),)


def test_an_empty_sheet_is_the_wrong_side() -> None:
    sheet = np.full((1754, 1240, 3), 240, np.uint8)

    assert codes(judge(page_of(sheet, 150.0), look_of("letter"), None)) == ["wrong_side"]


@pytest.mark.parametrize(
    ("asked", "given"),
    [("ktp", "family_card"), ("ktp", "passport"), ("passport", "ktp"), ("family_card", "letter")],
)
def test_another_paper_than_the_one_asked_for_is_told(asked: Kind, given: Kind, ocr: Ocr) -> None:
    verdict = judge(page_of(make(given, 41).pixels), look_of(asked), ocr)

    assert verdict.findings == (PageFinding("not_this_paper"),)


def test_without_the_engine_nothing_is_said_of_the_words() -> None:
    verdict = judge(page_of(make("passport", 41).pixels), look_of("ktp"), None)

    assert verdict.is_good


def laid_over(card: Pixels, degrees: float) -> Pixels:
    """Lay another card over the lower right of one, with its shadow."""
    height, width = card.shape[:2]
    other = make("ktp", 42).pixels
    turn = cv2.getRotationMatrix2D((0.0, 0.0), degrees, 1.0)
    turn[:, 2] += (width * 0.55, height * 0.6)
    shadow = cv2.warpAffine(np.full(card.shape[:2], 90, np.uint8), turn, (width, height))
    lit = cv2.subtract(card, cv2.merge([cv2.GaussianBlur(shadow, (0, 0), 9)] * 3))
    above = cv2.warpAffine(np.full(card.shape[:2], 255, np.uint8), turn, (width, height))
    both = np.where(above[..., None] > 0, cv2.warpAffine(other, turn, (width, height)), lit)
    return both.astype(np.uint8)


@pytest.mark.parametrize("degrees", [11.0, 0.0], ids=["askew", "along"])
def test_a_second_paper_is_shown_where_it_lies(card: Pixels, ocr: Ocr, degrees: float) -> None:
    second = judge(page_of(laid_over(card, degrees)), look_of("ktp"), ocr).findings[0]

    assert second.code == "overlapping"
    assert touches(second.place, 0.9, 0.9)
    assert not touches(second.place, 0.2, 0.2)


def test_a_fold_from_edge_to_edge_is_no_second_paper() -> None:
    sheet = np.full((1754, 1240), 235, np.uint8)
    shade = 1.0 - 0.25 * np.exp(-np.arange(600) / 12.0)
    sheet[900:1500] = (sheet[900:1500] * shade[:, None]).astype(np.uint8)
    paper = sheet.copy()
    paper[:, :400] = 235

    assert second_paper(sheet) is None
    assert second_paper(paper) is not None


def test_short_lines_around_a_white_spot_tell_a_reflection_too() -> None:
    deed = make("birth_deed", 41)
    white = np.maximum(deed.pixels, optics.lit(deed.pixels, np.full((2, 2), 1.2, np.float32)))
    middle = deed.width * 0.42, deed.height * 0.5
    burnt = optics.glared(white, middle, (deed.width * 0.13, deed.width * 0.1))

    assert _fading(white) is None
    place = _fading(burnt)
    assert place is not None
    assert abs(place.top + place.height / 2 - 0.5) < 0.15


def test_one_shape_that_fades_at_both_ends_is_no_reflection() -> None:
    across = np.minimum(1.0, np.minimum(np.arange(400), np.arange(400)[::-1]) / 120.0)
    chin = np.full((400, 600), 230, np.uint8)
    chin[200:204, 100:500] = (230 - 180 * across**2).astype(np.uint8)
    box = TextBox(((100, 180), (500, 180), (500, 224), (100, 224)), 1.0)
    below = TextBox(((100, 240), (500, 240), (500, 284), (100, 284)), 1.0)
    lines = chin.copy()
    lines[240:284] = lines[180:224]

    assert faded(chin, [box]) is None
    assert faded(lines, [box, below]) is not None


def _fading(pixels: Pixels) -> Place | None:
    gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    writing = find_writing(gray, 300.0)
    return faded(gray, (*writing.runs, *writing.doubtful))


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 2), (40, 40)])
@pytest.mark.parametrize("gray", [0, 128, 255])
def test_degenerate_pictures_are_judged_without_an_error(
    shape: tuple[int, int], gray: int, ocr: Ocr
) -> None:
    pixels = np.full((*shape, 3), gray, np.uint8)

    judge(page_of(pixels), look_of("ktp"), ocr)


def test_an_outline_through_the_lines_of_a_page_that_goes_on_is_told(ocr: Ocr) -> None:
    (page,) = prepare(FRAGMENT.pixels(), Look(), None)

    assert page.confidence < 0.45
    assert "cut_off" in codes(judge(page, Look(), ocr))
