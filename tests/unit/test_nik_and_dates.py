from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.dates import age_on, parse_date, read_iso
from app.domain.nik import Nik, read_nik

_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus",
    "September", "Oktober", "November", "Desember",
)  # fmt: skip
born_dates = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@given(born_dates, st.booleans(), st.integers(1, 9999), st.sampled_from(["990101", "210501"]))
def test_a_nik_tells_the_birth_date_and_sex_it_was_made_from(
    born: date, is_woman: bool, serial: int, prefix: str
) -> None:
    day = born.day + (40 if is_woman else 0)
    nik = read_nik(f"{prefix}{day:02d}{born.month:02d}{born.year % 100:02d}{serial:04d}")
    assert isinstance(nik, Nik)
    assert born in nik.birth_dates
    assert nik.sex == ("female" if is_woman else "male")
    assert nik.prefix == prefix


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_with_a_code(text: str) -> None:
    found = read_nik(text)
    assert isinstance(found, Nik) or found.startswith("nik_")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("990101010190000", "nik_length"),
        ("99010101019000012", "nik_length"),
        ("99010101O1900001", "nik_length"),
        ("٩٩٠١٠١٠١٠١٩٠٠٠٠١", "nik_length"),
        ("9900010101900001", "nik_region_zero"),
        ("9901000101900001", "nik_region_zero"),
        ("9901010001900001", "nik_date"),
        ("9901013201900001", "nik_date"),
        ("9901014001900001", "nik_date"),
        ("9901017201900001", "nik_date"),
        ("9901010113900001", "nik_date"),
        ("9901013002900001", "nik_date"),
        ("9901010101900000", "nik_serial"),
    ],
)
def test_a_broken_nik_is_refused(text: str, code: str) -> None:
    assert read_nik(text) == code


def test_a_29_february_is_judged_in_both_centuries() -> None:
    in_2000 = read_nik("9901012902000001")
    assert isinstance(in_2000, Nik)
    assert in_2000.birth_dates == (date(2000, 2, 29),)
    assert read_nik("9901012902010001") == "nik_date"


def test_spaces_dots_and_dashes_between_the_digits_do_not_matter() -> None:
    assert isinstance(read_nik(" 9901.0101-0190 0001 "), Nik)


@given(born_dates)
def test_a_date_is_understood_in_every_form_people_type(day: date) -> None:
    d, m, y = day.day, day.month, day.year
    month = _MONTHS[m - 1]
    forms = (
        f"{d:02d}-{m:02d}-{y}", f"{d}/{m}/{y}", f"{d}.{m}.{y}", f"{d} {m} {y}",
        f"{d:02d}{m:02d}{y}", f"{d} {month} {y}", f"{d} {month.upper()[:3]} {y}", day.isoformat(),
        day.strftime("%d %B %Y"),
    )  # fmt: skip
    for typed in forms:
        assert parse_date(typed) == day, typed


@pytest.mark.parametrize("typed", ["", "31-02-1990", "21-11-90", "1 Foo 1990", "besok", "0-0-0000"])
def test_what_is_no_certain_date_is_not_guessed(typed: str) -> None:
    assert parse_date(typed) is None


@pytest.mark.parametrize(
    "stored", ["20261121", "2026-W47-6", "2026-11-2", "2026-11-31", " 2026-11-21"]
)
def test_a_stored_date_has_one_form_only(stored: str) -> None:
    assert read_iso("2026-11-21") == date(2026, 11, 21)
    assert read_iso(stored) is None


def test_a_birthday_counts_from_its_own_day() -> None:
    assert age_on(date(2009, 11, 21), date(2026, 11, 20)) == 16
    assert age_on(date(2009, 11, 21), date(2026, 11, 21)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18
