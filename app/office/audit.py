"""Writes the audit trail: who did or saw what; ids and codes only, never an answer."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from app.office.tables import AuditRow

OFFICE = "office"


def note(
    session: Session,
    at: datetime,
    who: str,
    what: str,
    application_id: str = "",
    **params: str | int,
) -> None:
    """Add one line in the caller's transaction."""
    session.add(
        AuditRow(
            at=at,
            who=who,
            what=what,
            application_id=application_id,
            params=msgspec.json.encode(params).decode(),
        )
    )


def officer(name: str) -> str:
    """Return how an officer is written in the trail."""
    return f"officer:{name}"


def device(device_id: str) -> str:
    """Return how a device is written in the trail."""
    return f"device:{device_id}"
