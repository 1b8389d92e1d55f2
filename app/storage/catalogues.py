"""Catalogues that applications were started under or that the office sent, whole, by version."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage.tables import CatalogueRow


def versions(session: Session) -> tuple[str, ...]:
    """Return every version held."""
    return tuple(session.scalars(select(CatalogueRow.version)))


def content(session: Session, version: str) -> bytes | None:
    """Return one catalogue's JSON."""
    return session.scalar(select(CatalogueRow.content).where(CatalogueRow.version == version))


def keep(session: Session, version: str, encoded: bytes, now: datetime) -> None:
    """Keep a catalogue; one already held stays as it is."""
    if session.get(CatalogueRow, version) is None:
        session.add(CatalogueRow(version=version, content=encoded, taken_at=now))
        session.flush()
