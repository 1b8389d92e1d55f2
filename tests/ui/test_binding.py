"""What we rely on of the Qt binding itself."""

from __future__ import annotations

import sys

from PySide6.QtCore import QPoint, QTranslator
from PySide6.QtWidgets import QApplication

from app.ui.translator import WordsTranslator
from tests.ui.making import words_of


def test_calls_into_qt_do_not_use_up_the_references_on_none() -> None:
    point = QPoint()
    before = sys.getrefcount(None)
    for _ in range(1000):
        point.setX(1)
    assert abs(sys.getrefcount(None) - before) < 100


def test_qts_own_buttons_speak_indonesian_and_unknown_texts_stay(
    qapp: QApplication,
) -> None:
    words = words_of("id")
    translator = WordsTranslator(words)
    qapp.installTranslator(translator)
    try:
        said = QApplication.translate
        assert said("QPlatformTheme", "Cancel") == "Batal"
        for source, text in words.below("qt.").items():
            assert said("QWhatever", source) == said("QOther", source, "why") == text
        assert said("QSomething", "A text nobody knows") == "A text nobody knows"
    finally:
        qapp.removeTranslator(translator)


def test_qt_asks_for_its_texts_without_calling_python() -> None:
    """It may ask in a thread that loads a library, and then nobody may wait for Python."""
    assert WordsTranslator.translate is QTranslator.translate
    assert WordsTranslator.isEmpty is QTranslator.isEmpty
