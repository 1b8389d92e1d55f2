"""What each shipped service asks for, and what it warns of."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.answers import Problem
from app.domain.catalogue import Catalogue, Service
from app.domain.checking import (
    check_application,
    check_field,
    needed_documents,
    undecided_documents,
    visible_groups,
)
from app.domain.regions import Regions
from app.resources import load_catalogue

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def regions() -> Regions:
    return Regions("")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return _shipped()


@pytest.fixture(scope="module")
def adult(catalogue: Catalogue) -> Service:
    return catalogue.service("passport_new_adult")


def needs(service: Service, **answers: str) -> set[str]:
    return {need.id for need in needed_documents(service, answers, TODAY) if need.is_required}


@cache
def _shipped() -> Catalogue:
    return load_catalogue()


def test_a_childs_service_refuses_an_adult_and_offers_five_years_only(
    catalogue: Catalogue, regions: Regions
) -> None:
    child = catalogue.service("passport_new_child")
    answers = {"birth_date": "1995-08-07", "passport_validity": "10"}
    found = check_application(child, answers, {}, TODAY, regions)
    assert Problem("birth_date", "too_old_for_service") in found
    assert Problem("passport_validity", "choice_not_offered") in found


def test_ten_years_are_not_offered_to_a_child_who_replaces(catalogue: Catalogue) -> None:
    service = catalogue.service("passport_replace_expiry")
    for born, offered in (("2015-08-07", ["5"]), ("1995-08-07", ["5", "10"])):
        answers = {"birth_date": born, "marital_status": "single"}
        fields = [
            field for group in visible_groups(service, answers, TODAY) for field in group.fields
        ]
        validity = next(field for field in fields if field.id == "passport_validity")
        assert [choice.code for choice in validity.choices] == offered


def test_ten_years_are_offered_before_the_birth_date_is_typed(catalogue: Catalogue) -> None:
    service = catalogue.service("passport_new_adult")
    fields = [field for group in visible_groups(service, {}, TODAY) for field in group.fields]
    validity = next(field for field in fields if field.id == "passport_validity")
    assert [choice.code for choice in validity.choices] == ["5", "10"]


def test_an_old_passport_from_indonesia_since_2009_with_the_same_data_needs_two_papers(
    catalogue: Catalogue,
) -> None:
    service = catalogue.service("passport_replace_expiry")
    simple = {
        "birth_date": "1995-08-07",
        "marital_status": "single",
        "old_passport_issued": "2016-05-05",
        "old_passport_in_indonesia": "yes",
        "old_passport_same_data": "yes",
    }
    assert needs(service, **simple) == {"ktp", "old_passport"}
    full = {"ktp", "old_passport", "kk", "birth_proof"}
    assert needs(service, **{**simple, "old_passport_in_indonesia": "no"}) == full
    assert needs(service, **{**simple, "old_passport_issued": "2008-12-31"}) == full
    assert needs(service, **{**simple, "old_passport_same_data": "no"}) == full
    assert needs(service) == {"ktp", "old_passport"}
    undecided = {need.id for need in undecided_documents(service, {}, TODAY)}
    assert {"kk", "birth_proof", "birth_certificate"} <= undecided


def test_a_paper_is_undecided_only_until_its_questions_are_answered(adult: Service) -> None:
    def undecided(**answers: str) -> set[str]:
        return {need.id for need in undecided_documents(adult, answers, TODAY)}

    assert "birth_report_abroad" in undecided()
    assert "birth_report_abroad" not in undecided(born_abroad="no")
    assert "birth_report_abroad" not in undecided(born_abroad="yes")
    assert "ktp" not in undecided()


def test_a_paper_asked_for_already_is_not_undecided(catalogue: Catalogue) -> None:
    service = catalogue.service("passport_replace_expiry")
    answers = {"old_passport_in_indonesia": "no", "birth_date": "1995-08-07"}
    assert "kk" in needs(service, **answers)
    assert "kk" not in {need.id for need in undecided_documents(service, answers, TODAY)}


@pytest.mark.parametrize(
    ("answers", "signed", "others"),
    [
        ({"parents_state": "together"}, "statement_both", {"parents_marriage_book"}),
        (
            {"parents_state": "divorced", "custody": "applicant"},
            "statement_custodian",
            {"divorce_certificate", "custody_order"},
        ),
        (
            {"parents_state": "divorced", "custody": "other_parent"},
            "statement_both",
            {"divorce_certificate", "custody_order"},
        ),
        (
            {"parents_state": "divorced", "custody": "no_ruling"},
            "statement_both",
            {"divorce_certificate"},
        ),
        ({"parents_state": "one_untraceable"}, "statement_alone", {"parents_marriage_book"}),
        (
            {"parents_state": "one_dead"},
            "statement_alone",
            {"parents_marriage_book", "death_certificate"},
        ),
        (
            {"parents_state": "both_dead"},
            "statement_guardian",
            {"parents_marriage_book", "death_certificate", "guardianship_order"},
        ),
    ],
)
def test_who_signs_for_a_child_follows_the_parents_situation(
    answers: dict[str, str], signed: str, others: set[str], catalogue: Catalogue
) -> None:
    asked = needs(catalogue.service("passport_new_child"), **answers)
    always = {"ktp_parent", "kk_child", "birth_certificate"}
    assert asked == always | {signed} | others


def test_a_disaster_is_proven_by_a_letter(catalogue: Catalogue) -> None:
    for name in ("passport_lost", "passport_damaged"):
        service = catalogue.service(name)
        assert "disaster_letter" in needs(service, force_majeure="yes")
        assert "disaster_letter" not in needs(service, force_majeure="no")


@pytest.mark.parametrize(
    ("service_id", "answers", "where", "code", "severity"),
    [
        (
            "passport_replace_expiry",
            {"old_passport_expiry": "2028-01-01"},
            "old_passport_expiry",
            "old_passport_still_long",
            "warning",
        ),
        (
            "passport_replace_full",
            {"old_passport_expiry": "2026-12-01"},
            "old_passport_expiry",
            "old_passport_expiring",
            "warning",
        ),
        (
            "passport_replace_full",
            {"old_passport_issued": "2026-01-01", "old_passport_expiry": "2025-01-01"},
            "old_passport_expiry",
            "issued_after_expiry",
            "error",
        ),
        (
            "passport_lost",
            {"lost_date": "2026-11-10", "police_report_date": "2026-11-09"},
            "police_report_date",
            "report_before_loss",
            "warning",
        ),
        (
            "itas_extension",
            {"permit_expiry": "2027-03-01"},
            "permit_expiry",
            "permit_too_early",
            "warning",
        ),
        (
            "itas_extension",
            {"permit_expiry": "2026-11-20"},
            "permit_expiry",
            "permit_expired",
            "warning",
        ),
        (
            "itk_extension",
            {"permit_expiry": "2026-11-24"},
            "permit_expiry",
            "permit_soon",
            "warning",
        ),
        (
            "itk_extension",
            {"visit_kind": "voa", "voa_extended": "yes"},
            "voa_extended",
            "voa_only_once",
            "error",
        ),
        (
            "change_of_status",
            {"change_from": "voa"},
            "change_from",
            "change_not_from_voa",
            "error",
        ),
    ],
)
def test_each_service_warns_by_its_own_rules(
    service_id: str,
    answers: dict[str, str],
    where: str,
    code: str,
    severity: str,
    catalogue: Catalogue,
    regions: Regions,
) -> None:
    found = check_application(catalogue.service(service_id), answers, {}, TODAY, regions)
    assert Problem(where, code, severity) in found  # type: ignore[arg-type]


@given(born=st.dates(date(1930, 1, 1), TODAY))
def test_exactly_one_of_the_two_new_passports_suits_an_unmarried_person(born: date) -> None:
    catalogue, nowhere = _shipped(), Regions("")
    answers = {"birth_date": born.isoformat()}
    refused = set()
    for name in ("passport_new_adult", "passport_new_child"):
        found = check_field(catalogue.service(name), "birth_date", answers, TODAY, nowhere)
        refused.add(bool(found))
    assert refused == {True, False}
