"""The courier's page for the gallery."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from app.domain.courier import (
    AnswersRead,
    CourierProgress,
    Drive,
    Exchanged,
    FilesWritten,
    LeftOut,
    OnStick,
    Waits,
    WrongFile,
)
from app.services.operators import OperatorView
from app.ui.operator.courier import CourierScreen, Stay
from app.ui.operator.session import Session
from app.ui.window import Window
from tests.ui.making import House, settle
from tests.ui.shots import Shot

_STICK = Drive("/media/loket/STIK DESA", "STIK DESA", 7_800_000_000)


def _screen(window: Window, stay: Stay) -> CourierScreen:
    session = Session(OperatorView("ayu", "Ayu Lestari"))
    window.go(lambda window: CourierScreen(window, session, stay))
    settle(window)
    assert isinstance(window.screen_, CourierScreen)
    return window.screen_


def _none(_house: House, window: Window) -> None:
    _screen(window, Stay())


def _choice(house: House, window: Window) -> None:
    house.drives = [_STICK, Drive("/media/loket/KINGSTON", "KINGSTON", 900_000_000)]
    screen = _screen(window, Stay())
    screen._looks.stop()
    waits = Waits(
        is_enrolled=True,
        count=3,
        size_bytes=4_700_000,
        carried_count=2,
        carried_since=house.clock.now() - timedelta(days=4),
        relayed=1,
    )
    found = OnStick(answers=1, others=2, to_give=1)
    screen._looked((tuple(house.drives), _STICK.folder, waits, found))


def _working(house: House, window: Window) -> None:
    house.drives = [_STICK]
    screen = _screen(window, Stay())
    screen._looks.stop()
    screen._stay.progress = CourierProgress("checking", 2_900_000, 4_700_000)
    screen._show_working()
    screen._show_progress()


def _done(_house: House, window: Window, *, is_whole: bool = True) -> None:
    written = FilesWritten(
        ("LOKET-LET-00007.lpk",), ("LET-00041-3", "LET-00042-1", "LET-00043-K"), 4_700_000
    )
    done = Exchanged(AnswersRead(1, 6, ("LET-00038-8", "LET-00039-6")), written, 2, 1)
    if not is_whole:
        left = FilesWritten(
            written.names, written.references, 4_700_000, 9_200_000,
            (LeftOut("LET-00044-2", "blob_torn"),),
        )  # fmt: skip
        wrong = (WrongFile("LOKET-LET-00006.lpr", "return_file_ahead"),)
        done = Exchanged(AnswersRead(), left, wrong=wrong)
    _screen(window, Stay(done=done))


SHOTS: tuple[Shot, ...] = (
    Shot("courier_none", _none),
    Shot("courier_choice", _choice),
    Shot("courier_working", _working),
    Shot("courier_done", _done),
    Shot("courier_done_partly", partial(_done, is_whole=False)),
)
