"""Settings of this kiosk that people change on a screen; their names are the screens'."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from app.domain.sharing import Sharing
from app.services.kiosk import Kiosk
from app.storage import settings as stored

_T = TypeVar("_T", str, int, float, bool)


def read_setting(kiosk: Kiosk, name: str, default: _T) -> _T:
    """Return a setting; the default when it was never written or is of another type."""
    with kiosk.store.read() as session:
        written = stored.read_setting(session, name)
    if written is None:
        return default
    try:
        return msgspec.json.decode(written, type=type(default))
    except msgspec.DecodeError:
        return default


def agreed_sharing(kiosk: Kiosk, usual: Sharing) -> Sharing:
    """Return how the network is shared: as chosen on a screen, else as the kiosk was set up."""
    with kiosk.store.read() as session:
        return stored.read_sharing(session, usual)


def write_setting(kiosk: Kiosk, name: str, value: str | int | float | bool) -> None:
    """Keep a setting."""
    with kiosk.store.write() as session:
        stored.write_setting(session, name, msgspec.json.encode(value).decode())
