"""The steps a process takes on its store, its files and its connections; it can die before any.

Nothing in the program knows of this: SQLAlchemy's events and Python's audit hook tell each step.
A step is named by the function of ours that took it and by what it did.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType

import msgspec
from sqlalchemy import Engine, event

_FILE_STEPS = frozenset(
    {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"}
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_LETTERS = re.compile(r"[A-Za-z_]+")


class Death(msgspec.Struct, frozen=True):
    """Before which step a process dies."""

    #: Empty is any.
    step: str
    #: Counted from 1 among the steps of that name.
    occurrence: int = 1


class Steps:
    """Names every step of this process from now on; meant for a child, as hooks stay for ever.

    Args:
        folder: only files below it count.
        death: where it ends.
        written: gets one name a line, for the next runs to choose from.
    """

    def __init__(self, folder: Path, death: Death | None, written: Path | None) -> None:
        self._folder = str(folder)
        self._death = death
        self._written = written.open("a") if written else None
        self._seen = 0
        self._lock = threading.Lock()
        self._names: dict[tuple[CodeType, str], str] = {}

    def watch(self) -> None:
        """Begin."""
        event.listen(Engine, "before_cursor_execute", self._on_statement)
        event.listen(Engine, "commit", lambda _connection: self._take("commit"))
        sys.addaudithook(self._on_audit)

    def _on_statement(self, _c: object, _cursor: object, statement: str, *_: object) -> None:
        self._take(statement)

    def _on_audit(self, name: str, arguments: tuple[object, ...]) -> None:
        if name == "socket.connect":
            self._take(name)
        elif name in _FILE_STEPS and self._is_ours(arguments[0]):
            flags = arguments[2] if name == "open" else _WRITING
            # Reading a file is no step: nothing differs before and after.
            if isinstance(flags, int) and flags & _WRITING:
                self._take(name)

    def _is_ours(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self._folder)

    def _take(self, what: str) -> None:
        name = self._name(what)
        if not name:
            return
        if self._written is not None:
            self._written.write(f"{name}\n")
            self._written.flush()
        if self._death is None or self._death.step not in ("", name):
            return
        with self._lock:
            self._seen += 1
            if self._seen == self._death.occurrence:
                os.kill(os.getpid(), signal.SIGKILL)

    def _name(self, what: str) -> str:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and not frame.f_globals["__name__"].startswith("app."):
            frame = frame.f_back
        if frame is None:
            # A test's own question is no step of the program.
            return ""
        known = self._names.get((frame.f_code, what))
        if known is None:
            room = frame.f_globals["__name__"].removeprefix("app.")
            said = " ".join(_LETTERS.findall(what)[:3]) if " " in what else what
            known = self._names[frame.f_code, what] = f"{room}.{frame.f_code.co_name}: {said}"
        return known
