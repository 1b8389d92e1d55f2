"""Every error the office raises has words in both languages."""

from __future__ import annotations

import re

import pytest

from app.domain.words import LANGUAGES, Language
from app.resources import load_words
from tests.office.house import CHECKOUT

_RAISED = re.compile(r'(?:UserError|LocalFault|RemoteError|BugError)\(\s*"(\w+)"')


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_of_the_office_has_words(language: Language) -> None:
    words = load_words(language)
    sources = (CHECKOUT / "app" / "office").glob("*.py")
    codes = {code for file in sources for code in _RAISED.findall(file.read_text("utf-8"))}
    assert len(codes) > 40
    missing = [code for code in codes if not words.has(f"errors.{code}.detail")]
    assert missing == []
