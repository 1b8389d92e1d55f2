"""What we rely on of the Qt binding itself."""

from __future__ import annotations

import sys

from PySide6.QtCore import QPoint

from app.ui.translator import WordsTranslator
from tests.ui.making import words_of


def test_calls_into_qt_do_not_use_up_the_references_on_none() -> None:
    point = QPoint()
    before = sys.getrefcount(None)
    for _ in range(1000):
        point.setX(1)
    assert abs(sys.getrefcount(None) - before) < 100


def test_qts_own_buttons_speak_indonesian_and_unknown_texts_stay() -> None:
    translator = WordsTranslator(words_of("id"))
    assert translator.translate("QPlatformTheme", "Cancel") == "Batal"
    assert translator.translate("QSomething", "A text nobody knows") == "A text nobody knows"
