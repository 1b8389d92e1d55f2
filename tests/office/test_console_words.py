"""The console's words: both languages have them all, and the pages use no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import msgspec

from app.domain.lifecycle import OFFICE_STATES
from app.office.console import pages
from app.resources import load_words, resources_path

_FOLDER = Path(pages.__file__).parent
_SOURCES = [
    *_FOLDER.glob("*.py"),
    *(_FOLDER / "templates").glob("*.html"),
    _FOLDER.parent / "status.py",
]
_KEY = re.compile(r"""["']((?:console|public_status|review)(?:\.[a-z_]+)+)["']""")


def test_both_languages_have_the_same_words_with_the_same_blanks() -> None:
    blanks = [
        {
            key: sorted(name for _, name, _, _ in Formatter().parse(text) if name)
            for key, text in _flat("", _written(language))
        }
        for language in ("id", "en")
    ]
    assert blanks[0] == blanks[1]


def _written(language: str) -> object:
    path = resources_path() / "translations" / language / "console.json"
    return msgspec.json.decode(path.read_bytes())


def _flat(prefix: str, tree: object) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for name, below in tree.items():
            yield from _flat(f"{prefix}.{name}", below)
    else:
        yield prefix, str(tree)


def test_every_key_named_in_a_page_exists() -> None:
    words = load_words("id")
    found = {key for source in _SOURCES for key in _KEY.findall(source.read_text("utf-8"))}
    named = {key for key in found if not key.endswith(("_", ".css"))}
    assert len(named) > 100
    assert [key for key in sorted(named) if not words.has(key)] == []


def test_every_state_of_an_application_has_a_name() -> None:
    for language in ("id", "en"):
        words = load_words("en" if language == "en" else "id")
        assert [state for state in OFFICE_STATES if not words.has(f"office_state.{state}")] == []
