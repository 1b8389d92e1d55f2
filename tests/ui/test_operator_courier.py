"""The courier's page: a real stick's folder, a real store, and what a person sees meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.domain.courier import CourierProgress, Drive, Exchanged, IsEnding, TellCourier
from app.resources import load_words
from app.services.finalizing import finalize
from app.sync.courier import StickCourier
from app.sync.courier_relay import RelayBox
from app.ui.operator.courier import CourierScreen
from app.ui.operator.sending_words import facts
from tests.builders import enrol, filled_draft, make_kiosk
from tests.fakes import FakeClock
from tests.remembering import RememberingPool
from tests.ui.making import StillRoad, status_now
from tests.ui.operating import Stand


class HeldCourier(StickCourier):
    """A courier that waits in the middle of its work until the test lets it go on."""

    def exchange(
        self, folder: str, tell: TellCourier, stop: IsEnding, *, carries_others: bool
    ) -> Exchanged:
        """Stand still at the first step."""
        self.is_waiting.set()
        self.may_go_on.wait(20)
        return super().exchange(folder, tell, stop, carries_others=carries_others)

    is_waiting = Event()
    may_go_on = Event()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "STIK"
    folder.mkdir()
    return folder


@pytest.fixture
def stand(qtbot: QtBot, tmp_path: Path, stick: Path) -> Iterator[Stand]:
    pool = RememberingPool(has_engine=False)
    kiosk = make_kiosk(tmp_path / "kiosk", clock=FakeClock(), imaging=pool)
    enrol(kiosk)
    drives = [Drive(str(stick), "STIK DESA", 4_000_000_000)]
    courier = HeldCourier(
        kiosk.store,
        kiosk.clock,
        kiosk.announcer,
        RelayBox(kiosk.store),
        find=lambda: tuple(one for one in drives if Path(one.folder).is_dir()),
    )
    courier.is_waiting, courier.may_go_on = Event(), Event()
    road = StillRoad()
    road.now = status_now(waiting_count=1, waiting_bytes=90_000)
    stand = Stand(qtbot, kiosk, road, courier=courier)
    yield stand
    courier.may_go_on.set()
    stand.close()


def courier_of(stand: Stand) -> HeldCourier:
    open_desk = stand.window.tasks.open_desk
    assert open_desk is not None
    assert isinstance(open_desk.courier, HeldCourier)
    return open_desk.courier


def open_page(stand: Stand) -> None:
    finalize(stand.kiosk, filled_draft(stand.kiosk).application_id, "id")
    stand.open("sending")
    stand.find(QPushButton, "to_courier").click()
    stand.settle()


def start(stand: Stand) -> None:
    stand.until_seen("Tulis 1 permohonan ke stik")
    stand.find(QPushButton, "primary").click()
    stand.qtbot.waitUntil(courier_of(stand).is_waiting.is_set, timeout=20_000)


def test_a_facilitator_sends_by_stick_in_three_looks(stand: Stand, stick: Path) -> None:
    open_page(stand)
    start(stand)
    stand.until_seen("Jangan cabut stik")
    assert not stand.find(QPushButton, "back").isEnabled()
    screen = stand.window.screen_
    assert isinstance(screen, CourierScreen)
    screen._stay.progress = CourierProgress("checking", 2_900_000, 4_700_000)
    stand.until_seen("Memeriksa yang tertulis")
    stand.until_seen("2,9 MB dari 4,7 MB")
    courier_of(stand).may_go_on.set()
    stand.until_seen("Stik boleh dicabut sekarang")
    assert stand.sees("1 permohonan ada di stik")
    assert [path.suffix for path in stick.iterdir()] == [".lpk"]
    stand.find(QPushButton, "primary").click()
    stand.settle()
    stand.until_seen("menunggu bukti dari kantor")


def test_what_is_broken_off_is_told_and_leaves_nothing(stand: Stand, stick: Path) -> None:
    open_page(stand)
    start(stand)
    stand.find(QPushButton, "primary").click()
    courier_of(stand).may_go_on.set()
    stand.until_seen("Dihentikan atas permintaan Anda")
    assert list(stick.iterdir()) == []
    stand.until_seen("Tulis 1 permohonan ke stik")


def test_a_stick_pulled_in_the_middle_is_told_in_words(stand: Stand, stick: Path) -> None:
    open_page(stand)
    start(stand)
    shutil.rmtree(stick)
    courier_of(stand).may_go_on.set()
    stand.until_seen("Stik tercabut")
    stand.until_seen("Belum ada stik")


def test_the_sending_page_says_since_when_something_is_on_a_stick() -> None:
    words, now = load_words("id"), FakeClock().now()
    rows = {name: value for name, _, value in facts(words, status_now(), now)}
    assert "on_stick" not in rows
    carried = status_now(waiting_count=3, carried_count=2, carried_since=now)
    rows = {name: value for name, _, value in facts(words, carried, now)}
    assert rows["on_stick"].startswith("2 permohonan, yang terlama sejak 21 November 2026")
