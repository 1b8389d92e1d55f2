"""Finds and reads the files shipped under ``resources/``; never writes there."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from app.domain.words import Language, Words


def resources_path() -> Path:
    """Return the folder of shipped files, in a checkout or in the frozen program."""
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen or Path(__file__).parent.parent) / "resources"


def load_words(language: Language) -> Words:
    """Read every text table of one language into one set of words."""
    table: dict[str, str] = {}
    for path in sorted((resources_path() / "translations" / language).glob("*.json")):
        _flatten("", msgspec.json.decode(path.read_bytes()), table)
    return Words(language, table)


def _flatten(prefix: str, tree: object, table: dict[str, str]) -> None:
    if isinstance(tree, dict):
        for name, below in tree.items():
            _flatten(f"{prefix}.{name}" if prefix else str(name), below, table)
    else:
        table[prefix] = str(tree)
