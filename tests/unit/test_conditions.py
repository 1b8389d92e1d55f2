from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Condition
from app.domain.conditions import holds

TODAY = date(2026, 11, 21)


def test_no_condition_always_holds() -> None:
    assert holds(None, {}, TODAY)


@pytest.mark.parametrize(
    ("condition", "meets", "misses"),
    [
        (Condition(field="x", equals="yes"), "yes", "no"),
        (Condition(field="x", one_of=("a", "b")), "b", "c"),
        (Condition(field="x", is_answered=True), "anything", ""),
        (Condition(field="x", is_answered=False), "", "anything"),
        (Condition(field="x", on_or_after=date(2009, 1, 1)), "2009-01-01", "2008-12-31"),
        (Condition(field="x", before=date(2009, 1, 1)), "2008-12-31", "2009-01-01"),
        (Condition(field="x", age_below=17), "2009-11-22", "2009-11-21"),
        (Condition(field="x", within_days=30), "2026-12-21", "2026-12-22"),
        (Condition(field="x", beyond_days=30), "2026-12-22", "2026-12-21"),
    ],
)
def test_each_test_knows_its_edge(condition: Condition, meets: str, misses: str) -> None:
    assert holds(condition, {"x": meets}, TODAY)
    assert not holds(condition, {"x": misses}, TODAY)


def test_a_date_is_compared_with_the_date_in_another_field() -> None:
    later = Condition(field="issued", after_field="expiry")
    assert holds(later, {"issued": "2026-01-02", "expiry": "2026-01-01"}, TODAY)
    assert not holds(later, {"issued": "2026-01-01", "expiry": "2026-01-01"}, TODAY)
    assert not holds(later, {"issued": "2026-01-02"}, TODAY)


def test_today_can_be_asked_about_like_a_field() -> None:
    since = Condition(field="today", on_or_after=TODAY)
    assert holds(since, {}, TODAY)
    assert not holds(since, {}, TODAY - timedelta(days=1))


def test_all_any_and_none_join_conditions() -> None:
    yes, no = Condition(field="x", equals="1"), Condition(field="x", equals="2")
    answers = {"x": "1"}
    assert not holds(Condition(all_of=(yes, no)), answers, TODAY)
    assert holds(Condition(any_of=(yes, no)), answers, TODAY)
    assert not holds(Condition(none_of=(yes, no)), answers, TODAY)
    assert holds(Condition(none_of=(no,)), answers, TODAY)


def test_an_unanswered_field_meets_no_comparison() -> None:
    assert not holds(Condition(field="x", one_of=("", "a")), {}, TODAY)
    assert not holds(Condition(field="x", before=TODAY), {}, TODAY)


def test_a_birth_date_in_the_future_or_unreadable_is_no_age() -> None:
    child = Condition(field="x", age_below=17)
    assert not holds(child, {"x": "2027-01-01"}, TODAY)
    assert not holds(child, {"x": "21 November"}, TODAY)


@given(st.dates(), st.integers(0, 400))
def test_within_and_beyond_are_never_both_and_never_neither(day: date, days: int) -> None:
    answers = {"x": day.isoformat()}
    within = holds(Condition(field="x", within_days=days), answers, TODAY)
    assert within != holds(Condition(field="x", beyond_days=days), answers, TODAY)


def test_a_condition_names_every_field_it_looks_at() -> None:
    condition = Condition(
        all_of=(
            Condition(field="a", equals="1"),
            Condition(any_of=(Condition(field="b", after_field="c"),)),
            Condition(field="today", before=TODAY),
        )
    )
    assert condition.fields() == {"a", "b", "c"}
