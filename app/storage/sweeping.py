"""Removes files that no row names: left by a death between writing a file and committing its row.

Never removes a young file: another process may be about to name it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from app.storage.pages import blobs_in_use
from app.storage.store import Store
from app.storage.tables import RecordRow

_log = logging.getLogger(__name__)
#: No transaction takes so long between its files and its rows.
MIN_AGE_S = 3600.0
_AT_ONCE = 400


def sweep_orphans(store: Store, min_age_s: float = MIN_AGE_S) -> int:
    """Delete unfinished files, files without a row, and files whose rows say they are gone.

    What is true if it dies: fewer orphans; the next start goes on. One that the system does not
    let go (a scanner of viruses has it open, somebody forbade it) stays for a later start.

    Returns:
        How many files went.

    Raises:
        LocalFault: the folder or the store cannot be read.
    """
    gone = kept = 0
    for paths in _batches(list(store.blobs.older_than(min_age_s))):
        named = _named(store, [path.name for path in paths])
        for path in paths:
            if path.name in named:
                continue
            try:
                path.unlink(missing_ok=True)
                gone += 1
            except OSError:
                kept += 1
    if kept:
        _log.warning("%d files that nobody needs cannot be removed", kept)
    return gone


def _named(store: Store, digests: Sequence[str]) -> set[str]:
    with store.read() as session:
        of_records = session.scalars(
            select(RecordRow.digest).where(RecordRow.digest.in_(digests), ~RecordRow.is_purged)
        )
        return {*of_records, *blobs_in_use(session, digests)}


def _batches(paths: list[Path]) -> list[list[Path]]:
    return [paths[start : start + _AT_ONCE] for start in range(0, len(paths), _AT_ONCE)]
