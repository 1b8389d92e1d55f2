"""Tries a source: one page or photo, only to be looked at; stores nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from shiboken6 import isValid

from app.domain.catalogue import Look
from app.domain.sources import ScanProgress, ScanWish, SourceDescription
from app.errors import AppError
from app.ui.applicant.cameras import open_camera
from app.ui.applicant.sources import name_of
from app.ui.applicant.taking import TakingSheet, Told
from app.ui.images import decode
from app.ui.screen import Screen

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk

#: Fast, and enough to see whether the paper comes out whole and the right way round.
_WISH = ScanWish(dpi=150, most_pages=1)
_SHOWN_PX = 900


@dataclass
class Trial:
    """What outlives the page while a photo is tried.

    Attributes:
        selected: id of the source that is marked on the page, chosen or not.
        tried: its name, when a picture came of it.
    """

    selected: str = ""
    tried: str = ""
    picture: QImage | None = None


class Trying(QObject):
    """One try at a time.

    Args:
        screen: over which it is shown.
        trial: where its picture goes.
        done: called when there is one.
        failed: called with what the source reported; None when it was stopped.
    """

    def __init__(
        self,
        screen: Screen,
        trial: Trial,
        done: Callable[[], object],
        failed: Callable[[AppError | None], object],
    ) -> None:
        super().__init__(screen)
        self._screen, self._trial, self._done, self._failed = screen, trial, done, failed
        self._stop = Event()
        self._sheet: TakingSheet | None = None

    def stop(self) -> None:
        """End what is under way."""
        self._stop.set()

    def begin(self, source: SourceDescription) -> None:
        """Scan one page coarsely, or open the camera."""
        screen, words = self._screen, self._screen.words
        name = name_of(words, source)
        self._trial.picture, self._trial.tried = None, name
        screen.window_.hide_banner()
        if source.kind == "camera":
            subject = words("operator.sources.any_paper")
            trial = self._trial

            def taken(picture: bytes) -> None:
                # Made by the kiosk itself a moment ago: nothing foreign is decoded here.
                trial.picture = decode(picture).scaledToWidth(_SHOWN_PX)

            open_camera(screen, source, subject, Look(), taken)
            return
        self._stop = stop = Event()
        self._sheet = TakingSheet(screen, words("operator.sources.trying", name=name), stop)
        tell = self._sheet.told.emit

        def told(progress: ScanProgress) -> None:
            tell(Told("scanning", progress.page, progress.fraction, 0))

        screen.ask_free(
            lambda desk: _first_page(desk.kiosk, source.id, told, stop), self._came, self._refused
        )

    def _close(self) -> None:
        if self._sheet is not None and isValid(self._sheet):
            self._sheet.close_()
        self._sheet = None

    def _came(self, picture: QImage) -> None:
        self._close()
        self._trial.picture = picture
        self._done()

    def _refused(self, error: AppError) -> None:
        self._close()
        self._failed(None if self._stop.is_set() else error)


def _first_page(
    kiosk: Kiosk, source_id: str, told: Callable[[ScanProgress], None], stop: Event
) -> QImage:
    """Return the first page that a device gives; runs in a free thread."""
    from app.services import capturing

    with closing(capturing.scan(kiosk, source_id, _WISH, told, stop)) as pages:
        untrusted = next(iter(pages))
        for _page in pages:
            pass
    read = kiosk.imaging.read_pages(untrusted, stop)
    return decode(kiosk.imaging.picture(read[0], _SHOWN_PX))
