"""Every trouble of a device has words in both languages, and says what to do."""

from __future__ import annotations

import pytest

from app.capture import faults
from app.domain.words import LANGUAGES, Language
from app.errors import LocalFault
from app.resources import load_words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trouble_has_words_of_its_own(language: Language) -> None:
    words = load_words(language)
    assert len(faults.CODES) > 20
    said = {code: words.error(LocalFault(code)) for code in faults.CODES}
    unknown = words("errors.unknown.title")
    assert [code for code, (title, _) in said.items() if title == unknown] == []
    assert len({title for title, _ in said.values()}) == len(said)
    assert all(detail.count(".") >= 2 for _, detail in said.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_and_state_has_a_name(language: Language) -> None:
    words = load_words(language)
    kinds = ("flatbed", "feeder", "network", "network_feeder", "camera", "folder", "file")
    states = ("ready", "busy", "absent", "needs_attention")
    assert all(words(f"capture.kind.{kind}") for kind in kinds)
    assert all(words(f"capture.state.{state}") for state in states)
