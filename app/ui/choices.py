"""What the operator chose for every new person: kept in the store, read when it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.words import LANGUAGES, Language
from app.services.settings import read_setting, write_setting
from app.ui.theme.tokens import TEXT_SCALES, Appearance

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk


def chosen_look(kiosk: Kiosk) -> tuple[Language | None, Appearance | None]:
    """Return the language and look chosen; None where nothing (or nonsense) was kept."""
    kept = read_setting(kiosk, "language", "")
    language = next((known for known in LANGUAGES if known == kept), None)
    scale = read_setting(kiosk, "text_scale", 0)
    if scale not in TEXT_SCALES:
        return language, None
    is_contrast = read_setting(kiosk, "theme", "") == "contrast"
    return language, Appearance("contrast" if is_contrast else "light", scale)


def keep_look(kiosk: Kiosk, language: Language, appearance: Appearance) -> None:
    """Keep what every new person finds from now on."""
    write_setting(kiosk, "language", language)
    write_setting(kiosk, "theme", appearance.theme)
    write_setting(kiosk, "text_scale", appearance.text_scale)
