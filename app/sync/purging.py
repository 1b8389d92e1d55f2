"""Removes files that rows have given up, where a kill came between the commit and the deletion.

Never judges what may go: the rows say it.
"""

from __future__ import annotations

from itertools import islice

from app.storage import received
from app.storage.store import Store

_AT_ONCE = 500


def sweep(store: Store) -> int:
    """Delete the files whose rows all say that they are gone; return how many.

    A file that no row names is left alone: a page may be in the middle of being added.
    """
    files = store.blobs.older_than(0)
    deleted = 0
    while batch := [path.name for path in islice(files, _AT_ONCE)]:
        with store.read() as session:
            gone = received.purged_among(session, batch)
        for digest in gone:
            store.blobs.delete(digest)
        deleted += len(gone)
    return deleted
