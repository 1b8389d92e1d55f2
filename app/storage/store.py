"""The kiosk's encrypted store: one SQLCipher file and the sealed files beside it.

Never lets an exception of SQLAlchemy or SQLite out: they become faults with a code here.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from app.domain.clock import Clock
from app.errors import LocalFault
from app.security.durable import write_private
from app.security.key_store import KEY_MARK_FILE
from app.storage.blobs import Blobs
from app.storage.connecting import HOW_TO_BEGIN, make_engine
from app.storage.faults import as_faults, fault_of
from app.storage.migrating import is_current, migrate

STORE_FILE = "store.db"


class Store:
    """Everything the kiosk remembers; made by ``Store.open``.

    May be used from every thread; a session may not leave the thread that began it.

    Attributes:
        folder: the data folder.
        blobs: the sealed files.
        clock: tells the time written into rows.
    """

    def __init__(self, folder: Path, key: bytes, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.blobs = Blobs(folder / "blobs")
        self._engine = make_engine(folder / STORE_FILE, key)
        self._reading = sessionmaker(self._engine, expire_on_commit=False)
        self._writing = sessionmaker(
            self._engine.execution_options(**{HOW_TO_BEGIN: "BEGIN IMMEDIATE"}),
            expire_on_commit=False,
        )
        self._identity = ""
        self._recipient = ""

    @classmethod
    def open(cls, folder: Path, key: bytes, clock: Clock) -> Store:
        """Open the store, making or migrating it first when needed.

        What is true if it dies: before the first migration commits, the file is empty and the next
        open begins again; after it, the tables are whole; the mark of the key is written last, and
        the next open writes it if it is missing. Nothing of a store that was in use is ever
        replaced.

        Args:
            folder: the data folder; made when absent.
            key: 32 bytes from ``app.security.key_store``.
            clock: the time.

        Raises:
            LocalFault: ``store_key_wrong``, ``store_newer``, ``store_torn``, ``store_busy``,
                ``disk_full``, ``disk_read_only``, ``store_unreachable``.
        """
        with as_faults(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            mark = _KeyMark(folder)
            mark.refuse_other(key)
            _keep_private(folder / STORE_FILE)
        store = cls(folder, key, clock)
        try:
            store._make_ready(mark)
            with as_faults(folder):
                mark.write(key)
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one unchanging state of the store."""
        with self._transaction(self._reading) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session for one person's intent: all of it is durable at the end, or nothing."""
        with self._transaction(self._writing) as session:
            yield session

    def seal_here(self, plain: bytes) -> bytes:
        """Encrypt bytes so that only this store reads them again."""
        # Late here and below: nothing is sealed before the first screen is of use.
        from app.protocol.sealing import seal

        self._load_identity()
        return seal(plain, self._recipient)

    def unseal_here(self, sealed: bytes) -> bytes:
        """Decrypt what ``seal_here`` made."""
        from app.protocol.sealing import unseal

        self._load_identity()
        return unseal(sealed, self._identity)

    def close(self) -> None:
        """Close every connection; the write-ahead log is folded into the file."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, sessions: sessionmaker[Session]) -> Iterator[Session]:
        with as_faults(self.folder), sessions() as session, session.begin():
            yield session

    def _make_ready(self, mark: _KeyMark) -> None:
        try:
            with self._engine.connect() as connection:
                ready = is_current(connection)
        except DBAPIError as error:
            fault = fault_of(error.orig, self.folder)
            if fault.code == "store_torn" and not mark.exists():
                raise LocalFault("store_key_wrong") from error
            raise fault from error
        if not ready:
            with as_faults(self.folder):
                migrate(self._engine)
        self._make_identity()

    def _make_identity(self) -> None:
        with self.read() as session:
            found = session.execute(_IDENTITY).first()
        if found:
            return
        from pyrage import x25519

        value = json.dumps(str(x25519.Identity.generate()))
        with self.write() as session:
            session.execute(
                text(
                    "INSERT OR IGNORE INTO settings (name, value) VALUES ('local_identity', :value)"
                ),
                {"value": value},
            )

    def _load_identity(self) -> None:
        if self._recipient:
            return
        from pyrage import x25519

        with self.read() as session:
            self._identity = json.loads(session.execute(_IDENTITY).scalar_one())
        self._recipient = str(x25519.Identity.from_str(self._identity).to_public())


def _keep_private(path: Path) -> None:
    """Make the store's file its owner's alone; SQLite gives the files beside it the same rights."""
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    elif os.name != "nt" and path.stat().st_uid == os.getuid():
        path.chmod(0o600)


_IDENTITY = text("SELECT value FROM settings WHERE name = 'local_identity'")


class _KeyMark:
    """A file that knows the store's key again without telling it: wrong and torn differ.

    A mark that is no mark counts as missing: the store itself still refuses another key.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEY_MARK_FILE
        self._store = folder / STORE_FILE

    def exists(self) -> bool:
        return bool(self._read())

    def _read(self) -> str:
        if not self._path.exists():
            return ""
        read = self._path.read_text("ascii", errors="replace")
        return read if re.fullmatch("[0-9a-f]{64}", read) else ""

    def refuse_other(self, key: bytes) -> None:
        """Raise when the mark is another key's, or when the store it was made for is gone."""
        known = self._read()
        if not known:
            return
        if not hmac.compare_digest(known, key_mark(key)):
            raise LocalFault("store_key_wrong")
        if not self._store.exists() or self._store.stat().st_size == 0:
            raise LocalFault("store_torn")

    def write(self, key: bytes) -> None:
        if not self.exists():
            write_private(self._path, key_mark(key).encode("ascii"))


def key_mark(key: bytes) -> str:
    """Return what knows a store's key again and tells nothing of it."""
    return hmac.new(key, b"loket-pulau/store-key/1", hashlib.sha256).hexdigest()
