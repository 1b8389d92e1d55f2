"""A watched folder, for devices with software of their own; knows files, and no device.

A file is taken only when it has stopped growing, and once. It is deleted only after the taker has
said that its content is kept; when anything fails before that, it stays where it is. What lay there
before a person came is somebody else's and is never taken.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.capture import faults
from app.capture.source import Pages, Stop, Told
from app.domain.clock import Clock
from app.domain.sources import FOLDER_ID, ScanProgress, ScanWish, SourceDescription, SourceState

#: A file that neither grew nor was touched for so long is whole.
SETTLED_S = 2.0
_GLANCE_S = 0.25
#: Nothing came for so long: the person is told, instead of left standing.
PATIENCE_S = 180.0
#: A device that feeds sheets makes a file every few seconds.
_MORE_MAY_COME_S = 6.0
MOST_FILE_BYTES = 40 * 1024 * 1024
_MOST_FILES = 2000
#: Clocks of file systems differ a little, and FAT counts in twos.
_SLACK_S = 2.0
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf", ".heic", ".heif"})

#: Size and time of change: a file of the same name with others is another file.
_Mark = tuple[int, int]


class FolderSource:
    """The folder.

    Args:
        folder: where the other software writes.
        clock: the time.
        delete: deletes a file; raises OSError where the medium does not let it.
    """

    def __init__(
        self, folder: Path, clock: Clock, delete: Callable[[Path], None] = Path.unlink
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._delete_file = delete
        #: Taken already, and could not be deleted.
        self._kept: dict[str, _Mark] = {}

    def describe(self) -> SourceDescription:
        """Return whether it is there; files that lie in it are somebody's papers in the open."""
        try:
            left = self._files()
        except FileNotFoundError:
            return _described("absent", faults.FOLDER_ABSENT)
        except OSError:
            return _described("needs_attention", faults.FOLDER_REFUSED)
        if self._is_kept(left):
            return _described("needs_attention", faults.FOLDER_KEPT_FILE)
        return _described(
            "needs_attention" if left else "ready", faults.FOLDER_HOLDS_FILES if left else ""
        )

    def scan(self, wish: ScanWish, told: Told, stop: Stop) -> Pages:
        """Yield files that arrive from now on, or since ``wish.since``; see ``Source``.

        It ends some seconds after the last file. What is true if it dies: every file is in the
        folder, in the store, or in both.
        """
        old = {name: mark for name, mark in self._look().items() if not _is_since(mark, wish)}
        looked: dict[str, tuple[_Mark, float]] = {}
        until = self._clock.monotonic() + PATIENCE_S
        taken = 0
        told(ScanProgress(1))
        while taken < wish.most_pages:
            now = self._clock.monotonic()
            new = {
                name: mark for name, mark in self._look().items() if self._is_new(name, mark, old)
            }
            looked = {
                name: looked[name] if name in looked and looked[name][0] == mark else (mark, now)
                for name, mark in new.items()
            }
            settled = [n for n, (_, since) in looked.items() if now - since >= SETTLED_S]
            for name in sorted(settled, key=lambda n: (new[n][1], n))[: wish.most_pages - taken]:
                content = None if stop.is_set() else self._read(name, new[name])
                if content is None:
                    continue
                yield content
                self._delete(name, new[name])
                taken += 1
                told(ScanProgress(taken, 1.0))
                until = self._clock.monotonic() + _MORE_MAY_COME_S
            if new and not settled:
                until = max(until, now + _MORE_MAY_COME_S)
            if self._clock.monotonic() >= until:
                break
            if stop.is_set() or stop.wait(_GLANCE_S):
                raise faults.fault(faults.CANCELLED)
        self._refuse_if_empty(taken)

    def _refuse_if_empty(self, taken: int) -> None:
        if not taken:
            raise faults.fault(faults.FOLDER_EMPTY)
        if self._is_kept(self._look()):
            raise faults.fault(faults.FOLDER_KEPT_FILE)

    def _is_kept(self, files: dict[str, _Mark]) -> bool:
        """Tell whether a file lies there that was taken and could not be deleted."""
        return any(files.get(name) == mark for name, mark in self._kept.items())

    def _is_new(self, name: str, mark: _Mark, old: dict[str, _Mark]) -> bool:
        return old.get(name) != mark and self._kept.get(name) != mark

    def _look(self) -> dict[str, _Mark]:
        try:
            return self._files()
        except FileNotFoundError as error:
            raise faults.fault(faults.FOLDER_ABSENT) from error
        except OSError as error:
            raise faults.fault(faults.FOLDER_REFUSED) from error

    def _files(self) -> dict[str, _Mark]:
        """Return the plain files that may be pages; links are not followed, names not believed."""
        found: dict[str, _Mark] = {}
        for path in self._folder.iterdir():
            if path.suffix.lower() not in _SUFFIXES or path.name.startswith((".", "~")):
                continue
            try:
                seen = path.lstat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(seen.st_mode) and seen.st_size and len(found) < _MOST_FILES:
                found[path.name] = (seen.st_size, seen.st_mtime_ns)
        return found

    def _read(self, name: str, mark: _Mark) -> bytes | None:
        """Return a file's content; None when it changed meanwhile after all."""
        path = self._folder / name
        if mark[0] > MOST_FILE_BYTES:
            raise faults.fault(faults.FOLDER_FILE_TOO_LARGE)
        try:
            with path.open("rb") as opened:
                content = opened.read(MOST_FILE_BYTES + 1)
            return content if _mark(path) == mark and len(content) == mark[0] else None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise faults.fault(faults.FOLDER_REFUSED) from error

    def _delete(self, name: str, mark: _Mark) -> None:
        """Delete a file whose content is kept, unless another stands in its place by now."""
        path = self._folder / name
        try:
            if _mark(path) == mark:
                self._delete_file(path)
        except FileNotFoundError:
            return
        except OSError:
            self._kept[name] = mark


def _mark(path: Path) -> _Mark:
    seen = path.lstat()
    return seen.st_size, seen.st_mtime_ns


def _is_since(mark: _Mark, wish: ScanWish) -> bool:
    if wish.since is None:
        return False
    changed = datetime.fromtimestamp(mark[1] / 1e9, UTC)
    return (changed - wish.since).total_seconds() >= -_SLACK_S


def _described(state: SourceState, fault: str) -> SourceDescription:
    return SourceDescription(FOLDER_ID, "folder", state=state, fault=fault, is_feeder=True)
