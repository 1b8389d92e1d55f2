"""The engine reads real print, finds every line once, and never leaves the machine."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from app.domain.catalogue import Look
from app.domain.judgement import Outline
from app.domain.papers.reading import read_paper
from app.imaging.ocr.boxes import TextBox, find_boxes
from app.imaging.ocr.codes import codes
from app.imaging.ocr.engine import Ocr
from app.imaging.ocr.models import Detector, models_folder
from app.imaging.ocr.reading import read_text
from app.imaging.pixels import Pixels, PreparedPixels
from tests.specimens import make

_WHOLE = Outline(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
_WORDS = ("PROVINSI", "KECAMATAN", "9901015508870003", "Tempat Lahir")


@pytest.fixture(scope="module")
def ocr() -> Ocr:
    engine = Ocr.available()
    assert engine is not None
    return engine


def sheet(texts: dict[str, tuple[int, int]], size: tuple[int, int], points: int = 30) -> Pixels:
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for text, place in texts.items():
        draw.text(place, text, "black", ImageFont.load_default(points))
    return np.asarray(picture)


def page(pixels: Pixels) -> PreparedPixels:
    return PreparedPixels(pixels, 300.0, _WHOLE, 1.0, is_flat=True)


def test_lines_are_read_from_the_top_down_with_their_places(ocr: Ocr) -> None:
    pixels = sheet({text: (40, 40 + 90 * n) for n, text in enumerate(_WORDS)}, (520, 420))
    lines = ocr.lines(pixels)
    assert tuple(line.text for line in lines) == _WORDS
    for number, line in enumerate(lines):
        assert line.score > 0.9
        top = (40 + 90 * number) / 420
        assert line.place.top - 0.03 < top < line.place.top + line.place.height
        assert 0 <= line.place.left < 40 / 520 + 0.02


def test_a_tall_page_is_read_in_strips_and_no_line_comes_twice(ocr: Ocr) -> None:
    texts = {f"BARIS {n:02}": (60, 20 + 74 * n) for n in range(18)}
    lines = ocr.lines(sheet(texts, (512, 1360)))
    assert [line.text for line in lines] == list(texts)


def test_some_boxes_may_be_read_alone_and_in_any_order(ocr: Ocr) -> None:
    pixels = sheet({text: (40, 40 + 90 * n) for n, text in enumerate(_WORDS)}, (520, 420))
    boxes = ocr.detect(pixels)
    first, last = ocr.recognise(pixels, (boxes[-1], boxes[0]))
    assert (first.text, last.text) == (_WORDS[-1], _WORDS[0])
    assert ocr.recognise(pixels, ()) == ()


def test_a_smaller_copy_shows_where_lines_stand_too(ocr: Ocr) -> None:
    pixels = sheet({text: (60, 60 + 300 * n) for n, text in enumerate(_WORDS)}, (1000, 1300), 60)
    boxes = ocr.detect(pixels, longest_px=600)
    assert [line.text for line in ocr.recognise(pixels, boxes)] == list(_WORDS)


def test_a_box_where_nothing_is_written_is_an_empty_line(ocr: Ocr) -> None:
    pixels = sheet({"KTP": (40, 40)}, (600, 420))
    nowhere = TextBox(((300.0, 300.0), (500.0, 300.0), (500.0, 340.0), (300.0, 340.0)), 1.0)
    (line,) = ocr.recognise(pixels, (nowhere,))
    assert line.text == ""
    assert ocr.lines(pixels, boxes=(nowhere,)) == ()


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1, 3), np.uint8),
        np.full((1, 900, 3), 255, np.uint8),
        np.full((900, 2, 3), 120, np.uint8),
        np.zeros((320, 320, 3), np.uint8),
        np.random.default_rng(1).integers(0, 255, (200, 330, 3), dtype=np.uint8),
    ],
)
def test_pictures_without_a_word_give_no_words(ocr: Ocr, pixels: Pixels) -> None:
    assert all(len(line.text) < 12 for line in ocr.lines(pixels, longest_px=400))


def test_a_specimen_card_is_read_to_the_letter(ocr: Ocr) -> None:
    card = make("ktp", 31)
    text = read_text(page(card.pixels), card.look, ocr)
    reading = read_paper("ktp", text.lines, text.codes)
    assert reading.is_vouched
    for name in ("nik", "name", "birth_place", "address", "rt_rw", "village", "occupation"):
        assert reading.text_of(name) == card.fields[name]


def test_a_specimen_passports_machine_lines_are_read_to_the_letter(ocr: Ocr) -> None:
    passport = make("passport", 31)
    foot = passport.pixels[-280:]
    reading = read_paper("passport", ocr.lines(foot, longest_px=foot.shape[1]))
    assert reading.is_vouched
    assert reading.text_of("mrz_line1") == passport.fields["mrz_line1"]
    assert reading.text_of("mrz_line2") == passport.fields["mrz_line2"]


def test_codes_are_read_with_and_without_an_engine() -> None:
    deed = make("birth_deed", 31)
    text = read_text(page(deed.pixels), deed.look, None)
    assert text.codes == tuple(code.text for code in deed.codes)
    assert text.lines == ()
    assert codes(np.full((40, 40, 3), 255, np.uint8)) == ()


def test_a_paper_that_nobody_reads_costs_no_reading(ocr: Ocr) -> None:
    assert read_text(page(sheet({"SURAT": (40, 40)}, (600, 420))), Look(), ocr).lines == ()


def test_a_box_around_slanted_print_reaches_as_far_as_the_print() -> None:
    likely = np.zeros((100, 200), np.float32)
    corners = np.array([[40, 30], [150, 50], [148, 62], [38, 42]], np.int32)
    cv2.fillPoly(likely, [corners], (0.9,))
    (box,) = find_boxes(likely, 2.0, 1.0)
    assert 50 < box.left < 76
    assert 300 < box.left + box.width < 330
    assert box.corners[1][1] - box.corners[0][1] > 10
    assert find_boxes(likely * 0.4, 2.0, 1.0) == []


def test_sides_that_the_detector_cannot_take_are_refused() -> None:
    folder = models_folder()
    assert folder
    with pytest.raises(ValueError, match="32"):
        Detector(folder).map_of(np.zeros((33, 64, 3), np.uint8))


def test_the_engine_loads_without_its_packages_code_and_without_a_network() -> None:
    """The package would fetch models and set loggers up; only its files are used."""
    program = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('went to the network')\n"
        "socket.socket.connect = refuse\n"
        "from app.imaging.ocr.engine import Ocr\n"
        "assert Ocr.available() is not None\n"
        "assert Ocr.available() is Ocr.available()\n"
        "assert not {'rapidocr', 'requests', 'omegaconf'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_its_models_there_is_no_engine() -> None:
    program = (
        "import sys\n"
        "sys.modules['onnxruntime'] = None\n"
        "from app.imaging.ocr.engine import Ocr\n"
        "assert Ocr.available() is None\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0
    assert "text_engine_does_not_load" in done.stderr
