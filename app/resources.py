"""Finds and reads the files shipped under ``resources/``; never writes there.

Imports late: the first screen needs words and icons, and nothing of the catalogue.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.words import Language, Words
from app.errors import UserError

if TYPE_CHECKING:
    from app.domain.catalogue import Catalogue
    from app.domain.help_answers import HelpAnswers
    from app.domain.regions import Regions
    from app.domain.working_days import Holidays


def resources_path() -> Path:
    """Return the folder of shipped files, in a checkout or in the frozen program."""
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen or Path(__file__).parent.parent) / "resources"


def load_catalogue() -> Catalogue:
    """Read and judge the shipped catalogue; errors as in ``read_catalogue_folder``."""
    return read_catalogue_folder(resources_path() / "catalogue")


def read_catalogue_folder(folder: Path) -> Catalogue:
    """Read and judge a catalogue laid out as the shipped one.

    Raises:
        UserError: ``catalogue_not_there``.
        CatalogueFault: a file is broken; names the file, the service and the field.
    """
    from app.domain.catalogue_reading import read_catalogue

    found = sorted(folder.rglob("*.toml"))
    if not found:
        raise UserError("catalogue_not_there", folder=str(folder))
    return read_catalogue(
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
    )


def load_help() -> HelpAnswers:
    """Read the shipped questions and answers."""
    from app.domain.help_answers import read_help

    folder = resources_path() / "help"
    return read_help({path.name: path.read_bytes() for path in sorted(folder.glob("*.toml"))})


def load_regions() -> Regions:
    """Read Indonesia's regions; the index for searching is made at the first search."""
    import gzip

    import msgspec

    from app.domain.regions import Aliases, Regions

    folder = resources_path() / "regions"
    text = gzip.decompress((folder / "regions.txt.gz").read_bytes()).decode("utf-8")
    aliases = msgspec.json.decode((folder / "aliases.json").read_bytes(), type=Aliases)
    return Regions(text, aliases)


@cache
def load_holidays() -> Holidays:
    """Read the shipped days on which offices are closed."""
    from app.domain.working_days import read_holidays

    return read_holidays((resources_path() / "holidays.toml").read_bytes())


def load_words(language: Language) -> Words:
    """Read every text table of one language into one set of words."""
    table: dict[str, str] = {}
    for path in sorted((resources_path() / "translations" / language).glob("*.json")):
        _flatten("", json.loads(path.read_bytes()), table)
    return Words(language, table)


def _flatten(prefix: str, tree: object, table: dict[str, str]) -> None:
    if isinstance(tree, dict):
        for name, below in tree.items():
            _flatten(f"{prefix}.{name}" if prefix else str(name), below, table)
    else:
        table[prefix] = str(tree)
