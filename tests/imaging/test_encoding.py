"""Pages in their travelling form: small, legible by measure, and still the same paper."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import segno
import zxingcpp
from PIL import Image

from app.domain.judgement import Outline
from app.imaging.encoding.document import pack, unpack
from app.imaging.encoding.encode import LEGIBLE, encode
from app.imaging.encoding.layers import Rung, layered
from app.imaging.encoding.legibility import kept, similarity
from app.imaging.encoding.mask import MOST_MASK_PIXELS
from app.imaging.encoding.page import MOST_SIDE, from_bytes
from app.imaging.pixels import Gray, Pixels, PreparedPixels
from app.imaging.requests import EncodedPage
from tests import specimens
from tests.specimens import Specimen, make

_WHOLE = Outline(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
_PORTRAIT = Path(specimens.__file__).parent / "material" / "portrait.jpg"
_PAPER = (246, 244, 236)


def _prepared(pixels: Pixels, dpi: float = 300.0) -> PreparedPixels:
    return PreparedPixels(pixels, dpi, _WHOLE, 1.0, True)


def _drawn(encoded: EncodedPage) -> Pixels:
    return unpack(pack([(encoded.content, 0)]))[0]


def _gray(pixels: Pixels) -> Gray:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8)


def _sheet(height: int = 900, width: int = 1200) -> Pixels:
    """Draw a sheet with some lines of writing, with the grain of a scanner."""
    page = np.full((height, width, 3), _PAPER, np.uint8)
    for row in range(5):
        text = f"SURAT KETERANGAN No. 47{row}/2026"
        at = (60, 90 + 60 * row)
        cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1.1, (25, 25, 30), 3, cv2.LINE_AA)
    grain = np.random.default_rng(1).normal(0, 2, page.shape)
    return np.clip(page + grain, 0, 255).astype(np.uint8)


@cache
def _card() -> tuple[Specimen, EncodedPage, Pixels]:
    specimen = make("ktp", 41)
    encoded = encode(_prepared(specimen.pixels))
    return specimen, encoded, _drawn(encoded)


def test_a_card_travels_in_layers_of_a_few_kilobytes() -> None:
    specimen, encoded, drawn = _card()
    assert encoded.form == "layers"
    assert len(encoded.content) < 8 * 1024
    assert (encoded.height, encoded.width) == specimen.pixels.shape[:2] == drawn.shape[:2]
    assert encoded.dpi == 300.0


def test_the_face_on_a_card_stays_like_itself() -> None:
    specimen, _, drawn = _card()
    assert specimen.face is not None
    faces = []
    for pixels in (specimen.pixels, drawn):
        face = specimen.face.crop(pixels)
        size = (face.shape[1] // 2, face.shape[0] // 2)
        faces.append(_gray(cv2.resize(face, size, interpolation=cv2.INTER_AREA).astype(np.uint8)))
    assert similarity(faces[0], faces[1]) >= 0.95


def test_the_writing_on_a_card_stays_legible_by_the_measure_it_travels_with() -> None:
    specimen, encoded, drawn = _card()
    measured = kept(_gray(specimen.pixels), _gray(drawn), 300).legibility()
    assert encoded.legibility >= LEGIBLE
    assert abs(measured - encoded.legibility) < 0.02


def test_the_same_page_gives_the_same_bytes() -> None:
    pixels = _sheet()
    first, second = (encode(_prepared(pixels.copy())) for _ in range(2))
    assert first == second


def test_a_stamp_over_black_writing_stays_blue_and_the_writing_black() -> None:
    page = _sheet()
    cv2.circle(page, (850, 600), 130, (40, 50, 170), 9, cv2.LINE_AA)
    cv2.putText(
        page, "CAP DINAS", (760, 615), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (40, 50, 170), 3, cv2.LINE_AA
    )
    drawn = _drawn(encode(_prepared(page)))
    ring = np.zeros(page.shape[:2], np.uint8)
    cv2.circle(ring, (850, 600), 130, 1, 3)
    red, _, blue = drawn[ring > 0].mean(0)
    assert blue > red + 70
    writing = (_gray(page) < 60) & (ring == 0)
    writing[420:] = False
    red, _, blue = drawn[writing].mean(0)
    assert abs(blue - red) < 25
    assert blue < 90


def test_a_qr_code_can_still_be_read() -> None:
    page = _sheet()
    text = "https://spesimen.contoh/akta/9907-LT-18062020-0785?kunci=7f3a9c52e1"
    rows = np.array([list(row) for row in segno.make(text, error="m").matrix], np.uint8)
    code = np.kron(np.pad(1 - rows, 2, constant_values=1), np.ones((6, 6), np.uint8)) * 255
    height, width = code.shape
    page[430 : 430 + height, 80 : 80 + width] = code[:, :, None]
    drawn = _drawn(encode(_prepared(page)))
    assert [found.text for found in zxingcpp.read_barcodes(drawn)] == [text]


def test_faint_writing_beside_bold_writing_does_not_vanish() -> None:
    page = _sheet()
    at = (60, 500)
    cv2.putText(
        page, "nomor 0812 0000 9921", at, cv2.FONT_HERSHEY_SIMPLEX, 1.0, (185, 180, 175), 2,
        cv2.LINE_AA,
    )  # fmt: skip
    encoded = encode(_prepared(page))
    before, after = (_gray(one)[460:520, 50:450] for one in (page, _drawn(encoded)))
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.9


def test_a_photograph_without_writing_travels_as_one_picture() -> None:
    with Image.open(_PORTRAIT) as portrait:
        photo = np.asarray(portrait.convert("RGB").resize((413, 531)))
    encoded = encode(_prepared(photo))
    assert encoded.form == "avif"
    assert len(encoded.content) < 16 * 1024
    before, after = (
        _gray(cv2.resize(one, (206, 265), interpolation=cv2.INTER_AREA).astype(np.uint8))
        for one in (photo, _drawn(encoded))
    )
    assert similarity(before, after) > 0.945


def test_pages_of_odd_sizes_and_resolutions_come_back_at_their_size() -> None:
    for height, width, dpi in ((1, 1, 300.0), (3, 700, 96.0), (257, 131, 150.0), (64, 64, 72.0)):
        chance = np.random.default_rng(height)
        pixels = chance.integers(0, 256, (height, width, 3)).astype(np.uint8)
        assert _drawn(encode(_prepared(pixels, dpi))).shape == pixels.shape


def test_noise_travels_as_a_picture_at_once_instead_of_as_a_million_letters() -> None:
    chance = np.random.default_rng(3)
    noisy = chance.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    speckled = _sheet(600, 800)
    speckled[chance.random(speckled.shape[:2]) < 0.1] = 0
    for pixels in (noisy, speckled):
        encoded = encode(_prepared(pixels))
        assert encoded.form == "avif"
        assert _drawn(encoded).shape == pixels.shape


def test_a_sheet_too_large_for_a_mask_travels_as_a_picture_that_can_be_drawn() -> None:
    large = np.full((4000, 3001, 3), _PAPER, np.uint8)
    cv2.putText(large, "BESAR", (300, 2000), cv2.FONT_HERSHEY_SIMPLEX, 20, (0, 0, 0), 40)
    encoded = encode(_prepared(large, 800.0))
    assert encoded.form == "avif"
    assert _drawn(encoded).shape == large.shape


def _lens(pixels: Pixels) -> Pixels:
    """Soften a drawing as every lens does."""
    return cv2.GaussianBlur(pixels, (0, 0), 0.8).astype(np.uint8)


def _small_type() -> PreparedPixels:
    shrunk = cv2.resize(_sheet(450), (420, 158), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return _prepared(_lens(shrunk), 105.0)


def test_thin_strokes_come_out_as_black_as_they_went_in() -> None:
    page = np.full((300, 900, 3), _PAPER, np.uint8)
    for row in range(3):
        at = (40, 70 + 70 * row)
        cv2.putText(
            page, "Jl. Hang Tuah No. 4", at, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (40, 38, 36), 1,
            cv2.LINE_AA,
        )  # fmt: skip
    before = _lens(page)
    after = _drawn(encode(_prepared(before)))
    paper = int(_gray(page).max())
    black, drawn = (float((paper - _gray(one).astype(np.int32)).sum()) for one in (before, after))
    assert 0.96 < drawn / black < 1.04


def test_only_small_type_gets_a_mask_finer_than_its_page() -> None:
    plain, fine = (
        from_bytes(encode(one).content) for one in (_prepared(_sheet(450)), _small_type())
    )
    assert (plain.mask_width, plain.mask_height) == (plain.width, plain.height)
    assert (fine.mask_width, fine.mask_height) == (560, 211)


def test_a_finer_mask_keeps_more_of_small_type() -> None:
    page = _small_type()
    coarse, fine = (
        layered(page, _gray(page.pixels), (), Rung(0.22, 30, fineness)).kept.legibility()
        for fineness in (1.0, 4 / 3)
    )
    assert fine > coarse + 0.004


def test_no_mask_is_finer_than_a_reader_takes() -> None:
    for height, width in ((3000, 3050), (8, 60_000)):
        page = np.full((height, width, 3), _PAPER, np.uint8)
        made = layered(_prepared(page), _gray(page), (), Rung(0.22, 30, 4 / 3))
        assert made.mask.size <= MOST_MASK_PIXELS
        assert max(made.mask.shape) <= MOST_SIDE
