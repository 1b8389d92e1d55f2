"""Brings pages from a source into a paper, behind a sheet that tells how far it is and stops it.

Devices and pictures are worked on in a free thread; this thread only shows what it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QProgressBar
from shiboken6 import isValid

from app.domain.sources import ScanProgress, ScanWish, SourceDescription, SourceKind
from app.errors import AppError
from app.ui.applicant.files import choose_files, read_file
from app.ui.desk import OpenDesk
from app.ui.screen import Screen
from app.ui.widgets.labels import change_text, text
from app.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from app.services.drafts import Draft
    from app.services.kiosk import Kiosk

#: Errors that only say that the person pressed Stop.
_STOPPED = frozenset({"scan_cancelled", "stopped"})
#: Yields pages as they come from a source; told how far each is.
Feed = Callable[["Kiosk", Callable[[ScanProgress], None], Event], Generator[bytes, None, None]]


class Wanted(NamedTuple):
    """Which paper the pages are for.

    Attributes:
        replaces: id of the page that is taken again; empty for further pages.
        is_several: several papers on one glass come apart as pages.
        since: what was written into a watched folder since then is this person's.
    """

    application_id: str
    need: str
    type: str
    label: str
    replaces: str = ""
    is_several: bool = False
    since: datetime | None = None


class Arrived(NamedTuple):
    """A picture that was taken on a page of its own, such as the camera's."""

    picture: bytes
    kind: SourceKind
    wanted: Wanted


class Instead(NamedTuple):
    """A source that was chosen where a camera did not work."""

    source: SourceDescription
    wanted: Wanted


class Taken(NamedTuple):
    """What came of it.

    Attributes:
        error: why it ended before its end; the pages before it are stored all the same.
    """

    draft: Draft
    stored: int
    error: AppError | None
    is_stopped: bool


class Told(NamedTuple):
    """How far it is: which page, of which it is scanned or looked at, and how many are stored."""

    step: str
    page: int
    fraction: float | None
    stored: int


class TakingSheet(Sheet):
    """Lies over the page while pages come in; its one button stops the work."""

    told = Signal(object)

    def __init__(self, screen: Screen, title: str, stop: Event) -> None:
        words = screen.words
        super().__init__(
            screen.window_, title, words("pages.taking.starting"), icon="document_scanner"
        )
        self._screen, self._stop = screen, stop
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(title)
        self.column.addWidget(self.bar)
        self.count = text("", "hint", name="taken_count")
        self.count.hide()
        self.column.addWidget(self.count)
        self.button = self.add(words("pages.taking.stop"), self.stop, "secondary", "stop_taking")
        self.told.connect(self._show)
        self.open(escape=self.stop)

    def stop(self) -> None:
        """Ask the work to end; it says so itself when it has."""
        self._stop.set()
        self.button.setEnabled(False)
        self.say(self._screen.words("pages.taking.stopping"))

    def _show(self, told: Told) -> None:
        if self._stop.is_set():
            return
        words = self._screen.words
        self.say(words(f"pages.taking.{told.step}", number=told.page))
        if told.fraction is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * told.fraction))
        if told.stored:
            change_text(self.count, words("pages.taking.kept", count=told.stored))
            self.count.show()
        if told.fraction is not None or told.step == "checking":
            # The machine works for a person who stands there and waits.
            self._screen.window_.idle.stir()


