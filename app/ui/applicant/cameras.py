"""Leads from a paper's page to the camera and back; the camera lives in ``app.ui.camera``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.domain.sources import SourceDescription
from app.ui.applicant.sources import Sources, load_sources
from app.ui.screen import Screen

if TYPE_CHECKING:
    from app.domain.catalogue import Look
    from app.services.kiosk import Kiosk


def open_camera(
    screen: Screen,
    source: SourceDescription,
    subject: str,
    look: Look,
    taken: Callable[[bytes], object],
    instead: Callable[[SourceDescription], object] | None = None,
    *,
    awaits_change: bool = False,
) -> None:
    """Show the camera's page over this one; the trail leads back here.

    Args:
        screen: ``screen.window_.go`` leaves it.
        source: which camera.
        subject: what is photographed, in words.
        look: what to look for.
        taken: takes the picture; then the camera's page goes ``back``, and this page is made anew.
        instead: takes another source that the person chose where no camera works; likewise.
        awaits_change: what lies there was photographed already, so it is not taken by itself.
    """
    from app.ui.camera.camera_screen import CameraScreen
    from app.ui.camera.cameras import cameras_of
    from app.ui.camera.viewfinder import Viewfinder

    window = screen.window_

    def came(picture: bytes) -> None:
        taken(picture)
        window.back()

    def other(way: SourceDescription) -> None:
        assert instead is not None
        instead(way)
        window.back()

    finder = Viewfinder(
        window.tasks, cameras_of(window), source.id, look, awaits_change=awaits_change
    )
    window.go(
        partial(
            CameraScreen,
            finder=finder,
            subject=subject,
            taken=came,
            instead=None if instead is None else other,
        )
    )


def watch_cameras(screen: Screen, done: Callable[[Sources], object]) -> None:
    """Note which cameras there are, now and when one is plugged in or pulled out.

    The library is loaded in a free thread; what it finds it tells in this one.

    Args:
        screen: as long as it stands.
        done: called with all sources, each time.
    """
    screen.ask_free(lambda _desk: _load(), lambda _none: _Noting(screen, done))


def _load() -> None:
    import app.ui.camera.cameras  # noqa: F401


class _Noting(QObject):
    """Goes with its screen."""

    def __init__(self, screen: Screen, done: Callable[[Sources], object]) -> None:
        from app.ui.camera.cameras import cameras_of

        super().__init__(screen)
        self._screen, self._done = screen, done
        self._cameras = cameras_of(screen.window_)
        self._cameras.changed.connect(self._note)
        self._note()

    def _note(self) -> None:
        listed = self._cameras.listed()

        def noted(kiosk: Kiosk) -> Sources:
            from app.services import capturing

            capturing.note_cameras(kiosk, listed)
            return load_sources(kiosk)

        if not self._screen.is_left:
            self._screen.ask(noted, self._done)
