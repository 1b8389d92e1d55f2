from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.answers import Answers, Problem
from app.domain.catalogue import Catalogue, Choice, Field, FieldKind, Label, Service
from app.domain.checking import (
    check_answer,
    check_application,
    check_field,
    normalize_answer,
    standing_answers,
)
from app.domain.regions import Regions
from app.resources import load_catalogue, load_regions

TODAY = date(2026, 11, 21)
LABEL = Label("Contoh", "Example")


@pytest.fixture(scope="module")
def regions() -> Regions:
    return load_regions()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def adult(catalogue: Catalogue) -> Service:
    return catalogue.service("passport_new_adult")


def field_of(kind: FieldKind) -> Field:
    choices = (Choice("a", LABEL),) if kind == "choice" else ()
    return Field("x", kind, LABEL, choices=choices)


def codes(problems: tuple[Problem, ...], severity: str = "") -> set[str]:
    return {one.code for one in problems if severity in ("", one.severity)}


@pytest.mark.parametrize(
    ("kind", "value", "code", "severity"),
    [
        ("nik", "1234", "nik_length", "error"),
        ("nik", "0105014708950001", "nik_province", "error"),
        ("nik", "2105014708500001", "", ""),
        ("nik", "2103124708950001", "nik_prefix_unknown", "warning"),
        ("nik", "1408014708950001", "", ""),
        ("nik", "1499014708950001", "nik_prefix_unknown", "warning"),
        ("nik", "9901014708950001", "nik_specimen", "warning"),
        ("kk", "123", "kk_length", "error"),
        ("kk", "2103121203100004", "kk_prefix_unknown", "warning"),
        ("kk", "9901011203100004", "kk_specimen", "warning"),
        ("kk", "2105011203100004", "", ""),
        ("name", "S1ti", "name_digits", "error"),
        ("name", "Siti @minah", "name_symbols", "error"),
        ("name", "-", "name_symbols", "error"),
        ("name", "M. Nur'aini Siti-Aminah, S.E.", "", ""),
        ("name", "A" * 61, "name_long", "warning"),
        ("passport_number", "C12-4567", "passport_number_form", "error"),
        ("passport_number", "C1234567", "", ""),
        ("passport_number", "ABCDEFG", "passport_number_form", "error"),
        ("date", "21-11-1990", "date_form", "error"),
        ("date", "2026-02-30", "date_form", "error"),
        ("date", "1899-12-31", "date_too_old", "error"),
        ("choice", "b", "choice_not_offered", "error"),
        ("yes_no", "ya", "choice_not_offered", "error"),
        ("region", "21.05.01", "region_unknown", "error"),
        ("region", "21.05.01.1001", "", ""),
        ("phone", "0812", "phone_form", "error"),
        ("phone", "+62812", "phone_form", "error"),
        ("phone", "+62812345", "phone_length", "error"),
        ("phone", "+6281234567", "phone_length", "error"),
        ("phone", "+62812345678", "", ""),
        ("phone", "+6281234567890123", "phone_form", "error"),
        ("phone", "+62772312345", "phone_not_mobile", "warning"),
        ("phone", "+6281234567890", "", ""),
        ("phone", "+6598765432", "", ""),
        ("email", "siti@contoh", "email_form", "error"),
        ("email", "siti@contoh.id", "", ""),
        ("text", "x" * 121, "too_long", "error"),
        ("text", "apa saja", "", ""),
    ],
)
def test_one_answer_is_judged_by_its_kind(
    kind: FieldKind, value: str, code: str, severity: str, regions: Regions
) -> None:
    found = check_answer(field_of(kind), value, TODAY, regions)
    assert [(one.code, one.severity) for one in found] == ([(code, severity)] if code else [])


