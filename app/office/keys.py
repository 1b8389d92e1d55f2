"""The office's secret keys in one file readable by its owner alone; made once, never made again.

Whoever loses them can open no application and speak to no kiosk: the file belongs into the backup.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import msgspec

from app.domain.clock import Dice
from app.errors import LocalFault
from app.protocol.keys import Keys, new_keys
from app.security.durable import write_private

FILE_NAME = "keys.json"


class OfficeKeys(msgspec.Struct, frozen=True):
    """What the file holds."""

    office_id: str
    keys: Keys
    #: Key of the digests by which a NIK is found, hexadecimal.
    lookup: str

    def __repr__(self) -> str:
        return f"OfficeKeys({self.office_id})"

    def nik_digest(self, nik: str) -> str:
        """Return the name under which a NIK is looked up; empty for an empty NIK."""
        if not nik:
            return ""
        return hmac.new(bytes.fromhex(self.lookup), nik.encode(), hashlib.sha256).hexdigest()

    def digest_for(self, what: str, text: str) -> str:
        """Return the keyed digest by which something is found again without being held."""
        return hmac.new(
            bytes.fromhex(self.lookup), f"{what}\0{text}".encode(), hashlib.sha256
        ).hexdigest()


def read_keys(folder: Path) -> OfficeKeys | None:
    """Return the keys, or None when the file does not exist.

    Raises:
        LocalFault: ``office_keys_unreadable``.
    """
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=OfficeKeys)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise LocalFault("office_keys_unreadable") from error


def make_keys(folder: Path, office_id: str, dice: Dice) -> OfficeKeys:
    """Make keys and write them down before anybody can rely on them.

    The file takes its name only when it is whole and on the disk: a kill leaves either no keys or
    all.
    """
    keys = OfficeKeys(office_id, new_keys(), dice.bytes(32).hex())
    write_private(folder / FILE_NAME, msgspec.json.encode(keys))
    return keys
