"""What a new applicant finds: language, text size, colours."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from app.domain.words import LANGUAGES, Language
from app.ui.choices import keep_look
from app.ui.operator.choices import Choices, Option
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.theme.tokens import TEXT_SCALES, Appearance, ThemeName

if TYPE_CHECKING:
    from app.ui.window import Window


class LookScreen(DeskScreen):
    """Three questions; saved together, in force for the next person."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "look", session, "settings")
        words, desk = self.words, window.desk
        self.set_heading(words("operator.look.heading"), words("operator.look.hint"))
        self._language = Choices(
            self.theme,
            words("operator.look.language"),
            [Option(code, words(f"operator.look.language_{code}")) for code in LANGUAGES],
            desk.language,
            name="language",
        )
        self._text = Choices(
            self.theme,
            words("operator.look.text"),
            [Option(str(step), words(f"operator.look.text_{step}")) for step in TEXT_SCALES],
            str(desk.appearance.text_scale),
            name="text",
            least=220,
        )
        self._theme = Choices(
            self.theme,
            words("operator.look.theme"),
            [
                Option(
                    name,
                    words(f"operator.look.theme_{name}"),
                    words(f"operator.look.theme_{name}_help"),
                )
                for name in ("light", "contrast")
            ],
            desk.appearance.theme,
            name="theme",
        )
        for part in (self._language, self._text, self._theme):
            self.body.addWidget(part)
        self.set_back()
        self.set_primary(words("operator.look.save"), self._save, icon="save")

    def _save(self) -> None:
        language = cast(Language, self._language.value)
        appearance = Appearance(cast(ThemeName, self._theme.value), int(self._text.value))
        self.set_busy(True, self.words("ui.saving"))

        def written(_nothing: None) -> None:
            window = self.window_
            window.desk = replace(window.desk, language=language, appearance=appearance)
            self.set_busy(False)
            self.say(self.words("operator.settings.saved"))

        self.ask(partial(keep_look, language=language, appearance=appearance), written)
