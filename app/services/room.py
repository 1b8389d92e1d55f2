"""The room on the kiosk's disk that new work must leave, so that what waits can still go.

Never stands in the way of what makes room: sending, the courier, and what the office answers.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from app.errors import LocalFault
from app.storage.faults import as_faults

#: Below it no page is taken. Each step of sending and of the courier is written down before it is
#: done, so a disk filled with pages to the last byte could never empty itself again.
LEAST_FREE_BYTES = 200_000_000


def refuse_without_room(folder: Path, least_free_bytes: int) -> None:
    """Refuse new work on a disk that has less than so much room.

    Raises:
        LocalFault: ``disk_nearly_full``.
    """
    with as_faults(folder):
        free = shutil.disk_usage(folder).free
    if free < least_free_bytes:
        raise LocalFault("disk_nearly_full")
