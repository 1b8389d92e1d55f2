"""Where the store's key lives: the machine's key ring, or a file that only its owner reads.

Never makes a new key for a store that exists, and never shows a key to anybody but the store.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from app.errors import LocalFault
from app.security.durable import write_private

KEY_FILE = "store.key"
#: Holds the name under which the key ring keeps this folder's key; no secret.
NAME_FILE = "store.keyname"
STORE_FILE = "store.db"
#: Written once a store was made; stays where the store itself is not to be seen for a while.
KEY_MARK_FILE = "store.keymark"
_KEY_BYTES = 32
_SERVICE = "loket-pulau"
#: Backends that are no key ring: the one that always fails and the one that forgets.
_NO_RING = ("keyring.backends.fail", "keyring.backends.null")
_FILE_FAULTS = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EROFS: "disk_read_only",
    errno.EACCES: "disk_read_only",
    errno.EPERM: "disk_read_only",
}


class StoreKey(msgspec.Struct, frozen=True):
    """The key, and where it was found."""

    key: bytes
    kind: Literal["keyring", "file"]

    def __repr__(self) -> str:
        return f"StoreKey({self.kind})"


class KeyRing(Protocol):
    """A place of the operating system for secrets."""

    def is_usable(self) -> bool:
        """Tell whether this machine has one."""
        ...

    def read(self, name: str) -> str | None:
        """Return a secret, None when there is none; LocalFault ``key_ring_locked``."""
        ...

    def write(self, name: str, secret: str) -> None:
        """Keep a secret; LocalFault ``key_ring_locked``."""
        ...


class MachineKeyRing:
    """Windows Credential Manager, Secret Service or macOS Keychain, through ``keyring``."""

    def is_usable(self) -> bool:
        """Tell whether this machine has one."""
        import keyring

        backend = keyring.get_keyring()
        # The chain of several rings is empty where there is none.
        links = list(getattr(backend, "backends", (backend,)))
        return any(type(link).__module__ not in _NO_RING for link in links)

    def read(self, name: str) -> str | None:
        """Return a secret, None when there is none."""
        import keyring
        from keyring.errors import KeyringError

        try:
            return keyring.get_password(_SERVICE, name)
        except KeyringError as error:
            raise LocalFault("key_ring_locked") from error

    def write(self, name: str, secret: str) -> None:
        """Keep a secret."""
        import keyring
        from keyring.errors import KeyringError

        try:
            keyring.set_password(_SERVICE, name, secret)
        except KeyringError as error:
            raise LocalFault("key_ring_locked") from error


def store_key(folder: Path, ring: KeyRing) -> StoreKey:
    """Return the key of the store in ``folder``, making one for a folder without a store.

    What is true if it dies: the name file is written before the key ring is asked to keep the key,
    and both before the store is made. A start in between finds a name without a key and no store,
    and makes a key under another name.

    Raises:
        LocalFault: ``key_missing`` when there is or was a store but its key is gone;
            ``key_ring_locked``; ``key_file_exposed`` when others may read the file;
            ``key_file_torn``; ``disk_full``, ``disk_read_only`` or ``store_unreachable``.
    """
    try:
        return _found_or_made(folder, ring)
    except OSError as error:
        raise LocalFault(_FILE_FAULTS.get(error.errno or 0, "store_unreachable")) from error


def known_key(folder: Path, ring: KeyRing) -> StoreKey | None:
    """Return the key that a folder has or names, None when it cannot be found; makes none.

    Raises:
        LocalFault: as ``store_key``.
    """
    try:
        return _found(folder, ring)
    except OSError as error:
        raise LocalFault(_FILE_FAULTS.get(error.errno or 0, "store_unreachable")) from error


def _found_or_made(folder: Path, ring: KeyRing) -> StoreKey:
    found = _found(folder, ring)
    if found:
        return found
    has_store = (folder / STORE_FILE).exists() and (folder / STORE_FILE).stat().st_size > 0
    # A new key beside the mark of an older one would hide that one when ring and store come back.
    if has_store or (folder / KEY_MARK_FILE).exists():
        raise LocalFault("key_missing")
    return keep_key(folder, ring, secrets.token_bytes(_KEY_BYTES))


def _found(folder: Path, ring: KeyRing) -> StoreKey | None:
    if (folder / KEY_FILE).exists():
        return StoreKey(_read_file(folder / KEY_FILE), "file")
    if (folder / NAME_FILE).exists():
        name = (folder / NAME_FILE).read_text("ascii", errors="replace").strip()
        if key := key_in_ring(ring, name):
            return StoreKey(key, "keyring")
    return None


def keep_key(folder: Path, ring: KeyRing, key: bytes) -> StoreKey:
    """Keep a key for the store that will be in ``folder``: in the ring, or in a file.

    Raises:
        OSError: neither was possible.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if ring.is_usable():
        name = secrets.token_hex(8)
        write_private(folder / NAME_FILE, name.encode("ascii"))
        try:
            ring.write(name, key.hex())
            if ring.read(name) == key.hex():
                return StoreKey(key, "keyring")
        except LocalFault:
            # A ring that keeps nothing is no ring; the file below is said to be weaker.
            pass
        (folder / NAME_FILE).unlink()
    write_private(folder / KEY_FILE, key.hex().encode("ascii"))
    return StoreKey(key, "file")


def key_in_ring(ring: KeyRing, name: str) -> bytes | None:
    """Return the key that a ring keeps under a name, None when it has none."""
    found = ring.read(name) if name and ring.is_usable() else None
    return _parsed(found) if found else None


def _read_file(path: Path) -> bytes:
    if os.name != "nt":
        status = path.stat()
        if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise LocalFault("key_file_exposed")
    return _parsed(path.read_text("ascii", errors="replace"))


def _parsed(text: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise LocalFault("key_file_torn")
    return key
