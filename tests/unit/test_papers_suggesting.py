from collections.abc import Mapping
from datetime import date
from functools import cache

import msgspec
import pytest

from app.domain.catalogue import Catalogue
from app.domain.catalogue_reading import CatalogueFault
from app.domain.catalogue_rules import judge
from app.domain.papers.differing import differences
from app.domain.papers.lines import PaperReading, ReadField
from app.domain.papers.reading import read_paper
from app.domain.papers.suggesting import ReadPaper, suggestions
from app.domain.regions import Regions
from app.domain.words import LANGUAGES
from app.resources import load_catalogue, load_regions, load_words
from tests.unit.paper_lines import NIK, ktp_lines, line
from tests.unit.test_papers_passport import page_lines
from tests.unit.test_papers_sheets import card_lines, deed_lines

TODAY = date(2026, 11, 21)
NEW_ADULT = "passport_new_adult"


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


@cache
def regions() -> Regions:
    return load_regions()


def ktp(score: float = 0.99, type: str = "ktp", **changes: str) -> ReadPaper:
    reading = read_paper("ktp", ktp_lines(**changes))
    fields = tuple(msgspec.structs.replace(field, score=score) for field in reading.fields)
    return ReadPaper(type, "page 1", msgspec.structs.replace(reading, fields=fields))


def suggested(
    *papers: ReadPaper, service: str = NEW_ADULT, answers: Mapping[str, str] | None = None
) -> dict[str, str]:
    found = suggestions(
        catalogue(), catalogue().service(service), answers or {}, papers, TODAY, regions()
    )
    assert len({one.field_id for one in found}) == len(found)
    return {one.field_id: one.value for one in found}


def differing(
    answers: Mapping[str, str], *papers: ReadPaper, service: str = NEW_ADULT
) -> dict[str, str]:
    found = differences(
        catalogue(), catalogue().service(service), answers, papers, TODAY, regions()
    )
    assert {(one.code, one.severity) for one in found} <= {("differs_from_paper", "warning")}
    return {one.where: one.params["read"] for one in found}


def test_a_ktp_fills_the_empty_form_of_a_first_passport() -> None:
    assert suggested(ktp()) == {
        "full_name": "SITI CONTOH",
        "nik": NIK,
        "birth_place": "TAREMPA",
        "birth_date": "1987-08-15",
        "sex": "female",
        "ktp_issued_place": "KEPULAUAN ANAMBAS",
        "ktp_issued_date": "2018-03-12",
        "ktp_valid_for_life": "yes",
        "address_village": "21.05.01.1001",
        "address_street": "JL. HANG TUAH NO. 5, RT 002/RW 001",
        "marital_status": "married",
        "occupation": "private_employee",
    }


def test_only_empty_questions_are_filled() -> None:
    answers = {"full_name": "Siti Contoh", "nik": "", "sex": "male"}
    found = suggested(ktp(), answers=answers)
    assert "full_name" not in found
    assert "sex" not in found
    assert found["nik"] == NIK


def test_a_question_that_another_suggestion_brings_up_is_filled_too() -> None:
    found = suggested(ktp(Pekerjaan="NELAYAN/PERIKANAN", Berlaku="15-08-2017"))
    assert (found["occupation"], found["occupation_other"]) == ("other", "NELAYAN/PERIKANAN")
    assert (found["ktp_valid_for_life"], found["ktp_valid_until"]) == ("no", "2017-08-15")


def test_a_number_that_its_own_check_does_not_prove_is_not_suggested() -> None:
    found = suggested(ktp(Jenis="LAKI-LAKI"))
    assert "nik" not in found
    assert found["full_name"] == "SITI CONTOH"


def test_what_was_hardly_read_is_not_suggested() -> None:
    assert suggested(ktp(score=0.6)) == {}


def test_what_the_form_would_refuse_is_not_suggested() -> None:
    assert "full_name" not in suggested(ktp(Nama="SITI 99 CONTOH"))
    assert "birth_date" not in suggested(ktp(Tempat="TAREMPA, 15-08-2087"))


def test_a_village_of_another_district_is_not_guessed() -> None:
    assert "address_village" not in suggested(ktp(Kecamatan="PALMATAK"))


def test_a_parents_card_fills_in_that_parent() -> None:
    mother = suggested(ktp(type="ktp_parent"), service="passport_new_child")
    assert mother["mother_name"] == "SITI CONTOH"
    assert mother["mother_nationality"] == "wni"
    assert "father_name" not in mother
    assert "full_name" not in mother
    father = ktp(type="ktp_parent", Jenis="LAKI-LAKI", NIK="9901011508870003", Nama="AHMAD CONTOH")
    found = suggested(father, service="passport_new_child")
    assert (found["father_name"], found["father_birth_date"]) == ("AHMAD CONTOH", "1987-08-15")


def test_family_card_and_birth_deed_fill_in_parents_of_a_child() -> None:
    card = ReadPaper("kk", "page 2", read_paper("family_card", card_lines()))
    deed = ReadPaper("birth_certificate", "page 3", read_paper("birth_deed", deed_lines()))
    found = suggested(card, deed, service="passport_new_child")
    assert found["full_name"] == "DEWI CONTOH"
    assert found["kk_number"] == "9901011608190004"
    assert found["nik"] == "9901016302120002"
    assert found["mother_birth_date"] == "1987-08-15"
    assert found["father_name"] == "AHMAD CONTOH"
    assert found["address_village"] == "21.05.01.1001"