class Taking(QObject):
    """One paper's way of getting pages.

    Args:
        screen: over which it is shown; when the person leaves it, the work ends.
        done: called with what came of it.
    """

    def __init__(self, screen: Screen, done: Callable[[Taken], object]) -> None:
        super().__init__(screen)
        self._screen, self._done = screen, done
        self._stop = Event()
        self._sheet: TakingSheet | None = None

    def stop(self) -> None:
        """End what is under way; nobody waits for it any more."""
        self._stop.set()

    def begin(self, source: SourceDescription, wanted: Wanted) -> None:
        """Take pages from a device or a watched folder, or let the person choose files."""
        if source.kind == "file":
            choose_files(
                self._screen,
                lambda paths: self.take_files(paths, wanted),
                is_several=not wanted.replaces,
            )
        else:
            self._run(_scan(source, wanted), source.kind, wanted)

    def take_files(self, paths: list[Path], wanted: Wanted) -> None:
        """Take every page of these files."""
        self._run(_files(paths), "file", wanted)

    def take_picture(self, arrived: Arrived) -> None:
        """Take a picture that is there already."""
        self._run(
            lambda _kiosk, _told, _stop: (one for one in (arrived.picture,)),
            arrived.kind,
            arrived.wanted,
        )

    def _run(self, feed: Feed, kind: SourceKind, wanted: Wanted) -> None:
        words = self._screen.words
        is_scan = kind not in ("file", "camera")
        title = "pages.taking.scan_title" if is_scan else "pages.taking.file_title"
        self._stop = Event()
        self._screen.window_.hide_banner()
        self._sheet = TakingSheet(self._screen, words(title, paper=wanted.label), self._stop)
        tell = self._sheet.told.emit
        stop = self._stop
        self._screen.ask_free(
            lambda desk: _take(desk, feed, kind, wanted, tell, stop), self._came, self._failed
        )

    def _close(self) -> None:
        if self._sheet is not None and isValid(self._sheet):
            self._sheet.close_()
        self._sheet = None

    def _came(self, taken: Taken) -> None:
        self._close()
        self._done(taken)

    def _failed(self, error: AppError) -> None:
        self._close()
        self._screen.fail(error)


def _scan(source: SourceDescription, wanted: Wanted) -> Feed:
    """Return the pages that a device or a watched folder gives."""
    wish = ScanWish(since=wanted.since)
    if wanted.replaces:
        wish = msgspec.structs.replace(wish, most_pages=1)

    def feed(
        kiosk: Kiosk, told: Callable[[ScanProgress], None], stop: Event
    ) -> Generator[bytes, None, None]:
        from app.services import capturing

        yield from capturing.scan(kiosk, source.id, wish, told, stop)

    return feed


def _files(paths: list[Path]) -> Feed:
    def feed(
        _kiosk: Kiosk, _told: Callable[[ScanProgress], None], stop: Event
    ) -> Generator[bytes, None, None]:
        for path in paths:
            if stop.is_set():
                return
            yield read_file(path)

    return feed


def _take(
    desk: OpenDesk,
    feed: Feed,
    kind: SourceKind,
    wanted: Wanted,
    tell: Callable[[Told], None],
    stop: Event,
) -> Taken:
    """Store page after page; runs in a free thread.

    What is true if it dies: every page told as kept is stored, and nothing else is.
    """
    from app.services.drafts import load_draft

    kiosk, count = desk.kiosk, 0
    error: AppError | None = None

    def told(progress: ScanProgress) -> None:
        step = "waiting" if kind == "folder" and progress.fraction is None else "scanning"
        tell(Told(step, progress.page, progress.fraction, count))

    try:
        # To its end: asking for the next page tells the source that this one is stored.
        with closing(feed(kiosk, told, stop)) as pages:
            for untrusted in pages:
                kept = count

                def looked(done: int, of: int, before: int = kept) -> None:
                    share = done / of if of > 1 else None
                    tell(Told("checking", before + done + 1, share, before))

                looked(0, 1)
                count += _store(kiosk, untrusted, kind, wanted, stop, looked)
    except AppError as fault:
        error = fault
    is_stopped = stop.is_set() or (error is not None and error.code in _STOPPED)
    draft = load_draft(kiosk, wanted.application_id)
    return Taken(draft, count, None if is_stopped else error, is_stopped)


def _store(
    kiosk: Kiosk,
    untrusted: bytes,
    kind: SourceKind,
    wanted: Wanted,
    stop: Event,
    looked: Callable[[int, int], None],
) -> int:
    """Keep what came as a page or in the place of one; return how many pages it was."""
    from app.services.documents import add_pages, retake_page

    if wanted.replaces:
        retake_page(kiosk, wanted.replaces, untrusted, kind, stop)
        return 1
    added = add_pages(
        kiosk, wanted.application_id, wanted.need, wanted.type, untrusted,
        source=kind, is_several=wanted.is_several, stop=stop, told=looked,
    )  # fmt: skip
    return len(added)
