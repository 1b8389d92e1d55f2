"""Filling an application: nothing typed is lost, nobody else opens it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.answers import Override
from app.domain.news import News
from app.errors import AppError, UserError
from app.services import drafts
from app.services.kiosk import Kiosk
from tests.builders import (
    ANSWERS,
    PIN,
    SERVICE,
    close_kiosk,
    filled_draft,
    make_kiosk,
    small_catalogue,
)
from tests.fakes import FakeClock


def _refused(code: str, kiosk: Kiosk, resume_code: str, pin: str) -> None:
    with pytest.raises(UserError) as caught:
        drafts.open_draft(kiosk, resume_code, pin)
    assert caught.value.code == code


def test_every_answer_is_there_after_the_program_died(tmp_path: Path) -> None:
    kiosk = make_kiosk(tmp_path)
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    for field, value in ANSWERS.items():
        drafts.save_answer(kiosk, draft.application_id, field, value)
    drafts.remember_page(kiosk, draft.application_id, "person")
    again = make_kiosk(tmp_path)
    found = drafts.open_draft(again, draft.resume_code.lower(), PIN)
    assert found.answers == ANSWERS
    assert found.page == "person"
    close_kiosk(again)
    close_kiosk(kiosk)


def test_an_empty_answer_clears(kiosk: Kiosk) -> None:
    draft = filled_draft(kiosk, pages={})
    drafts.save_answer(kiosk, draft.application_id, "email", "  ")
    assert "email" not in drafts.load_draft(kiosk, draft.application_id).answers


def test_an_answer_is_put_into_its_usual_form_and_judged(kiosk: Kiosk) -> None:
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    saved = drafts.save_answer(kiosk, draft.application_id, "birth_date", "5/8/1990")
    assert (saved.value, saved.problems) == ("1990-08-05", ())
    wrong = drafts.save_answer(kiosk, draft.application_id, "nik", "12")
    assert [problem.severity for problem in wrong.problems] == ["error"]
    assert drafts.load_draft(kiosk, draft.application_id).answers["nik"] == "12"


def test_a_kept_warning_goes_with_the_answer_it_was_kept_for(kiosk: Kiosk) -> None:
    draft = filled_draft(kiosk, pages={})
    application = draft.application_id
    drafts.keep_warning(kiosk, application, "nik", "nik_region_unknown", " as on\0 the card ")
    kept = drafts.load_draft(kiosk, application).overrides
    assert Override("nik", "nik_region_unknown", "as on the card") in kept
    drafts.save_answer(kiosk, application, "nik", "9901014508900002")
    assert drafts.load_draft(kiosk, application).overrides == ()


def test_a_wrong_code_and_a_wrong_pin_say_the_same(kiosk: Kiosk) -> None:
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    _refused("resume_code_unknown", kiosk, draft.resume_code, "000000")
    _refused("resume_code_unknown", kiosk, "ZZZZZZ", PIN)


def test_five_wrong_pins_lock_for_a_quarter_of_an_hour_even_across_a_restart(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    kiosk = make_kiosk(tmp_path, clock=clock)
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    for _ in range(5):
        _refused("resume_code_unknown", kiosk, draft.resume_code, "000000")
    close_kiosk(kiosk)
    kiosk = make_kiosk(tmp_path, clock=clock)
    _refused("pin_locked", kiosk, draft.resume_code, PIN)
    clock.pass_time(15 * 60 - 1)
    _refused("pin_locked", kiosk, draft.resume_code, PIN)
    clock.pass_time(1)
    assert drafts.open_draft(kiosk, draft.resume_code, PIN).application_id == draft.application_id
    close_kiosk(kiosk)


def test_a_clock_set_back_keeps_nobody_out_for_days(kiosk: Kiosk) -> None:
    clock = kiosk.clock
    assert isinstance(clock, FakeClock)
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    for _ in range(5):
        _refused("resume_code_unknown", kiosk, draft.resume_code, "000000")
    clock.pass_time(-86_400)
    assert drafts.open_draft(kiosk, draft.resume_code, PIN).application_id == draft.application_id


def test_a_right_pin_wipes_the_count(kiosk: Kiosk) -> None:
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    for _ in range(3):
        for _ in range(4):
            _refused("resume_code_unknown", kiosk, draft.resume_code, "000000")
        drafts.open_draft(kiosk, draft.resume_code, PIN)


@pytest.mark.parametrize("pin", ["000000", "777777", "123456", "456789", "987654", "543210"])
def test_a_pin_that_anybody_would_try_first_is_refused(kiosk: Kiosk, pin: str) -> None:
    with pytest.raises(UserError, match="pin_too_easy"):
        drafts.start_draft(kiosk, SERVICE, pin)


@pytest.mark.parametrize("pin", ["", "27182", "2718281", "27a828", "２７１８２８"])
def test_a_pin_is_four_to_eight_digits(kiosk: Kiosk, pin: str) -> None:
    with pytest.raises(UserError, match="pin_malformed"):
        drafts.start_draft(kiosk, SERVICE, pin)


def test_a_deleted_draft_leaves_no_row_and_no_file(kiosk: Kiosk) -> None:
    draft = filled_draft(kiosk)
    heard: list[News] = []
    kiosk.announcer.subscribe(heard.append)
    drafts.delete_draft(kiosk, draft.application_id)
    with pytest.raises(UserError, match="application_unknown"):
        drafts.load_draft(kiosk, draft.application_id)
    assert not [path for path in kiosk.store.folder.glob("blobs/*/*") if path.is_file()]
    assert len(heard) == 1


def test_an_application_stays_with_the_catalogue_it_was_started_under(tmp_path: Path) -> None:
    kiosk = make_kiosk(tmp_path)
    old = drafts.start_draft(kiosk, SERVICE, PIN)
    close_kiosk(kiosk)
    kiosk = make_kiosk(tmp_path, catalogue=lambda: small_catalogue("2026.11.10"), seed=2)
    assert drafts.load_draft(kiosk, old.application_id).catalogue_version == "2026.1.1"
    assert drafts.start_draft(kiosk, SERVICE, PIN).catalogue_version == "2026.11.10"
    close_kiosk(kiosk)


def test_no_fault_says_what_was_typed(kiosk: Kiosk) -> None:
    with pytest.raises(AppError) as caught:
        drafts.save_answer(kiosk, "unknown", "full_name", "SITI CONTOH")
    assert "SITI" not in f"{caught.value!r}{caught.value}"
