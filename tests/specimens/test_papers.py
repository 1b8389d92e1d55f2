"""The printed truth of the specimens is true."""

from __future__ import annotations

import re
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from tests.specimens import KINDS, Kind, Specimen, make, make_back
from tests.specimens.counting import in_words
from tests.specimens.fonts import FontMissing, font_path
from tests.specimens.passport import check_digit


@pytest.fixture(scope="module", params=KINDS)
def specimen(request: pytest.FixtureRequest) -> Specimen:
    kind: Kind = request.param
    return make(kind, 7)


def test_the_same_seed_prints_the_same_paper_and_another_seed_another_person() -> None:
    first, again, other = make("ktp", 3), make("ktp", 3), make("ktp", 4)
    assert np.array_equal(first.pixels, again.pixels)
    assert first.words == again.words
    assert first.fields["nik"] != other.fields["nik"]


def test_every_paper_says_that_it_is_a_specimen_on_both_sides(specimen: Specimen) -> None:
    assert any("SPESIMEN" in word.text for word in specimen.words)
    assert any("SPESIMEN" in word.text for word in make_back("ktp", 1).words)


def test_every_number_of_a_person_carries_the_province_that_does_not_exist(
    specimen: Specimen,
) -> None:
    numbers = [word.text for word in specimen.words if re.fullmatch(r"\d{16}", word.text)]
    assert all(number.startswith("99") for number in numbers)
    assert numbers or specimen.kind == "passport"


def test_each_field_is_made_of_the_words_printed_in_its_box(specimen: Specimen) -> None:
    for name, box in specimen.field_boxes.items():
        inside = [word.text for word in specimen.words if _holds(box, word.box)]
        assert specimen.fields[name].replace(" ", "") in "".join(inside).replace(",", ""), name


def test_each_word_has_ink_in_its_box_and_none_on_its_border(specimen: Specimen) -> None:
    for text, box in specimen.words:
        crop = box.crop(specimen.pixels).min(axis=2)
        assert crop.min() < 150, text
        assert 0 <= box.left < box.right <= specimen.width, text
        assert 0 <= box.top < box.bottom <= specimen.height, text


@pytest.mark.parametrize(("kind", "seed"), [("ktp", 37), ("ktp", 46), ("passport", 3)])
def test_no_word_runs_into_another_or_into_the_face(kind: Kind, seed: int) -> None:
    paper = make(kind, seed)
    for first, second in combinations(paper.words, 2):
        assert not first.box.meets(second.box), (first.text, second.text)
    assert paper.face is not None
    assert not [word.text for word in paper.words if word.box.meets(paper.face)]


def test_what_the_catalogue_expects_to_be_printed_is_printed(specimen: Specimen) -> None:
    printed = _squeezed(" ".join(word.text for word in specimen.words))
    for label in specimen.look.labels + specimen.look.shared_labels:
        assert _squeezed(label) in printed, label
    assert specimen.look.labels


def test_what_the_catalogue_expects_on_the_back_is_there_and_not_on_the_front() -> None:
    front, back = make("ktp", 1), make_back("ktp", 1)
    for label in front.look.back_labels:
        assert _squeezed(label) in _squeezed(" ".join(word.text for word in back.words))
        assert _squeezed(label) not in _squeezed(" ".join(word.text for word in front.words))
    assert front.look.back_labels


def test_the_card_number_tells_birth_date_and_sex() -> None:
    for seed in range(12):
        fields = make("ktp", seed).fields
        day, month, year = fields["birth_date"].split("-")
        counted = int(day) + (40 if fields["sex"] == "PEREMPUAN" else 0)
        assert fields["nik"][6:12] == f"{counted:02}{month}{year[2:]}"


def test_check_digits_agree_with_the_example_of_the_passport_standard() -> None:
    assert check_digit("L898902C3") == "6"
    assert check_digit("740812") == "2"
    assert check_digit("L898902C36" + "7408122" + "1204159ZE184226B<<<<<1") == "0"


def test_the_machine_read_lines_say_what_the_passport_says() -> None:
    fields = make("passport", 11).fields
    first, second = fields["mrz_line1"], fields["mrz_line2"]
    assert len(first) == len(second) == 44
    assert first.startswith(f"P<IDN{fields['surname']}<<")
    assert second[:8] == fields["number"]
    assert second[9] == check_digit(second[:9])
    assert second[43] == check_digit(second[:10] + second[13:20] + second[21:43])


@pytest.mark.parametrize("kind", ["family_card", "birth_deed"])
def test_the_qr_code_reads_as_noted_and_lies_where_noted(kind: Kind) -> None:
    paper = make(kind, 5)
    (code,) = paper.codes
    (read,) = zxingcpp.read_barcodes(code.box.crop(paper.pixels))
    assert read.text == code.text
    covered = paper.pixels.copy()
    code.box.crop(covered)[:] = 255
    assert zxingcpp.read_barcodes(covered) == []


def test_a_face_is_on_card_and_passport_and_on_nothing_else(specimen: Specimen) -> None:
    assert (specimen.face is not None) == (specimen.kind in ("ktp", "passport"))
    if specimen.face is not None:
        face = specimen.face.crop(specimen.pixels)
        assert face.std() > 30


def test_the_deed_spells_its_numbers() -> None:
    assert in_words(1999) == "seribu sembilan ratus sembilan puluh sembilan"
    assert in_words(2011) == "dua ribu sebelas"
    assert in_words(10) == "sepuluh"
    assert in_words(date(2000, 2, 17).day) == "tujuh belas"


def test_a_font_that_is_not_installed_is_named_with_the_package_that_brings_it(
    tmp_path: Path,
) -> None:
    with pytest.raises(FontMissing, match="fonts-liberation"):
        font_path("sans", tmp_path)


def _holds(outer: tuple[int, int, int, int], inner: tuple[int, int, int, int]) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[2] <= outer[2]
        and inner[3] <= outer[3]
    )


def _squeezed(text: str) -> str:
    return re.sub(r"[^A-Z]", "", text.upper())
