"""Reads a screen aloud when the machine has a voice; imported after the first screen stands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QObject
from PySide6.QtTextToSpeech import QTextToSpeech

from app.domain.words import Language
from app.errors import LocalFault


def read(owner: QObject, texts: Sequence[str], language: Language) -> None:
    """Read the texts aloud, or stop when it is reading already.

    Raises:
        LocalFault: ``voice_missing``.
    """
    known = owner.findChildren(QTextToSpeech)
    voice = known[0] if known else QTextToSpeech(owner)
    if voice.state() == QTextToSpeech.State.Error:
        raise LocalFault("voice_missing")
    if voice.state() == QTextToSpeech.State.Speaking:
        voice.stop()
        return
    locale = QLocale("id_ID" if language == "id" else "en_GB")
    if locale in voice.availableLocales():
        voice.setLocale(locale)
    voice.say(". ".join(texts))
