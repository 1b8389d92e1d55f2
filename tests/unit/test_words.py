"""The text tables: the same keys and placeholders in both languages, and nothing without words."""

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.answers import Problem
from app.domain.words import LANGUAGES, Language
from app.resources import load_words, resources_path

ROOT = Path(__file__).parents[2]
TABLES = resources_path() / "translations"
#: A BugError is told with the general words and its code.
ERRORS = {"UserError", "LocalFault", "RemoteError"}


def test_a_code_without_words_of_its_own_is_told_in_general_ones() -> None:
    words = load_words("id")
    assert words.error_title("agency_away") == words("errors.agency_away.title")
    assert words.error_title("unheard_of") == words("errors.unknown.title")


def flat(tree: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for name, below in tree.items():
            yield from flat(below, f"{prefix}.{name}" if prefix else name)
    else:
        assert isinstance(tree, str), prefix
        yield prefix, tree


def table(path: Path) -> dict[str, str]:
    return dict(flat(json.loads(path.read_text("utf-8"))))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


@pytest.mark.parametrize("path", sorted((TABLES / "id").glob("*.json")), ids=lambda p: p.stem)
def test_both_languages_have_the_same_keys_and_placeholders(path: Path) -> None:
    indonesian = table(path)
    english = table(TABLES / "en" / path.name)
    assert indonesian.keys() == english.keys()
    for key, text in indonesian.items():
        assert placeholders(text) == placeholders(english[key]), key
        assert text.strip(), key
        assert english[key].strip(), key


def test_no_table_stands_in_one_language_only() -> None:
    names = [{path.name for path in (TABLES / language).iterdir()} for language in LANGUAGES]
    assert names[0] == names[1]


def test_no_key_stands_in_two_tables() -> None:
    seen: dict[str, str] = {}
    for path in sorted((TABLES / "id").glob("*.json")):
        for key in table(path):
            assert key not in seen, f"{key} in {seen.get(key)} and {path.name}"
            seen[key] = path.name


def test_every_error_that_is_raised_has_words() -> None:
    words = load_words("id")
    silent = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in ERRORS and node.args and isinstance(node.args[0], ast.Constant):
                code = str(node.args[0].value)
                keys = (f"errors.{code}.title", f"errors.{code}.detail")
                if not all(words.has(key) for key in keys):
                    silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {code}")
    assert silent == []


def test_every_key_named_in_the_code_exists() -> None:
    words = load_words("id")
    sections = {key.split(".")[0] for name in LANGUAGES for key in load_words(name)._table}
    like_a_key = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
    missing = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            first = node.args[0]
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                continue
            key = first.value
            is_called_as_words = isinstance(node.func, ast.Name | ast.Attribute) and (
                getattr(node.func, "id", getattr(node.func, "attr", "")) in {"words", "say"}
            )
            if is_called_as_words and like_a_key.fullmatch(key):
                assert key.split(".")[0] in sections, f"{path}:{node.lineno} {key}"
                if not words.has(key):
                    missing.append(f"{path.relative_to(ROOT)}:{node.lineno} {key}")
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_that_only_a_newer_catalogue_knows_has_a_name(language: Language) -> None:
    words = load_words(language)
    found = Problem("name", "differs_from_paper", "warning", {"paper": "sea_pass", "read": "SITI"})
    assert words("papers.other") in words.problem(found)
    assert words.paper("ktp") == "KTP"
