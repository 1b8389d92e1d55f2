"""The application's style for every window of the tests; set once, as in the program."""

from __future__ import annotations

from functools import cache

from app.ui.window import make_application


@cache
def style() -> None:
    """Make the application as the program does.

    Setting its style again repaints every widget that earlier tests left, and changes nothing.
    """
    make_application(["loket"])
