"""The real programs, each in a process of its own: the kiosk's commands and the office's server."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.office.context import Office
from app.office.review import Officer
from app.office_commands import office_settings, opened_office

CHECKOUT = Path(__file__).parents[2]
SARI = Officer("sari", "Sari Contoh", ("adjudicator",))
_OFFICE = ["--office-id", "tarempa", "--office-name", "Kantor Imigrasi Contoh"]


def loket(*words: str | Path, must_do: bool = True) -> str:
    """Run one command to its end and return what it printed."""
    done = subprocess.run(
        _command(*words), cwd=CHECKOUT, capture_output=True, text=True, timeout=300
    )
    if must_do and done.returncode:
        raise AssertionError(f"loket {words[0]}: {done.stderr}")
    return done.stdout


def loket_json(*words: str | Path, must_do: bool = True) -> Any:  # noqa: ANN401 - any report
    """Run one command that answers with a line of JSON."""
    return json.loads(loket(*words, "--json", must_do=must_do))


def start_loket(*words: str | Path) -> subprocess.Popen[bytes]:
    """Start a command and let it run."""
    return subprocess.Popen(
        _command(*words), cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process as a power cut does; it must still have been running."""
    assert process.poll() is None, "it ended before it could be killed"
    process.kill()
    process.wait(10)


class OfficeProgram:
    """``loket office serve`` on a folder; may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the running server."""
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(
            _command("office", "serve", "--port", "0", "--data", self.folder, *_OFFICE),
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            assert self._process.stdout is not None
            self._process.stdout.close()
            kill(self._process)
            self._process = None

    def enrolment_code(self, letters: str) -> str:
        """Make a code as the administrator does."""
        said = loket("office", "code", letters, "Kiosk Letung", "--data", self.folder, *_OFFICE)
        return said.rsplit(" ", 1)[1].strip()

    @contextmanager
    def opened(self) -> Iterator[Office]:
        """Open its folder beside the running server."""
        named = argparse.Namespace(
            data=self.folder,
            office_id="tarempa",
            office_name="Kantor Imigrasi Contoh",
            database="",
        )
        with opened_office(office_settings(named)) as office:
            yield office


def _command(*words: str | Path) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "app", *map(str, words)]
