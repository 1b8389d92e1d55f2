"""Makes what interface tests and the gallery stand on: a real store, a desk, a window, people."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Event

from PySide6.QtCore import QEvent, QEventLoop
from PySide6.QtWidgets import QApplication

from app.domain.catalogue import Catalogue
from app.domain.courier import Drive
from app.domain.events import ReturnedItem
from app.domain.sending import SendingStatus
from app.domain.words import Language, Words
from app.resources import load_catalogue, load_regions, load_words, resources_path
from app.services import documents, drafts, finalizing
from app.services.drafts import Draft
from app.services.kiosk import Kiosk
from app.storage import received
from app.sync.courier import StickCourier
from app.sync.courier_relay import RelayBox
from app.ui.applicant.home import HomeScreen
from app.ui.desk import Desk, OpenDesk
from app.ui.theme.tokens import Appearance
from app.ui.window import Window
from tests.builders import close_kiosk, enrol, make_kiosk
from tests.fakes import FakeClock
from tests.remembering import RememberingPool
from tests.ui.papers import paper
from tests.ui.scanners import FakeScanner, sources_of
from tests.ui.styling import style

PIN = "271828"
_DEMO = json.loads((resources_path() / "demo" / "application.json").read_text("utf-8"))
SERVICE: str = _DEMO["service"]
ANSWERS: dict[str, str] = _DEMO["answers"]
NEEDS: dict[str, tuple[str, int]] = {
    one["need"]: (one["type"], len(one["pages"])) for one in _DEMO["documents"]
}


def words_of(language: Language) -> Words:
    return load_words(language)


class StillRoad:
    """A sync engine whose road a test holds in its hands."""

    def __init__(self) -> None:
        self.now = status_now()
        self.woken = 0
        self._listeners: list[Callable[[SendingStatus], None]] = []

    def status(self) -> SendingStatus:
        return self.now

    def wake(self) -> None:
        self.woken += 1

    def subscribe(self, listener: Callable[[SendingStatus], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, status: SendingStatus) -> None:
        self.now = status
        for listener in tuple(self._listeners):
            listener(status)


def status_now(**changes: object) -> SendingStatus:
    """Return a sending status at rest, with changes."""
    facts: dict[str, object] = {
        "link": "never_tried",
        "is_enrolled": True,
        "waiting_count": 0,
        "waiting_bytes": 0,
        "set_aside_count": 0,
        "sent_bytes": 0,
        "pack_bytes": 0,
        "sending_references": (),
        "speed_bytes_per_s": 0.0,
        "remaining_s": None,
        "last_contact_at": None,
        "next_attempt_at": None,
        "last_error": "",
        "is_busy": False,
    }
    return SendingStatus(**{**facts, **changes})  # type: ignore[arg-type]


@cache
def _catalogue() -> Catalogue:
    return load_catalogue()


def open_real_kiosk(
    folder: Path, clock: FakeClock | None = None, *, has_engine: bool = False
) -> Kiosk:
    """Open a kiosk with the shipped catalogue and regions."""
    pool = RememberingPool(has_engine=has_engine)
    kiosk = make_kiosk(folder, clock=clock, catalogue=_catalogue, imaging=pool)
    return replace(kiosk, regions=cache(load_regions))


class House:
    """A kiosk on a folder, and the window in front of it.

    Attributes:
        kiosk: set once the desk is open; services may be called on it from a test.
        scanners: what is plugged in.
        drives: sticks that are plugged in.
    """

    def __init__(
        self,
        folder: Path,
        *,
        is_enrolled: bool = True,
        idle_s: int = 900,
        has_engine: bool = False,
    ) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.road = StillRoad()
        self.kiosk = open_real_kiosk(folder, self.clock, has_engine=has_engine)
        self.scanners: list[FakeScanner] = []
        self.drives: list[Drive] = []
        self.kiosk = replace(self.kiosk, capture=sources_of(self.clock, self.scanners))
        if is_enrolled:
            enrol(self.kiosk)
        self.desk = Desk(clock=self.clock, open=self._open, idle_s=idle_s, countdown_s=30)
        self.windows: list[Window] = []

    def plug(self, *scanners: FakeScanner) -> None:
        """Plug in scanners, and let the kiosk find them."""
        self.scanners += scanners
        self.kiosk.capture.find(Event())

    def _open(self) -> OpenDesk:
        return OpenDesk(
            self.kiosk,
            self.road,
            lambda _url, _code, _name: None,
            lambda: None,
            courier=StickCourier(
                self.kiosk.store,
                self.kiosk.clock,
                self.kiosk.announcer,
                RelayBox(self.kiosk.store),
                find=lambda: tuple(self.drives),
            ),
        )

    def window(self, size: tuple[int, int] = (1280, 800)) -> Window:
        """Show a new window on its home screen, with the store open."""
        style()
        window = Window(self.desk, HomeScreen)
        self.windows.append(window)
        window.resize(*size)
        window.show()
        window.tasks.start()
        settle(window)
        return window

    def close(self) -> None:
        """Close every window, then the store."""
        for window in self.windows:
            window.close()
            window.deleteLater()
        close_kiosk(self.kiosk)


def settle(window: Window) -> None:
    """Let everything that is under way behind the window come to its end."""
    application = QApplication.instance()
    assert application is not None
    flags = QEventLoop.ProcessEventsFlag.AllEvents
    for _ in range(3):
        application.processEvents(flags)
        while not window.tasks.is_idle:
            application.processEvents(flags, 20)
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    application.processEvents(flags)


# --- people ---------------------------------------------------------------------------------------


def started(kiosk: Kiosk, answers: dict[str, str] | None = None) -> Draft:
    """Start an adult's first passport with these answers (all of them unless given)."""
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    for field_id, value in (ANSWERS if answers is None else answers).items():
        drafts.save_answer(kiosk, draft.application_id, field_id, value)
    return drafts.load_draft(kiosk, draft.application_id)


