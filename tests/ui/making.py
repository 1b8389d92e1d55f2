"""Makes what interface tests and the gallery show; grows with the screens."""

from __future__ import annotations

from app.domain.words import Language, Words
from app.resources import load_words


def words_of(language: Language) -> Words:
    return load_words(language)
