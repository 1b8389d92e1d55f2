"""The catalogue as shipped: whole, in both languages, and true to the facts that must not slip."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import msgspec
import pytest

from app.domain.catalogue import Catalogue, Condition, Field, Label, Service
from app.domain.catalogue_reading import decode, encode
from app.domain.catalogue_rules import CHECK_CODES
from app.domain.checking import needed_documents, visible_groups
from app.domain.conditions import holds
from app.domain.fees import fees_due, possible_fees
from app.errors import UserError
from app.resources import load_catalogue, read_catalogue_folder, resources_path

TODAY = date(2026, 11, 21)
SERVICES = (
    "passport_new_adult",
    "passport_new_child",
    "passport_replace_expiry",
    "passport_replace_full",
    "passport_upgrade",
    "passport_data_change",
    "passport_lost",
    "passport_damaged",
    "itk_extension",
    "itas_extension",
    "itap_extension",
    "change_of_status",
    "reentry_permit",
)
STANDARD_FIELDS = {"full_name", "birth_date", "birth_place", "sex", "marital_status", "phone"}


@cache
def shipped() -> Catalogue:
    return load_catalogue()


def labels(thing: object) -> Iterator[Label]:
    if isinstance(thing, Label):
        yield thing
    elif isinstance(thing, msgspec.Struct):
        for name in thing.__struct_fields__:
            yield from labels(getattr(thing, name))
    elif isinstance(thing, tuple):
        for part in thing:
            yield from labels(part)


def test_a_folder_without_a_catalogue_is_told_as_such(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match="catalogue_not_there"):
            read_catalogue_folder(folder)


def test_every_service_of_the_kiosk_is_there() -> None:
    assert {service.id for service in shipped().services} == set(SERVICES)
    assert decode(encode(shipped())) == shipped()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_all_that_a_person_needs(name: str) -> None:
    service = shipped().service(name)
    assert service.steps
    assert service.clocks
    assert possible_fees(shipped(), service, "", TODAY)
    assert needed_documents(service, {}, TODAY)
    ids = {field.id for field in service.fields()}
    assert ids >= STANDARD_FIELDS - ({"marital_status"} if name == "passport_new_child" else set())
    assert ids >= {"office", "address_village", "address_street", "email"}
    assert ("nik" in ids) == (service.family == "passport")
    assert ("passport_number" in ids) == (service.family == "stay_permit")


@pytest.mark.parametrize("name", SERVICES)
def test_pages_are_small_and_each_question_says_why_or_where(name: str) -> None:
    for group in shipped().service(name).groups:
        assert 1 <= len(group.fields) <= 6, group.id
        for field in group.fields:
            assert field.help, field.id
            has_picture = field.example or field.kind in ("choice", "yes_no")
            assert has_picture, field.id


def test_both_languages_are_filled_and_differ_where_they_must() -> None:
    for label in labels(shipped()):
        assert label.id.strip() == label.id
        assert label.en.strip() == label.en
    for service in shipped().services:
        assert service.label.id != service.label.en
        assert service.summary.id != service.summary.en
        for field in service.fields():
            assert field.help is not None
            assert field.help.id != field.help.en, field.id


def test_no_code_of_the_research_and_no_photo_is_asked_for() -> None:
    for path in sorted((resources_path() / "catalogue").rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        assert "memori" not in text, path.name
    assert not any("photo" in kind.id for kind in shipped().document_types)


def conditions(service: Service) -> Iterator[tuple[str, list[Condition]]]:
    """Yield each condition with those that must hold for it to be looked at."""
    for group in service.groups:
        outer = [group.when] if group.when else []
        if outer:
            yield group.id, outer
        for field in group.fields:
            inner = [*outer, field.when] if field.when else outer
            if field.when:
                yield field.id, inner
            for choice in field.choices:
                if choice.when:
                    yield f"{field.id}={choice.code}", [*inner, choice.when]
    for need in service.documents:
        if need.when:
            yield need.id, [need.when]
    for rule in service.fees:
        if rule.when:
            yield rule.code, [rule.when]
    for check in service.checks:
        yield check.code, [check.when]


DAYS = ("1990-01-01", "2008-06-01", "2015-01-01", "2026-11-19", "2026-11-23", "2030-01-01")


def values(field: Field) -> tuple[str, ...]:
    if field.kind == "choice":
        return ("", *(choice.code for choice in field.choices))
    if field.kind == "yes_no":
        return ("", "yes", "no")
    return ("", *DAYS) if field.kind == "date" else ("", "x")


def with_origins(service: Service, names: set[str]) -> set[str]:
    """Return the fields, and those on which their being asked hangs."""
    known = {
        field.id: [when for when in (group.when, field.when) if when]
        for group in service.groups
        for field in group.fields
    }
    while True:
        more = names | {other for one in names for when in known[one] for other in when.fields()}
        if more == names:
            return names
        names = more


@pytest.mark.parametrize("name", SERVICES)
def test_every_condition_can_come_true_and_can_fail(name: str) -> None:
    service = shipped().service(name)
    fields = {field.id: field for field in service.fields()}
    asked_when = {
        field.id: [when for when in (group.when, field.when) if when]
        for group in service.groups
        for field in group.fields
    }
    for where, all_hold in conditions(service):
        named = set().union(*(condition.fields() for condition in all_hold))
        involved = sorted(with_origins(service, named))
        outcomes = set()
        for combination in itertools.product(*(values(fields[one]) for one in involved)):
            answers = {
                one: value for one, value in zip(involved, combination, strict=True) if value
            }
            is_possible = all(
                holds(when, answers, TODAY) for one in answers for when in asked_when[one]
            )
            if is_possible:
                outcomes.add(all(holds(one, answers, TODAY) for one in all_hold))
        assert outcomes == {True, False}, where


def test_each_shared_part_is_used_somewhere() -> None:
    catalogue = shipped()
    used = {kind for one in catalogue.services for need in one.documents for kind in need.one_of}
    assert {kind.id for kind in catalogue.document_types} == used
    clocks = {clock for one in catalogue.services for clock in one.clocks}
    assert {clock.id for clock in catalogue.clocks} == clocks
    codes = {rule.code for one in catalogue.services for rule in one.fees}
    assert {fee.code for fee in catalogue.fees} == codes


def fees(
    service: str, office: str, answers: Mapping[str, str], day: date = TODAY
) -> Mapping[str, int]:
    due = fees_due(shipped(), shipped().service(service), office, answers, day)
    return {fee.code: fee.rupiah for fee in due}


PASSPORT = {
    "birth_date": "1990-01-01",
    "marital_status": "single",
    "office": "tarempa",
    "passport_kind": "electronic",
    "passport_validity": "5",
    "passport_speed": "regular",
}


def test_an_electronic_passport_costs_what_pp_45_2024_says() -> None:
    assert fees("passport_new_adult", "tarempa", PASSPORT) == {"DP-E5": 650_000}
    ten = {**PASSPORT, "passport_validity": "10"}
    assert fees("passport_new_adult", "tarempa", ten) == {"DP-E10": 950_000}


def test_before_the_tariff_began_there_is_no_fee_to_tell() -> None:
    assert fees("passport_new_adult", "tarempa", PASSPORT, date(2024, 12, 16)) == {}
    assert fees("passport_new_adult", "tarempa", PASSPORT, date(2024, 12, 17)) == {"DP-E5": 650_000}


@pytest.mark.parametrize(
    ("service", "answers", "old", "new"),
    [
        ("itas_extension", {"itas_years": "2"}, {"ITAS-2Y": 2_000_000}, {"ITAS-2Y": 5_000_000}),
        (
            "itk_extension",
            {"visit_kind": "single", "extension_days": "60"},
            {"ITK-60": 2_000_000},
            {"ITK-60": 1_000_000},
        ),
    ],
)
def test_the_tariff_of_the_day_holds(
    service: str, answers: dict[str, str], old: dict[str, int], new: dict[str, int]
) -> None:
    last_old = date(2024, 12, 16)
    assert fees(service, "tarempa", answers, last_old) == old
    assert fees(service, "tarempa", answers, last_old + timedelta(days=1)) == new


def test_dabo_singkep_has_no_non_electronic_passport_since_10_september_2025() -> None:
    choice = {**PASSPORT, "office": "dabo_singkep", "passport_kind": "non_electronic"}
    last = date(2025, 9, 9)
    assert fees("passport_new_adult", "dabo_singkep", choice, last) == {"DP-N5": 350_000}
    assert fees("passport_new_adult", "dabo_singkep", choice, last + timedelta(days=1)) == {}
    possible = possible_fees(
        shipped(), shipped().service("passport_new_adult"), "dabo_singkep", TODAY
    )
    assert {fee.code for fee in possible} == {"DP-E5", "DP-E10"}


@pytest.mark.parametrize(
    ("office", "kinds", "speeds"),
    [
        ("dabo_singkep", ["electronic"], ["regular"]),
        ("tarempa", ["electronic", "non_electronic"], ["regular"]),
        ("batam", ["electronic", "non_electronic"], ["regular", "same_day"]),
        ("", ["electronic"], ["regular"]),
    ],
)
def test_only_what_the_chosen_office_offers_can_be_chosen(
    office: str, kinds: list[str], speeds: list[str]
) -> None:
    groups = visible_groups(shipped().service("passport_new_adult"), {"office": office}, TODAY)
    fields = {field.id: field for group in groups for field in group.fields}
    assert [choice.code for choice in fields["passport_kind"].choices] == kinds
    assert [choice.code for choice in fields["passport_speed"].choices] == speeds


def test_a_choice_is_offered_from_the_offices_first_day_to_its_last() -> None:
    service, answers = shipped().service("passport_new_adult"), {"office": "dabo_singkep"}
    first, last = date(2024, 12, 17), date(2025, 9, 9)
    offered = []
    for day in (first - timedelta(days=1), first, last, last + timedelta(days=1)):
        groups = visible_groups(service, answers, day)
        kind = next(one for group in groups for one in group.fields if one.id == "passport_kind")
        offered.append(len(kind.choices) == 2)
    assert offered == [False, True, True, False]


def test_same_day_and_the_surcharge_come_on_top_and_a_disaster_frees_from_it() -> None:
    batam = {**PASSPORT, "office": "batam", "passport_speed": "same_day", "force_majeure": "no"}
    lost = {"BB-LOST": 1_000_000, "DP-E5": 650_000, "DP-FAST": 1_000_000}
    assert fees("passport_lost", "batam", batam) == lost
    damaged = {"BB-DMG": 500_000, "DP-E5": 650_000}
    tarempa = {**PASSPORT, "force_majeure": "no"}
    assert fees("passport_damaged", "tarempa", tarempa) == damaged
    flood = {"BB-KAHAR": 0, "DP-E5": 650_000}
    assert fees("passport_lost", "tarempa", {**tarempa, "force_majeure": "yes"}) == flood


def test_a_fee_of_an_answer_that_no_longer_counts_is_not_added() -> None:
    child = {**PASSPORT, "birth_date": "2015-01-01", "passport_validity": "5"}
    assert fees("passport_replace_expiry", "tarempa", child) == {"DP-E5": 650_000}
    answers = {"change_from": "itas", "change_to": "itap", "itas_years": "2"}
    assert fees("change_of_status", "tarempa", answers) == {"ITAP-5Y": 7_000_000}


def test_offices_say_what_nobody_has_confirmed() -> None:
    assert "DP-N5" in shipped().office("tarempa").unconfirmed
    assert shipped().office("dabo_singkep").unconfirmed == ()
    assert shipped().office("tarempa").source.confidence == "low"


def test_what_ends_in_an_examination_says_so_before_typing() -> None:
    examined = {one.id for one in shipped().services if one.has_examination}
    assert examined == {"passport_lost", "passport_damaged", "passport_data_change"}


def codes_in(module: str) -> Iterator[str]:
    """Yield every problem code that a module of the domain can give."""
    path = resources_path().parent / "app" / "domain" / module
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        texts: list[object] = []
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            texts = [part.value for part in node.elts if isinstance(part, ast.Constant)]
            texts = texts[:1] if texts[1:] in (["error"], ["warning"]) else []
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
            texts = [part.value for part in node.args[1:2] if isinstance(part, ast.Constant)]
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Constant):
            texts = [node.value.value]
        yield from (text for text in texts if isinstance(text, str) and text)


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_problem_has_words_and_no_words_lie_idle(language: str) -> None:
    path = resources_path() / "translations" / language / "problems.json"
    table = msgspec.json.decode(path.read_bytes())["problems"]
    modules = ("checking.py", "answer_checks.py", "nik.py", "papers/differing.py")
    finalizing = "../services/finalizing.py"
    given = CHECK_CODES.union(*(codes_in(module) for module in (*modules, finalizing)))
    assert table.keys() == given
    used = {check.code for service in shipped().services for check in service.checks}
    assert used == CHECK_CODES
