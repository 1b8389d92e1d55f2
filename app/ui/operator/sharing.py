"""How the kiosk shares the network with the people around it: a ceiling, quiet hours, a day's sum.

Only chooses; the engine keeps to it from its next look on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.sharing import Sharing
from app.domain.words import Words
from app.services.settings import agreed_sharing, write_setting
from app.ui.operator.choices import Choices, Option
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window

#: Bytes a second: 128, 64 and 32 kbit/s.
_SPEEDS = (0, 16_000, 8_000, 4_000)
_HOURS = ("", "08:00-16:00", "06:00-22:00")
_MEGABYTE = 1_000_000
_DAYS = (0, 20 * _MEGABYTE, 100 * _MEGABYTE, 500 * _MEGABYTE)


class SharingScreen(DeskScreen):
    """Three questions, each with nothing agreed as its first answer."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "sharing", session, "settings")
        words = self.words
        self.set_heading(words("operator.sharing.heading"), words("operator.sharing.hint"))
        self.set_back()
        self.set_primary(words("operator.sharing.save"), self._save, icon="save").setEnabled(False)
        self._questions: dict[str, Choices] = {}
        desk = window.tasks.open_desk
        usual = (desk.sharing if desk else None) or Sharing()
        self.ask(lambda kiosk: agreed_sharing(kiosk, usual), self._show)

    def _show(self, agreed: Sharing) -> None:
        words = self.words
        speed, hours = agreed.most_bytes_per_s, agreed.quiet_hours
        day = agreed.most_document_bytes_per_day
        self._ask("speed", speed_options(words, speed), str(speed))
        self._ask("hours", hours_options(words, hours), hours)
        self._ask("day", day_options(words, day), str(day))
        if self.primary_button:
            self.primary_button.setEnabled(True)
        self.filled()

    def _ask(self, name: str, options: list[Option], chosen: str) -> None:
        title = self.words(f"operator.sharing.{name}")
        self._questions[name] = Choices(self.theme, title, options, chosen, name=name)
        self.body.addWidget(self._questions[name])

    def _save(self) -> None:
        said = {name: choices.value for name, choices in self._questions.items()}
        self.set_busy(True, self.words("ui.saving"))

        def write(kiosk: Kiosk) -> None:
            write_setting(kiosk, "most_bytes_per_s", int(said["speed"]))
            write_setting(kiosk, "quiet_hours", said["hours"])
            write_setting(kiosk, "most_document_bytes_per_day", int(said["day"]))

        def written(_nothing: None) -> None:
            self.set_busy(False)
            self.say(self.words("operator.settings.saved"))

        self.ask(write, written)


def speed_options(words: Words, chosen: int) -> list[Option]:
    """Return the ceilings to choose from; one that only the settings file knows as well."""
    known = (*_SPEEDS, *(() if chosen in _SPEEDS else (chosen,)))
    return [
        Option(
            str(value),
            words("operator.sharing.speed_most", rate=round(value * 8 / 1000))
            if value
            else words("operator.sharing.speed_free"),
            words("operator.sharing.speed_free_help") if not value else "",
        )
        for value in known
    ]


def hours_options(words: Words, chosen: str) -> list[Option]:
    """Return the quiet hours to choose from."""
    known = (*_HOURS, *(() if chosen in _HOURS else (chosen,)))
    options = [Option("", words("operator.sharing.hours_none"))]
    for value in known[1:]:
        begins, _, ends = value.partition("-")
        shown = words("operator.sharing.hours_quiet", begins=begins, ends=ends)
        options.append(Option(value, shown, words("operator.sharing.hours_quiet_help")))
    return options


def day_options(words: Words, chosen: int) -> list[Option]:
    """Return the sums of a day to choose from."""
    known = (*_DAYS, *(() if chosen in _DAYS else (chosen,)))
    return [
        Option(
            str(value),
            words("operator.sharing.day_most", size=words.size(value))
            if value
            else words("operator.sharing.day_free"),
            words("operator.sharing.day_most_help") if value else "",
        )
        for value in known
    ]
