"""The demo: an office on this machine and an enrolled kiosk, in a window or without a display."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from app.bootstrap import make_desk, open_kiosk
from app.config import SETTINGS_FILE, demo_folder, terminal_language
from app.demo_office import OFFICER, OPERATOR, DemoOffice, running_office
from app.demo_papers import demo_person, draw_papers
from app.domain.words import Words
from app.errors import LocalFault
from app.resources import load_words

_PULL_INTERVAL_S = 10.0


def run_demo(wanted: Path | None, *, offscreen: bool) -> int:
    """Run the demo until its window is closed, or the whole journey where there is no display.

    Raises:
        LocalFault: ``demo_folder_unusable``; as ``running_office``.
    """
    words = load_words(terminal_language(os.environ))
    folder = demo_folder(wanted)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LocalFault("demo_folder_unusable") from error
    if offscreen or not has_display(os.environ):
        from app.demo_journey import run_journey

        if not offscreen:
            _say(words("demo.no_display"))
        return run_journey(folder, words, _say)
    _say(words("demo.starting", folder=folder))
    with running_office(folder / "office") as office:
        with open_kiosk(folder / "kiosk") as opened:
            office.make_known(opened)
        _hasten(folder / "kiosk")
        say_where(office, words)
        papers = folder / "papers"
        draw_papers(papers, demo_person())
        _say(words("demo.papers", folder=papers))
        from app.ui.window import run_kiosk

        return run_kiosk(make_desk(folder / "kiosk"))


def _hasten(kiosk: Path) -> None:
    """Let the kiosk look for news often: whoever tries both sides waits at one for the other."""
    settings = kiosk / SETTINGS_FILE
    if not settings.exists():
        settings.write_text(f"pull_interval_s = {_PULL_INTERVAL_S}\n", "utf-8")


def say_where(office: DemoOffice, words: Words) -> None:
    """Say the addresses and accounts of the demo."""
    notes = office.notes
    _say(words("demo.office", url=office.url))
    officer = {"name": OFFICER.name, "password": notes.officer_password}
    _say(words("demo.console", url=office.url, **officer))
    _say(words("demo.status", url=office.url))
    _say(words("demo.pay", command=office.pay_command))
    _say(words("demo.operator", name=OPERATOR, password=notes.operator_password))


def has_display(environment: Mapping[str, str]) -> bool:
    """Tell whether a window can be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
