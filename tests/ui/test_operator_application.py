"""One application on the operator's desk: what it says, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.domain.news import ApplicationChanged, News
from app.services.drafts import Draft
from app.services.finalizing import Finalized, finalize
from app.services.lists import details
from app.storage import received
from app.storage import sending as stored_sending
from app.ui.applicant.slip_buttons import SlipButtons
from app.ui.operator.application import ApplicationScreen
from app.ui.operator.session import Session
from app.ui.widgets.page_picture import PagePicture
from tests.builders import PIN, enrol, filled_draft, make_kiosk
from tests.fakes import FakeClock
from tests.ui.making import StillRoad, return_, status_now
from tests.ui.operating import Stand

RECEIPT = "5e" * 32


@pytest.fixture
def road() -> StillRoad:
    return StillRoad()


@pytest.fixture
def stand(qtbot: QtBot, tmp_path: Path, road: StillRoad) -> Iterator[Stand]:
    kiosk = make_kiosk(tmp_path, clock=FakeClock())
    enrol(kiosk)
    stand = Stand(qtbot, kiosk, road)
    yield stand
    stand.close()


def _finalized(stand: Stand) -> Finalized:
    return finalize(stand.kiosk, filled_draft(stand.kiosk).application_id, "id")


def _receive(stand: Stand, done: Finalized) -> None:
    with stand.kiosk.store.write() as session:
        submission = received.submitted(session, done.submission_id)
        assert submission
        now = stand.kiosk.clock.now()
        received.keep_receipt(session, submission, b"signed", (RECEIPT, "PROOF"), now, now)


def _open(stand: Stand, application_id: str) -> None:
    session: Session = stand.open("list")
    stand.window.go(partial(ApplicationScreen, session=session, application_id=application_id))
    stand.settle()


def _truth(stand: Stand) -> str:
    return stand.find(QLabel, "truth").text()


def _draft(stand: Stand) -> Draft:
    return filled_draft(stand.kiosk)


def test_a_finished_application_is_stored_here_and_nothing_more_is_said(stand: Stand) -> None:
    done = _finalized(stand)
    _open(stand, done.application_id)
    assert _truth(stand) == "Tersimpan di kiosk"
    assert stand.sees(done.reference)
    assert stand.sees("SITI CONTOH")
    assert stand.sees("Belum ada") is False
    assert not stand.sees("9901014508900001")
    assert not any("Diterima" in said for said in stand.said())


def test_on_its_way_it_says_how_far_it_is_while_one_looks(stand: Stand, road: StillRoad) -> None:
    done = _finalized(stand)
    _open(stand, done.application_id)
    on_its_way = status_now(
        is_busy=True,
        link="working",
        sent_bytes=212_000,
        pack_bytes=480_000,
        remaining_s=240.0,
        sending_references=(done.reference,),
    )
    road.tell(on_its_way)
    stand.until_seen("Sedang dikirim: 212")
    assert "4 menit" in _truth(stand)


def test_received_is_said_with_its_proof_only_after_the_receipt(stand: Stand) -> None:
    done = _finalized(stand)
    _receive(stand, done)
    proof = details(stand.kiosk, done.application_id).submissions[0].proof
    _open(stand, done.application_id)
    assert _truth(stand) == f"Diterima kantor, bukti {proof}"
    assert proof in stand.find(QLabel, "proof_1").text()


def test_its_documents_are_shown_as_pictures(stand: Stand) -> None:
    _open(stand, _draft(stand).application_id)
    frames = stand.find(QWidget, "documents").findChildren(PagePicture)
    pictures = [frame for frame in frames if not frame.picture.isNull()]
    assert len(pictures) == 2
    assert all(frame.accessibleName() for frame in pictures)


def test_a_draft_opens_only_with_the_applicants_pin_and_the_desk_is_shut_behind(
    stand: Stand,
) -> None:
    draft = _draft(stand)
    _open(stand, draft.application_id)
    stand.press("resume")
    assert stand.screen == "resume"
    assert stand.find(QLineEdit, "resume_code").text() == draft.resume_code
    stand.window.back()
    assert stand.screen == "home"


def test_the_right_pin_leads_from_the_desk_into_the_form(stand: Stand) -> None:
    _open(stand, _draft(stand).application_id)
    stand.press("resume")
    stand.type("pin", PIN)
    stand.press("primary")
    assert stand.screen not in ("resume", "home")
    assert not stand.screen.startswith("operator")


def test_a_returned_application_says_what_to_mend_and_opens_there(stand: Stand) -> None:
    done = _finalized(stand)
    _receive(stand, done)
    reason = "Nama tidak sama dengan KTP."
    return_(stand.kiosk, done.application_id, ("field", "full_name", reason), note="Sampai Jumat.")
    _open(stand, done.application_id)
    for words in ("Sampai Jumat.", "Isian: Name", reason):
        assert stand.sees(words)
    stand.press("correct")
    assert stand.screen == "operator_application"
    stand.press("do_correct")
    assert stand.screen == "correction"
    assert details(stand.kiosk, done.application_id).state == "draft"
    stand.window.back()
    assert stand.screen == "home"


def test_what_was_set_aside_tells_why_and_goes_back_into_the_queue(stand: Stand) -> None:
    done = _finalized(stand)
    with stand.kiosk.store.write() as session:
        now = stand.kiosk.clock.now()
        stored_sending.set_aside(session, done.submission_id, "pack_torn", now)
    _open(stand, done.application_id)
    assert stand.find(QWidget, "last_error").isVisible()
    assert "berhenti" in _truth(stand)
    heard: list[News] = []
    stand.kiosk.announcer.subscribe(heard.append)
    stand.press("requeue")
    stand.qtbot.waitUntil(lambda: _truth(stand) == "Tersimpan di kiosk")
    found = details(stand.kiosk, done.application_id)
    assert found.state == "finalized"
    assert not found.submissions[0].is_set_aside
    assert not stand.window.findChildren(QAbstractButton, "requeue")
    # This news is what the sync thread wakes at.
    assert ApplicationChanged(done.application_id, "queued_again") in heard
    assert found.timeline[-1].what == "queued_again"


def test_news_of_this_application_changes_the_page_where_it_stands(stand: Stand) -> None:
    done = _finalized(stand)
    _open(stand, done.application_id)
    _receive(stand, done)
    stand.kiosk.announcer.announce(ApplicationChanged(done.application_id, "received"))
    stand.qtbot.waitUntil(lambda: _truth(stand).startswith("Diterima kantor"))


def test_the_slip_is_saved_again_and_names_nobody(stand: Stand, tmp_path: Path) -> None:
    done = _finalized(stand)
    _open(stand, done.application_id)
    acts = stand.find(QWidget, "acts").layout()
    assert acts is not None
    buttons = next(part for part in acts.children() if isinstance(part, SlipButtons))
    buttons.save_to(tmp_path / "slip.pdf")
    stand.settle()
    assert (tmp_path / "slip.pdf").read_bytes().startswith(b"%PDF")


def test_the_keyboard_goes_back_from_it(stand: Stand) -> None:
    _open(stand, _finalized(stand).application_id)
    stand.key(Qt.Key.Key_Escape)
    assert stand.screen == "operator_list"
