"""What the gallery draws: a name, and how to bring a window to that screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.ui.window import Window
from tests.ui.making import House


class Shot(NamedTuple):
    """One screen in one state.

    Attributes:
        name: of the pictures' files.
        bring: leads a window, on home and with the store open, to the screen; services may be
            called on ``house.kiosk`` first. The gallery waits until everything has settled.
        is_over: a sheet lies over the screen; it goes when the page is made anew, so each picture
            is brought for itself.
        needs_engine: papers are read.
    """

    name: str
    bring: Callable[[House, Window], None]
    is_over: bool = False
    needs_engine: bool = False
