"""The sending panel: only what is true, as it happens; once with the real thread and office."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.words import Words
from app.office.context import OfficeSettings
from app.office.enrolling import new_enrolment_code
from app.office.opening import open_office
from app.resources import load_words
from app.services.finalizing import finalize
from app.services.lists import details
from app.sync.engine import Engine
from app.sync.enrolling import enrol as enrol_with
from app.sync.link import Link
from app.sync.runner import Runner
from app.ui.operator.sending_words import error_of, facts, truth
from tests.builders import enrol, filled_draft, make_kiosk, small_catalogue
from tests.fakes import FakeClock, FakeDice
from tests.office.house import Served, serve
from tests.sync.island import RoadClock
from tests.ui.making import StillRoad, status_now
from tests.ui.operating import Stand

WORDS: dict[str, Words] = {"id": load_words("id"), "en": load_words("en")}


@pytest.fixture
def road() -> StillRoad:
    return StillRoad()


@pytest.fixture
def stand(qtbot: QtBot, tmp_path: Path, road: StillRoad) -> Iterator[Stand]:
    stand = Stand(qtbot, make_kiosk(tmp_path, clock=FakeClock()), road)
    yield stand
    stand.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    settings = OfficeSettings(tmp_path / "office", least_free_bytes=0)
    office = open_office(settings, FakeClock(), FakeDice(), small_catalogue)
    with serve(office) as running:
        yield running
    office.database.close()


def _said(stand: Stand, name: str) -> str:
    return stand.find(QLabel, name).text()


def test_what_another_program_finalized_is_sent_as_soon_as_an_operator_looks(
    stand: Stand, road: StillRoad
) -> None:
    enrol(stand.kiosk)
    road.now = status_now(link="working")
    stand.open("today")
    assert road.woken == 0
    finalize(stand.kiosk, filled_draft(stand.kiosk).application_id, "id")
    stand.open("today")
    assert road.woken == 1


def test_what_waits_is_stored_here_with_its_bytes(stand: Stand, road: StillRoad) -> None:
    road.now = status_now(waiting_count=3, waiting_bytes=480_000)
    stand.open("sending")
    assert _said(stand, "truth") == "Tersimpan di kiosk: 3 permohonan, 480 KB"
    assert not any(bar.isVisible() for bar in stand.window.findChildren(QProgressBar))


def test_on_its_way_bytes_and_time_are_told_and_the_bar_follows(
    stand: Stand, road: StillRoad
) -> None:
    stand.open("sending")
    busy = {"is_busy": True, "link": "working", "waiting_count": 1, "pack_bytes": 480_000}
    road.tell(status_now(**busy, sent_bytes=212_000, remaining_s=233.0, speed_bytes_per_s=1_150.0))
    stand.until_seen("Sedang dikirim: 212")
    assert _said(stand, "truth") == "Sedang dikirim: 212 dari 480 KB, kira-kira 4 menit"
    assert stand.find(QProgressBar, "progress").value() == 441
    assert _said(stand, "fact_next") == "Sedang dicoba sekarang"
    assert not stand.find(QPushButton, "primary").isEnabled()
    road.tell(status_now(**busy, sent_bytes=480_000, remaining_s=0.0))
    stand.until_seen("480")
    assert stand.find(QProgressBar, "progress").value() == 1000


def test_link_contact_and_next_try_are_told_by_the_clock_on_the_wall(
    stand: Stand, road: StillRoad
) -> None:
    now = stand.kiosk.clock.now()
    road.now = status_now(
        link="away",
        waiting_count=1,
        waiting_bytes=90_000,
        last_contact_at=now - timedelta(days=1),
        next_attempt_at=now + timedelta(minutes=4),
        speed_bytes_per_s=2_000.0,
        last_error="office_away",
    )
    stand.open("sending")
    assert _said(stand, "fact_link") == "Kantor tidak terjangkau"
    assert _said(stand, "fact_last_contact") == "kemarin 09.00"
    assert _said(stand, "fact_next") == "hari ini 09.04"
    assert _said(stand, "fact_speed") == "2 KB per detik"
    error = stand.find(QWidget, "last_error")
    assert any("tersimpan" in label.text() for label in error.findChildren(QLabel))


def test_try_now_wakes_the_engine(stand: Stand, road: StillRoad) -> None:
    stand.open("sending")
    stand.press("primary")
    assert road.woken == 1


def test_a_kiosk_without_an_office_is_led_to_its_enrolment(stand: Stand, road: StillRoad) -> None:
    road.now = status_now(is_enrolled=False)
    stand.open("sending")
    assert not stand.find(QPushButton, "primary").isEnabled()
    stand.press("enrol")
    assert stand.screen == "operator_device"


def test_what_stopped_is_counted_and_shown(stand: Stand, road: StillRoad) -> None:
    road.now = status_now(set_aside_count=2)
    stand.open("sending")
    assert stand.sees("2 permohonan berhenti")
    stand.press("see_set_aside")
    assert stand.screen == "operator_list"
    assert stand.sees("Tidak ada yang perlu perhatian")


def test_a_page_that_was_left_hears_no_more(stand: Stand, road: StillRoad) -> None:
    stand.open("sending")
    stand.open("settings")
    road.tell(status_now(waiting_count=1, waiting_bytes=1))
    stand.settle()
    assert stand.screen == "operator_settings"


@pytest.mark.parametrize("language", ["id", "en"])
def test_received_is_never_said_of_something_without_a_receipt(language: str) -> None:
    words, now = WORDS[language], FakeClock().now()
    forbidden = "diterima kantor" if language == "id" else "received by the office"
    for status in (
        status_now(waiting_count=1, waiting_bytes=10),
        status_now(waiting_count=1, sent_bytes=5, pack_bytes=5, is_busy=True),
    ):
        said = truth(words, status)
        shown = [said.title, said.detail, *(value for *_, value in facts(words, status, now))]
        assert not any(forbidden in text.lower() for text in shown)


@pytest.mark.parametrize("language", ["id", "en"])
def test_an_error_whose_values_are_gone_is_still_told_in_words(language: str) -> None:
    for code in ("office_away", "enrolment_code_used", "pin_locked", "nobody_knows_this"):
        title, detail = error_of(WORDS[language], code)
        assert title
        assert detail
        assert "{" not in title + detail


def test_the_panel_follows_the_real_thread_to_a_real_office(
    qtbot: QtBot, tmp_path: Path, served: Served
) -> None:
    clock = RoadClock()
    kiosk = make_kiosk(tmp_path / "kiosk", clock=clock)
    code = new_enrolment_code(served.office, "Kiosk Letung", "LET")
    enrol_with(kiosk.store, clock, served.url, code, "Kiosk Letung")

    def make_engine(progress: object) -> Engine:
        return Engine(
            kiosk.store,
            clock,
            kiosk.dice,
            kiosk.announcer,
            lambda office, stop: Link(
                office.office_url, clock, stop, office_id=office.office_id, token=office.token
            ),
            progress,  # type: ignore[arg-type]
        )

    runner = Runner(kiosk.store, clock, kiosk.dice, kiosk.announcer, make_engine)
    stand = Stand(qtbot, kiosk, runner, before_close=runner.stop)
    try:
        stand.open("sending")
        done = finalize(kiosk, filled_draft(kiosk).application_id, "id")
        runner.start()
        stand.until_seen("Tersambung ke kantor")
        qtbot.waitUntil(lambda: _is_received(stand, done.application_id), timeout=30_000)
        stand.until_seen("Tidak ada yang menunggu dikirim")
        assert _said(stand, "fact_waiting") == "Tidak ada"
        stand.open("today")
        assert (
            stand.find(QPushButton, "tile_received").accessibleName().endswith("1. Buka daftarnya.")
        )
    finally:
        stand.close()


def _is_received(stand: Stand, application_id: str) -> bool:
    return details(stand.kiosk, application_id).submissions[0].proof != ""
