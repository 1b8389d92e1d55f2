"""Where a run's kiosk and office lie, and what was filled in before it began."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

FACTS = "facts.json"


class Facts(msgspec.Struct, frozen=True):
    """What is true of every run."""

    #: The applications: to be returned, to be asked about, to be accepted.
    applications: tuple[str, str, str]
    #: Application and need to the SHA-256 of the document before sealing.
    documents: dict[str, dict[str, str]]


class Places:
    """The folders of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kiosk = folder / "kiosk"
        self.office = folder / "office"
        self.stick = folder / "stick"
        self.steps = folder / "steps"
        self.said = folder / "said"

    def facts(self) -> Facts:
        """Read the facts."""
        return msgspec.json.decode((self.folder / FACTS).read_bytes(), type=Facts)

    def copy_to(self, folder: Path) -> Places:
        """Make the folders of a run out of these."""
        shutil.copytree(self.folder, folder)
        copied = Places(folder)
        copied.steps.mkdir()
        copied.stick.mkdir()
        return copied

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder)
