"""Which catalogues the office knows: the shipped one and those published since.

Tells devices of a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue import Catalogue, Service
from app.domain.catalogue_reading import decode, encode
from app.domain.events import CataloguePublished
from app.errors import UserError
from app.office import audit
from app.office.events import say
from app.office.tables import CatalogueRow, DeviceRow

if TYPE_CHECKING:
    from app.office.context import Office


class Shelf:
    """Catalogues already read, by version; thread-safe.

    Args:
        load_shipped: reads the one that ships with the program, at the first need.
    """

    def __init__(self, load_shipped: Callable[[], Catalogue]) -> None:
        self._load_shipped = load_shipped
        self._read: dict[str, Catalogue] = {}
        self._shipped: Catalogue | None = None
        self._lock = threading.Lock()

    def shipped(self) -> Catalogue:
        """Return the one that ships with the program."""
        with self._lock:
            if self._shipped is None:
                self._shipped = self._load_shipped()
            return self._shipped

    def of(self, session: Session, version: str) -> Catalogue | None:
        """Return one version, or None when the office never had it."""
        if version == self.shipped().version:
            return self.shipped()
        if version not in self._read:
            row = session.get(CatalogueRow, version)
            if row is None:
                return None
            self._read[version] = decode(row.content)
        return self._read[version]


def catalogue_of(office: Office, version: str) -> Catalogue | None:
    """Return one version, or None when the office never had it."""
    with office.database.read() as session:
        return office.shelf.of(session, version)


def newest_catalogue(office: Office) -> Catalogue:
    """Return the one in force: the newest published, else the shipped one."""
    with office.database.read() as session:
        return newest_in(session, office)


def newest_in(session: Session, office: Office) -> Catalogue:
    """Return the one in force, read in the caller's transaction."""
    row = _newest_row(session)
    published = office.shelf.of(session, row.version) if row is not None else None
    shipped = office.shelf.shipped()
    if published is None or version_order(shipped.version) > version_order(published.version):
        return shipped
    return published


def service_in(session: Session, office: Office, version: str, service_id: str) -> Service | None:
    """Return a service as the named version has it, else as the catalogue in force has it.

    A kiosk may be newer than the office: a version never heard of is judged by the one in force.
    """
    named = office.shelf.of(session, version)
    with suppress(KeyError):
        if named is not None:
            return named.service(service_id)
    with suppress(KeyError):
        return newest_in(session, office).service(service_id)
    return None


def publish_catalogue(office: Office, catalogue: Catalogue, by: str = audit.OFFICE) -> None:
    """Publish a catalogue to every device.

    Catalogue and events are written together: either every device will hear of it or none.

    Raises:
        UserError: ``catalogue_not_newer`` than the one in force.
    """
    content = encode(catalogue)
    with office.database.write() as session:
        in_force = newest_in(session, office)
        if version_order(catalogue.version) <= version_order(in_force.version):
            raise UserError(
                "catalogue_not_newer", version=catalogue.version, in_force=in_force.version
            )
        now = office.clock.now()
        session.add(CatalogueRow(version=catalogue.version, content=content, published_at=now))
        audit.note(session, now, by, "catalogue_published", version=catalogue.version)
        devices = select(DeviceRow.id).where(DeviceRow.is_revoked.is_(False)).order_by(DeviceRow.id)
        for device_id in session.scalars(devices).all():
            say(session, office, device_id, _news(catalogue.version, content))


def tell_newest(session: Session, office: Office, device_id: str) -> None:
    """Tell a new device the newest published catalogue, if there is one."""
    row = _newest_row(session)
    if row is not None:
        say(session, office, device_id, _news(row.version, row.content))


def version_order(version: str) -> tuple[tuple[int, str], ...]:
    """Return the sort key of a version such as ``2026.11.10``.

    Numbers by value, anything else by letters.
    """
    return tuple(
        (int(part), "") if part.isascii() and part.isdigit() else (-1, part)
        for part in version.split(".")
    )


def _newest_row(session: Session) -> CatalogueRow | None:
    rows = session.scalars(select(CatalogueRow)).all()
    return max(rows, key=lambda row: version_order(row.version), default=None)


def _news(version: str, content: bytes) -> CataloguePublished:
    return CataloguePublished(version, msgspec.Raw(content))
