"""The documents bench: its peers carry a page, its measures tell a good copy from a bad one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bench.document_measures import (
    Piece,
    by_tesseract,
    character_error,
    codes_lost,
    face_similarity,
    fields_lost,
    fields_read,
    similarity,
)
from bench.document_peers import PEERS, runs
from tests.specimens import Box, Specimen, make


@pytest.fixture(scope="module")
def card() -> Specimen:
    return make("ktp", 1)


def _as_printed(specimen: Specimen) -> tuple[Piece, ...]:
    return tuple(Piece(word.text, word.box) for word in specimen.words)


@pytest.mark.parametrize("name", [name for name in PEERS if name != "ocrmypdf_o3"])
def test_a_peer_carries_the_card_so_that_it_is_still_seen(name: str, card: Specimen) -> None:
    peer = PEERS[name]
    assert peer.missing() == ""
    content = peer.encode(card.pixels)
    opened = peer.decode(content, card.width, card.height)
    assert opened.shape == card.pixels.shape
    text = Box(30, 120, 700, 590)
    grays = [cv2.cvtColor(text.crop(one), cv2.COLOR_RGB2GRAY) for one in (opened, card.pixels)]
    first, second = (cv2.GaussianBlur(gray.astype(np.float32), (0, 0), 2) for gray in grays)
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.8


def test_a_peer_whose_program_is_not_installed_names_it(
    card: Specimen,
) -> None:
    peer = PEERS["djvu_photo"]
    absent = type(peer)("absent", peer.encode, peer.open, ("no-such-program", "sh"))
    assert absent.missing() == "no-such-program"


def test_a_mask_comes_back_from_its_runs_to_the_pixel(tmp_path: Path) -> None:
    mask = np.zeros((5, 20_000), np.uint8)
    mask[1, 100:350] = 255
    mask[2] = 255
    mask[3, 0:3] = 255
    mask[4, 17_000:] = 255
    source, coded, back = tmp_path / "a.rle", tmp_path / "a.djvu", tmp_path / "a.pbm"
    source.write_bytes(b"R4 20000 5\n" + runs(mask))
    subprocess.run(["cjb2", source, coded], check=True)
    subprocess.run(["ddjvu", "-format=pbm", coded, back], check=True)
    assert np.array_equal(np.array(Image.open(back)), mask == 0)


def test_a_perfect_reading_has_no_errors_and_all_fields(card: Specimen) -> None:
    pieces = _as_printed(card)
    assert character_error(card, pieces).wrong == 0
    assert fields_read(card, pieces) == set(card.field_boxes)


def test_the_order_in_which_an_engine_reads_changes_nothing(card: Specimen) -> None:
    assert character_error(card, _as_printed(card)[::-1]).wrong == 0


def test_words_read_as_one_line_are_compared_as_one(card: Specimen) -> None:
    address = card.field_boxes["address"]
    inside = [word for word in card.words if word.box.meets(address)]
    others = [Piece(*word) for word in card.words if word not in inside]
    line = Piece(card.fields["address"], address)
    assert character_error(card, [*others, line]).wrong == 0


def test_a_wrong_letter_and_a_missing_word_are_counted(card: Specimen) -> None:
    pieces = list(_as_printed(card))
    place = next(i for i, piece in enumerate(pieces) if piece.text == card.fields["nik"])
    pieces[place] = pieces[place]._replace(text=card.fields["nik"][:-1] + "X")
    errors = character_error(card, pieces)
    assert (errors.wrong, errors.letters) == (1, sum(len(word.text) for word in card.words))
    assert fields_lost(card, _as_printed(card), pieces) == {"nik"}
    assert character_error(card, []).share == 1


def test_what_is_read_where_nothing_is_printed_is_not_counted(card: Specimen) -> None:
    assert card.face is not None
    seen = Piece("EYES", Box(card.face.left + 40, card.face.top + 60, card.face.left + 120, 320))
    assert character_error(card, [*_as_printed(card), seen]).wrong == 0


def test_a_frame_that_is_taken_for_print_spoils_no_word_inside_it(card: Specimen) -> None:
    frame = Piece("IIIIIIIIIIIIIIII", Box(20, 100, 720, 600))
    assert character_error(card, [frame, *_as_printed(card)]).wrong == 0


def test_an_engine_that_knows_nothing_of_the_truth_reads_the_deed_where_it_says() -> None:
    deed = make("birth_deed", 4)
    smaller = cv2.resize(deed.pixels, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    pieces = by_tesseract(smaller.astype(np.uint8), deed)
    assert character_error(deed, pieces).share < 0.06
    assert {"name", "father", "mother", "birth_place"} <= fields_read(deed, pieces)


def test_similarity_is_one_for_the_same_face_and_falls_with_blur(card: Specimen) -> None:
    blurred = cv2.GaussianBlur(card.pixels, (0, 0), 2).astype(np.uint8)
    assert face_similarity(card, card.pixels, card.pixels) == pytest.approx(1)
    worse = face_similarity(card, card.pixels, blurred)
    assert worse is not None
    assert 0.3 < worse < 0.9
    assert face_similarity(make("letter", 1), card.pixels, blurred) is None


def test_similarity_agrees_with_its_definition_on_flat_pictures() -> None:
    dark = np.full((30, 30, 3), 100, np.uint8)
    light = np.full((30, 30, 3), 120, np.uint8)
    steady = (0.01 * 255) ** 2
    expected = (2 * 100 * 120 + steady) / (100**2 + 120**2 + steady)
    assert similarity(dark, light) == pytest.approx(expected, abs=1e-4)


def test_a_code_that_no_longer_reads_is_told() -> None:
    deed = make("birth_deed", 3)
    assert codes_lost(deed, deed.pixels) == frozenset()
    blurred = cv2.GaussianBlur(deed.pixels, (0, 0), 8).astype(np.uint8)
    assert codes_lost(deed, blurred) == {deed.codes[0].text}