def test_a_date_that_must_be_past_or_future_may_be_today(regions: Regions) -> None:
    past = Field("x", "date", LABEL, is_past=True)
    future = Field("x", "date", LABEL, is_future=True)
    tomorrow, yesterday = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
    for one in (past, future):
        assert check_answer(one, TODAY.isoformat(), TODAY, regions) == ()
    assert codes(check_answer(past, tomorrow.isoformat(), TODAY, regions)) == {"date_in_future"}
    assert codes(check_answer(future, yesterday.isoformat(), TODAY, regions)) == {"date_in_past"}


def test_an_unusual_shape_is_a_warning_only(regions: Regions) -> None:
    number = Field("x", "passport_number", LABEL, pattern="[A-Z]{1,2}[0-9]{6,8}")
    assert check_answer(number, "C1234567", TODAY, regions) == ()
    found = check_answer(number, "123456789", TODAY, regions)
    assert found == (Problem("x", "shape_unusual", "warning"),)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("nik", " 2105.0147 0895-0001 ", "2105014708950001"),
        ("name", "  Siti   Aminah ", "Siti Aminah"),
        ("phone", "0812 3456-7890", "+6281234567890"),
        ("phone", "62 812 3456 7890", "+6281234567890"),
        ("phone", "81234567890", "+6281234567890"),
        ("phone", "+65 9876 5432", "+6598765432"),
        ("phone", "0065 9876 5432", "+6598765432"),
        ("passport_number", "c 1234567", "C1234567"),
        ("email", " Siti@Contoh.ID ", "siti@contoh.id"),
        ("date", "21 Nopember 1990", "1990-11-21"),
        ("date", "kemarin", "kemarin"),
        ("note", " satu  dua \n\n tiga ", "satu dua\n\ntiga"),
        ("name", "Siti\0 A\x08minah\ud83d", "Siti Aminah"),
        ("note", "\0satu\ndua\x7f", "satu\ndua"),
    ],
)
def test_a_typed_answer_is_tidied(kind: FieldKind, typed: str, kept: str) -> None:
    assert normalize_answer(field_of(kind), typed) == kept


@given(
    st.sampled_from(
        ("text", "note", "name", "nik", "kk", "passport_number", "date", "phone", "email")
    ),
    st.text(max_size=40),
)
def test_any_typed_text_is_tidied_once_and_judged_without_a_fault(
    kind: FieldKind, typed: str
) -> None:
    field = field_of(kind)
    kept = normalize_answer(field, typed)
    assert normalize_answer(field, kept) == kept
    check_answer(field, kept, TODAY, Regions(""))
    assert "\0" not in kept


SITI: Answers = {
    "full_name": "Siti Aminah",
    "has_alias": "no",
    "nik": "9901014708950001",
    "kk_number": "9901011203100004",
    "birth_place": "Tarempa",
    "birth_date": "1995-08-07",
    "sex": "female",
    "height_cm": "158",
    "ktp_issued_place": "Kepulauan Anambas",
    "ktp_issued_date": "2018-03-12",
    "ktp_valid_for_life": "yes",
    "address_village": "21.05.01.1001",
    "address_street": "Jl. Contoh 5",
    "phone": "+6281200000000",
    "marital_status": "single",
    "occupation": "other",
    "occupation_other": "Nelayan",
    "mother_name": "Zainab",
    "mother_nationality": "wni",
    "father_name": "Abdul Rahman",
    "father_nationality": "wni",
    "parents_address": "Letung",
    "born_abroad": "no",
    "has_changed_name": "no",
    "was_naturalised": "no",
    "travel_purpose": "holiday",
    "destination_country": "Malaysia",
    "travel_length": "week",
    "relative_name": "Rahmat Contoh",
    "relative_phone": "+6281300000000",
    "office": "tarempa",
    "passport_kind": "electronic",
    "passport_validity": "10",
    "passport_speed": "regular",
}
PAPERS = {"ktp": "ktp", "kk": "kk", "birth_proof": "school_certificate"}


def problems_with(
    service: Service, regions: Regions, without: str = "", **changes: str
) -> tuple[Problem, ...]:
    answers = {**SITI, **changes}
    answers.pop(without, None)
    return check_application(service, answers, PAPERS, TODAY, regions)


