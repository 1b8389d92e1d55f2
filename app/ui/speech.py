"""Reads a screen aloud when the machine has a voice; imported after the first screen stands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QObject
from PySide6.QtTextToSpeech import QTextToSpeech

from app.domain.words import Language

#: Qt's own stand-in says nothing; it is no voice.
_SILENT = "mock"


def has_voice() -> bool:
    """Tell whether an engine that really speaks is installed."""
    return any(engine != _SILENT for engine in QTextToSpeech.availableEngines())


def read(owner: QObject, texts: Sequence[str], language: Language) -> None:
    """Read the texts aloud, or stop when it is reading already."""
    voice = owner.findChild(QTextToSpeech) or QTextToSpeech(owner)
    if voice.state() == QTextToSpeech.State.Speaking:
        voice.stop()
        return
    locale = QLocale("id_ID" if language == "id" else "en_GB")
    if locale in voice.availableLocales():
        voice.setLocale(locale)
    voice.say(". ".join(texts))
