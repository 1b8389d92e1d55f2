"""Answers Qt's own texts (file dialogs, context menus) from our one table of words."""

from __future__ import annotations

from PySide6.QtCore import QTranslator

from app.domain.words import Words


class WordsTranslator(QTranslator):
    """Looks a Qt source text up under ``qt.<source text>``; an unknown one stays as Qt wrote it."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.words = words

    def translate(
        self, _context: str, source: str, _disambiguation: str | None = None, _n: int = -1
    ) -> str:
        """Return our words, or the source text: never None, for which PySide drops a reference."""
        key = f"qt.{source}"
        return self.words(key) if self.words.has(key) else source

    def isEmpty(self) -> bool:  # noqa: N802 - Qt's name
        return False
