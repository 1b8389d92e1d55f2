"""Printed words are found in what was read; every finding has words for the person."""

from __future__ import annotations

from typing import get_args

import pytest

from app.domain.catalogue import Look
from app.domain.judgement import FindingCode
from app.imaging.judging.labels import found
from app.resources import load_catalogue, load_words


def test_labels_are_found_whatever_their_case_spaces_and_signs() -> None:
    texts = ["Tempat / Tgl Lahir : TAREMPA, 01-02-1990", "KEL/DESA"]

    assert found(("Tempat/Tgl Lahir", "Kel/Desa", "Berlaku Hingga"), texts) == (
        "Tempat/Tgl Lahir",
        "Kel/Desa",
    )


@pytest.mark.parametrize("text", ["BERLAKU HlNGGA", "BERIAKU HINGGA :"])
def test_one_misread_letter_does_not_hide_a_long_label(text: str) -> None:
    assert found(("Berlaku Hingga",), [text]) == ("Berlaku Hingga",)


def test_a_short_label_must_be_read_exactly() -> None:
    assert found(("NIK", "Nama"), ["N1K", "Nana"]) == ()


def test_a_label_is_not_found_in_part_of_itself() -> None:
    assert found(("Status Perkawinan",), ["Status"]) == ()


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_finding_has_a_title_and_says_what_to_do(language: str) -> None:
    words = load_words("id" if language == "id" else "en")

    for code in get_args(FindingCode):
        assert words(f"judgement.{code}.title")
        assert words(f"judgement.{code}.what_to_do").endswith(".")


def test_labels_of_one_paper_are_hardly_on_another() -> None:
    looks = {kind.id: kind.look for kind in load_catalogue().document_types if kind.look.labels}
    for name, look in looks.items():
        for other_name, other in looks.items():
            if other.reads != look.reads:
                every = [*other.labels, *other.shared_labels]
                assert len(found(look.labels, every)) <= 1, (name, other_name)


def test_only_the_first_page_of_a_passport_must_have_its_labels() -> None:
    look = Look(labels=("FULL NAME",), shared_labels=("SEX",), labels_on="first_page", reads="ktp")

    assert look.on_page(0) == look
    assert look.on_page(1).labels == ()
    assert look.on_page(1).shared_labels == ()
    assert look.on_page(1).reads == "ktp"


def test_each_page_of_a_card_must_have_its_labels() -> None:
    look = Look(labels=("NIK",), back_labels=("KARTU",))

    assert look.on_page(3) == look