def test_the_old_passport_fills_in_its_own_questions_only() -> None:
    paper = ReadPaper("old_passport", "page 4", read_paper("passport", page_lines()))
    assert suggested(paper, service="passport_replace_full") == {
        "old_passport_number": "X1234560",
        "old_passport_issued": "2021-06-15",
        "old_passport_expiry": "2031-06-15",
        "old_passport_office": "TANJUNGPINANG",
    }


def test_a_foreigners_passport_fills_in_the_holder() -> None:
    paper = ReadPaper("foreign_passport", "page 4", read_paper("passport", page_lines()))
    found = suggested(paper, service="itk_extension")
    assert found["full_name"] == "SITI AMINAH CONTOH"
    assert found["passport_expiry"] == "2031-06-15"


def test_a_page_read_as_another_kind_of_paper_says_nothing() -> None:
    wrong = ReadPaper("old_passport", "page 1", read_paper("ktp", ktp_lines()))
    assert suggested(wrong, service="passport_replace_full") == {}


def test_a_suggestion_names_itspage_lines() -> None:
    (first, *_) = suggestions(
        catalogue(), catalogue().service(NEW_ADULT), {}, [ktp()], TODAY, regions()
    )
    assert (first.type, first.page_id) == ("ktp", "page 1")


@pytest.mark.parametrize(
    "answers",
    [
        {"full_name": "Siti Contoh"},
        {"full_name": "SITI  CÓNTOH"},
        {"full_name": "SITI C0NTOH"},
        {"birth_place": "tarempa"},
        {"birth_place": "Tarempa, Siantan"},
        {"nik": NIK},
        {"birth_date": "1987-08-15"},
        {"address_street": "Jl. Pelabuhan", "occupation": "other"},
        {},
    ],
)
def test_spelling_is_no_difference(answers: dict[str, str]) -> None:
    assert differing(answers, ktp()) == {}


def test_another_name_number_date_or_choice_is_a_difference() -> None:
    answers = {
        "full_name": "SITI CONTOHH",
        "nik": "9901015508870004",
        "birth_date": "1987-05-08",
        "sex": "male",
        "birth_place": "LETUNG",
    }
    assert differing(answers, ktp()) == {
        "full_name": "SITI CONTOH",
        "nik": NIK,
        "birth_date": "15-08-1987",
        "sex": "PEREMPUAN",
        "birth_place": "TAREMPA",
    }


def test_nobody_is_nagged_about_what_was_read_badly() -> None:
    answers = {"full_name": "SITI CONTON", "sex": "male", "birth_date": "1987-05-08"}
    unsure = ktp(score=0.8, NIK="990101550887000")
    assert differing(answers, unsure) == {}
    assert differing({"full_name": "DEWI PULAU"}, unsure) == {"full_name": "SITI CONTOH"}


def test_a_vouched_number_counts_however_it_was_read() -> None:
    assert differing({"nik": "9901015508870004"}, ktp(score=0.8)) == {"nik": NIK}


def test_an_answer_to_a_question_no_longer_asked_does_not_differ() -> None:
    paper = ktp(Berlaku="15-08-2017")
    answers = {"ktp_valid_for_life": "yes", "ktp_valid_until": "2020-01-01"}
    assert differing(answers, paper) == {}
    assert differing(answers | {"ktp_valid_for_life": "no"}, paper) == {
        "ktp_valid_until": "15-08-2017"
    }


def test_a_difference_has_words_that_name_the_paper_in_both_languages() -> None:
    answers = {"full_name": "DEWI PULAU"}
    (problem,) = differences(
        catalogue(), catalogue().service(NEW_ADULT), answers, [ktp()], TODAY, regions()
    )
    for language in LANGUAGES:
        words = load_words(language)
        assert "SITI CONTOH" in words.problem(problem)
        assert "KTP" in words.problem(problem)
        for fill in catalogue().fills:
            assert words.has(f"papers.{fill.type}")


def test_the_catalogue_tells_which_questions_a_paper_fills() -> None:
    assert {"full_name", "nik", "address_village"} <= catalogue().filled_by("ktp")
    assert catalogue().filled_by("police_report") == frozenset()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "unheard"}, "not defined"),
        ({"type": "police_report"}, "nobody reads name"),
        ({"fields": {"unheard": "name"}}, "unknown field unheard"),
        ({"fields": {"full_name": "shoe_size"}}, "nobody reads shoe_size"),
        ({"when": {"shoe_size": "42"}}, "nobody reads shoe_size"),
        ({"words": {"sex": {"PEREMPUAN": "lady"}}}, "means lady"),
    ],
)
def test_a_rule_that_names_what_nobody_knows_is_refused(
    changes: dict[str, object], reason: str
) -> None:
    from app.domain.catalogue import Fill

    fill = msgspec.structs.replace(Fill("ktp", {"full_name": "name"}), **changes)
    broken = msgspec.structs.replace(catalogue(), fills=(fill,))
    with pytest.raises(CatalogueFault, match=reason):
        judge(broken, {})


def test_a_reading_survives_the_store() -> None:
    reading = read_paper("ktp", [*ktp_lines(), line("x", 0.1, 0.99)], ("code",))
    assert msgspec.json.decode(msgspec.json.encode(reading), type=PaperReading) == reading
    assert ReadField in {type(field) for field in reading.fields}
