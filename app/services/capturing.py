"""Where pages come from, as a person meets it: the list, the one chosen, a scan.

Speaks to no device itself, and never looks at a page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import msgspec

from app.domain.sources import FOLDER_ID, ScanProgress, ScanWish, SourceDescription
from app.errors import UserError
from app.services.kiosk import Kiosk
from app.services.settings import read_setting, write_setting

_CHOSEN = "capture_source"
_FOLDER = "capture_folder"
_SEEN = "capture_seen"


def sources(kiosk: Kiosk) -> tuple[SourceDescription, ...]:
    """Return everything pages can come from, as it was seen last; asks no device."""
    _recall(kiosk)
    return kiosk.capture.listed()


def find_sources(kiosk: Kiosk, stop: threading.Event) -> tuple[SourceDescription, ...]:
    """Ask for all devices, half a minute at most, and keep what was found for the next start.

    Raises:
        LocalFault: ``scan_cancelled`` when ``stop`` was set.
    """
    _recall(kiosk)
    found = kiosk.capture.find(stop)
    wanted = read_setting(kiosk, _CHOSEN, "")
    kept = [one for one in found if one.address and (one.state != "absent" or one.id == wanted)]
    written = msgspec.json.encode(kept).decode()
    if written != read_setting(kiosk, _SEEN, ""):
        write_setting(kiosk, _SEEN, written)
    return found


def chosen(kiosk: Kiosk) -> SourceDescription | None:
    """Return the source that was chosen in the settings, None when none was or it is unknown."""
    wanted = read_setting(kiosk, _CHOSEN, "")
    return next((one for one in sources(kiosk) if one.id == wanted), None)


def choose(kiosk: Kiosk, source_id: str) -> None:
    """Choose a source for every page from now on; a screen may still offer others.

    Raises:
        UserError: ``source_not_listed``.
    """
    if source_id not in {one.id for one in sources(kiosk)}:
        raise UserError("source_not_listed")
    write_setting(kiosk, _CHOSEN, source_id)


def folder(kiosk: Kiosk) -> Path | None:
    """Return the watched folder."""
    written = read_setting(kiosk, _FOLDER, "")
    return Path(written) if written else None


def watch_folder(kiosk: Kiosk, path: Path | None) -> None:
    """Watch another folder, or none; files that arrive in it during a scan are taken and deleted.

    Raises:
        UserError: ``folder_not_there``.
    """
    if path is not None and not _is_folder(path):
        raise UserError("folder_not_there")
    write_setting(kiosk, _FOLDER, str(path.absolute()) if path is not None else "")
    kiosk.capture.watch(path)
    if path is None and read_setting(kiosk, _CHOSEN, "") == FOLDER_ID:
        write_setting(kiosk, _CHOSEN, "")


def note_cameras(kiosk: Kiosk, cameras: Sequence[tuple[str, str]]) -> None:
    """Take over which cameras the screen sees, as ids that begin with ``camera:`` and names."""
    kiosk.capture.note_cameras(cameras)


def scan(
    kiosk: Kiosk,
    source_id: str,
    wish: ScanWish,
    told: Callable[[ScanProgress], None],
    stop: threading.Event,
) -> Generator[bytes, None, None]:
    """Yield pages, each a file for ``documents.add_pages``, as soon as they are whole.

    Use it to its end: asking for the next page says that the one before is stored, and only then is
    a watched folder's file deleted. Closing it early ends the device's work.

    Args:
        kiosk: the parts.
        source_id: one of ``sources``; cameras and files are the screen's own.
        wish: resolution, region and so on.
        told: how far it is; called on this thread, at most some ten times a second.
        stop: set, it ends within a second.

    Raises:
        LocalFault: what the device reports, see ``app.capture.faults``; ``scan_cancelled``.
            Pages yielded before are good.
    """
    _recall(kiosk)
    return kiosk.capture.scan(source_id, wish, told, stop)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # A name longer than any, or a way there that is closed to this account.
        return False


def _recall(kiosk: Kiosk) -> None:
    """Give the sources what was kept of earlier days, once."""
    if not kiosk.capture.is_new:
        return
    try:
        seen = msgspec.json.decode(read_setting(kiosk, _SEEN, "[]"), type=list[SourceDescription])
    except msgspec.DecodeError:
        seen = []
    kiosk.capture.remember(seen)
    kiosk.capture.watch(folder(kiosk))