def any_paper(_kind: str, seed: int) -> bytes:
    """Return a small picture that will do for any paper where nothing is read."""
    return paper("ktp", seed)


def with_documents(
    kiosk: Kiosk, draft: Draft, make: Callable[[str, int], bytes] = any_paper
) -> Draft:
    """Add every paper that the invented person brings, and keep the warnings of a specimen."""
    for need, (kind, count) in NEEDS.items():
        for number in range(count):
            documents.add_pages(kiosk, draft.application_id, need, kind, make(kind, number + 1))
    for one in finalizing.check_draft(kiosk, draft.application_id):
        assert one.severity == "warning", one
        drafts.keep_warning(kiosk, draft.application_id, one.where, one.code, "Orang contoh")
    return drafts.load_draft(kiosk, draft.application_id)


def finalized(kiosk: Kiosk) -> finalizing.Finalized:
    """Finalize a whole application."""
    draft = with_documents(kiosk, started(kiosk))
    return finalizing.finalize(kiosk, draft.application_id, "id")


def receive(kiosk: Kiosk, done: finalizing.Finalized) -> None:
    """Take the office's receipt."""
    with kiosk.store.write() as session:
        submission = received.submitted(session, done.submission_id)
        assert submission
        now = kiosk.clock.now()
        received.keep_receipt(session, submission, b"signed", ("ab" * 32, "PROOF"), now, now)


def return_(
    kiosk: Kiosk, application_id: str, *items: tuple[str, str, str], note: str = ""
) -> None:
    """Take the office's word that these fields and documents need mending."""
    told = tuple(ReturnedItem(kind, name, why) for kind, name, why in items)  # type: ignore[arg-type]
    with kiosk.store.write() as session:
        received.keep_returned(session, application_id, told, note, kiosk.clock.now())


def look(theme: str = "light", scale: int = 100) -> Appearance:
    return Appearance("contrast" if theme == "contrast" else "light", scale)
