"""Named settings as JSON text; what each means is the services' business."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.storage.tables import SettingRow

#: Read before the first screen is of use: text spares setting up the mapper of every table by then.
_READ = "SELECT value FROM settings WHERE name = ?"


def read_setting(session: Session, name: str) -> str | None:
    """Return a setting's JSON, None when never written."""
    row = session.connection().exec_driver_sql(_READ, (name,)).first()
    return str(row[0]) if row else None


def write_setting(session: Session, name: str, value: str) -> None:
    """Write a setting's JSON."""
    session.merge(SettingRow(name=name, value=value))
