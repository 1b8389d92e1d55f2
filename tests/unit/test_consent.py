"""The consent's wording and its version change together: the office knows what was agreed to."""

from __future__ import annotations

import hashlib

import pytest

from app.domain.words import LANGUAGES, Language
from app.resources import load_words
from app.services.finalizing import CONSENT_VERSION

#: What a person reads and ticks before sending.
PARTS = (
    *("who", "who_body", "why", "why_body", "what", "what_body", "how_long", "how_long_body"),
    *("rights", "rights_body", "truth", "agree"),
)
#: Version and language to the digest of the wording. A change of meaning raises CONSENT_VERSION and
#: adds a pair; a mended spelling only takes its new digest.
SAID: dict[tuple[str, Language], str] = {
    ("2026.1", "id"): "438298debb10df3a",
    ("2026.1", "en"): "f19ffdc86ad7ce99",
}


def wording(language: Language) -> str:
    words = load_words(language)
    said = "\n".join(words(f"applicant.consent.{part}") for part in PARTS)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wording_is_that_of_its_version(language: Language) -> None:
    assert wording(language) == SAID[CONSENT_VERSION, language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screen_says_which_version_it_shows(language: Language) -> None:
    assert load_words(language)("applicant.consent.version").endswith(f" {CONSENT_VERSION}")
