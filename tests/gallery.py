"""Draws every screen into a folder: ``python -m tests.gallery --out build/gallery``.

Each screen in both languages, at every size, at 100 and 200 % text, some in high contrast. Uses
invented people only, and a store that is thrown away. ``--manual docs/pictures`` draws those of the
operators' manual anew.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image

from app.domain.words import LANGUAGES, Language
from app.ui.window import Window
from tests.ui.applicant_shots import SHOTS as APPLICANT_SHOTS
from tests.ui.camera_shots import SHOTS as CAMERA_SHOTS
from tests.ui.courier_shots import SHOTS as COURIER_SHOTS
from tests.ui.life_shots import SHOTS as LIFE_SHOTS
from tests.ui.making import House, look, settle
from tests.ui.operator_shots import SHOTS as OPERATOR_SHOTS
from tests.ui.page_shots import SHOTS as PAGE_SHOTS
from tests.ui.shots import Shot

#: The pictures of docs/operators.md: file to shot.
MANUAL = {
    "kiosk-today": "operator_today",
    "kiosk-sending": "operator_sending",
    "kiosk-stick": "courier_done",
    "kiosk-returned": "operator_application_returned",
    "kiosk-billing": "life_pay_code",
    "kiosk-slots": "life_wishing",
}
SIZES = ((1280, 800), (1366, 768), (1920, 1080), (1080, 1920))


class View(NamedTuple):
    """How a screen is looked at."""

    language: Language
    size: tuple[int, int]
    scale: int
    theme: str

    @property
    def name(self) -> str:
        width, height = self.size
        theme = "_contrast" if self.theme == "contrast" else ""
        return f"{self.language}_{width}x{height}_{self.scale}{theme}"


def all_shots() -> tuple[Shot, ...]:
    """Return the shots of every room of the interface."""
    return (
        *APPLICANT_SHOTS,
        *LIFE_SHOTS,
        *PAGE_SHOTS,
        *CAMERA_SHOTS,
        *OPERATOR_SHOTS,
        *COURIER_SHOTS,
    )


def views(*, is_quick: bool) -> Iterator[View]:
    """Yield what to draw of each screen; quick is one of each kind."""
    if is_quick:
        yield View("id", (1280, 800), 100, "light")
        yield View("en", (1280, 800), 200, "light")
        return
    for language in LANGUAGES:
        for size in SIZES:
            for scale in (100, 200):
                yield View(language, size, scale, "light")
        yield View(language, (1280, 800), 100, "contrast")


def draw(shot: Shot, folder: Path, *, is_quick: bool) -> int:
    """Draw one screen in all views; return the number of pictures."""
    count = 0
    with tempfile.TemporaryDirectory() as store:
        house = House(Path(store), has_engine=shot.needs_engine)
        window = house.window()
        shot.bring(house, window)
        for view in views(is_quick=is_quick):
            _apply(window, view)
            if shot.is_over:
                shot.bring(house, window)
                settle(window)
            picture = folder / f"{shot.name}_{view.name}.png"
            window.grab().save(str(picture))
            count += 1
        house.close()
    return count


def draw_manual(folder: Path) -> int:
    """Draw the pictures of the operators' manual, in few colours, as a page loads them."""
    shots = {shot.name: shot for shot in all_shots()}
    for name, shot in MANUAL.items():
        with tempfile.TemporaryDirectory() as store:
            house = House(Path(store))
            window = house.window()
            shots[shot].bring(house, window)
            _apply(window, View("id", (1280, 800), 100, "light"))
            picture = folder / f"{name}.png"
            window.grab().save(str(picture))
            with Image.open(picture) as drawn:
                drawn.convert("RGB").quantize(256).save(picture, optimize=True)
            house.close()
    return len(MANUAL)


def _apply(window: Window, view: View) -> None:
    window.resize(*view.size)
    if window.words.language != view.language:
        window.change_language(view.language)
    window.change_look(look(view.theme, view.scale))
    settle(window)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/gallery"))
    parser.add_argument("--manual", type=Path, help="draw the pictures of docs/operators.md there")
    parser.add_argument("--only", default="", help="names that begin with this")
    parser.add_argument("--quick", action="store_true", help="two pictures of each screen")
    chosen = parser.parse_args(arguments)
    if chosen.manual:
        print(f"{draw_manual(chosen.manual)} pictures in {chosen.manual}")
        return 0
    chosen.out.mkdir(parents=True, exist_ok=True)
    count = 0
    for shot in all_shots():
        if shot.name.startswith(chosen.only):
            count += draw(shot, chosen.out, is_quick=chosen.quick)
            print(shot.name, flush=True)
    print(f"{count} pictures in {chosen.out}")
    return 0 if count else 1


if __name__ == "__main__":
    raise SystemExit(main())
