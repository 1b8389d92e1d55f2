"""Named settings as JSON text; what each means is the services' business."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from app.domain.sharing import Sharing
from app.storage.tables import SettingRow

#: Read before the first screen is of use: text spares setting up the mapper of every table by then.
_READ = "SELECT value FROM settings WHERE name = ?"


def read_setting(session: Session, name: str) -> str | None:
    """Return a setting's JSON, None when never written."""
    row = session.connection().exec_driver_sql(_READ, (name,)).first()
    return str(row[0]) if row else None


def read_sharing(session: Session, usual: Sharing) -> Sharing:
    """Return what an operator agreed on a screen, and where nothing was said what is usual."""
    said = {}
    for name in Sharing.__struct_fields__:
        written = read_setting(session, name)
        if written is not None:
            said[name] = msgspec.Raw(written.encode())
    try:
        return msgspec.convert({**msgspec.structs.asdict(usual), **_decoded(said)}, Sharing)
    except msgspec.ValidationError:
        return usual


def _decoded(said: dict[str, msgspec.Raw]) -> dict[str, object]:
    try:
        return {name: msgspec.json.decode(raw) for name, raw in said.items()}
    except msgspec.DecodeError:
        return {}


def write_setting(session: Session, name: str, value: str) -> None:
    """Write a setting's JSON."""
    session.merge(SettingRow(name=name, value=value))