def test_a_whole_application_has_only_the_specimen_warnings(
    adult: Service, regions: Regions
) -> None:
    found = problems_with(adult, regions)
    assert found == (
        Problem("nik", "nik_specimen", "warning"),
        Problem("kk_number", "kk_specimen", "warning"),
    )


def test_problems_stand_in_the_order_of_the_form_with_documents_last(
    adult: Service, regions: Regions
) -> None:
    found = check_application(adult, {}, {}, TODAY, regions)
    order = [field.id for field in adult.fields()]
    wheres = [one.where for one in found if not one.where.startswith("document:")]
    assert wheres == sorted(wheres, key=order.index)
    assert wheres[0] == "full_name"
    papers = [one.where for one in found[len(wheres) :]]
    assert papers == ["document:ktp", "document:kk", "document:birth_proof"]


@pytest.mark.parametrize(
    ("changes", "where", "code", "severity"),
    [
        ({"birth_date": "1995-08-08"}, "nik", "nik_birth_date_differs", "warning"),
        ({"sex": "male"}, "nik", "nik_sex_differs", "warning"),
        ({"kk_number": "9901014708950001"}, "kk_number", "kk_same_as_nik", "warning"),
        ({"full_name": "Aminah"}, "full_name", "name_one_word", "warning"),
        ({"birth_date": "2010-08-07"}, "birth_date", "too_young_for_service", "error"),
        ({"mother_birth_date": "1995-08-07"}, "mother_birth_date", "parent_younger", "error"),
        ({"father_birth_date": "1984-08-07"}, "father_birth_date", "parent_very_young", "warning"),
        ({"passport_speed": "same_day"}, "passport_speed", "choice_not_offered", "error"),
    ],
)
def test_answers_are_compared_with_each_other(
    changes: dict[str, str], where: str, code: str, severity: str, adult: Service, regions: Regions
) -> None:
    assert Problem(where, code, severity) in problems_with(adult, regions, **changes)  # type: ignore[arg-type]
    answers = {**SITI, **changes}
    assert code in codes(check_field(adult, where, answers, TODAY, regions))


def test_a_foreigner_may_have_one_name_and_an_empty_form_no_twin_numbers(
    catalogue: Catalogue, adult: Service, regions: Regions
) -> None:
    visit = catalogue.service("itk_extension")
    assert check_field(visit, "full_name", {"full_name": "Suparman"}, TODAY, regions) == ()
    empty = check_field(adult, "kk_number", {}, TODAY, regions)
    assert codes(empty) == {"answer_missing"}


def test_who_is_married_is_an_adult_at_sixteen(adult: Service, regions: Regions) -> None:
    found = problems_with(adult, regions, birth_date="2010-08-07", marital_status="married")
    assert "too_young_for_service" not in codes(found)


def test_an_answer_whose_question_was_hidden_again_no_longer_counts(adult: Service) -> None:
    stale = {**SITI, "alias": "Minah", "spouse_name": "Ahmad", "marital_status": "single"}
    assert standing_answers(adult, stale, TODAY).keys().isdisjoint({"alias", "spouse_name"})
    assert "spouse_name" in standing_answers(adult, {**stale, "marital_status": "married"}, TODAY)


def test_a_missing_answer_is_an_error_only_where_it_is_asked_and_required(
    adult: Service, regions: Regions
) -> None:
    missing = Problem("father_nationality", "answer_missing")
    assert missing in problems_with(adult, regions, without="father_nationality")
    without_father = {name: value for name, value in SITI.items() if not name.startswith("father")}
    found = check_application(adult, without_father, PAPERS, TODAY, regions)
    assert "answer_missing" not in codes(found)


def test_a_wrong_kind_of_paper_does_not_do(adult: Service, regions: Regions) -> None:
    found = check_application(adult, SITI, {**PAPERS, "birth_proof": "ktp"}, TODAY, regions)
    assert Problem("document:birth_proof", "document_kind_wrong") in found
