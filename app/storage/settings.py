"""Named settings as JSON text; what each means is the services' business."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.storage.tables import SettingRow


def read_setting(session: Session, name: str) -> str | None:
    """Return a setting's JSON, None when never written."""
    row = session.get(SettingRow, name)
    return row.value if row else None


def write_setting(session: Session, name: str, value: str) -> None:
    """Write a setting's JSON."""
    session.merge(SettingRow(name=name, value=value))
