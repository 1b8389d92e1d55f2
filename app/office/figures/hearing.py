"""Notes what kiosks tell of themselves, a row a day and kiosk; never what they carry."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete

from app.domain.words import WIB
from app.office.figures.tables import DeviceDayRow
from app.protocol.waiting import Waiting

if TYPE_CHECKING:
    from app.office.context import Office

#: A word that differs little from the last one is noted this often: a pull must stay a read.
_STEP = timedelta(minutes=15)
_KEPT = timedelta(days=400)


def hear(office: Office, device_id: str, told: Waiting | None) -> None:
    """Note a kiosk's word; nothing when it told nothing that can be read."""
    if told is None:
        return
    now = office.clock.now()
    day = now.astimezone(WIB).date()
    with office.database.read() as session:
        row = session.get(DeviceDayRow, (device_id, day))
        is_fresh = row is not None and abs(now - row.heard_at) < _STEP
        if row is not None and is_fresh and (row.waiting, row.set_aside) == _counts(told):
            return
    with office.database.write() as session:
        if row is None:
            old = (DeviceDayRow.device_id == device_id) & (DeviceDayRow.day < day - _KEPT)
            session.execute(delete(DeviceDayRow).where(old))
        session.merge(
            DeviceDayRow(
                device_id=device_id,
                day=day,
                heard_at=now,
                waiting=told.count,
                set_aside=told.set_aside,
                waiting_bytes=told.size_bytes,
                speed=told.speed,
            )
        )


def _counts(told: Waiting) -> tuple[int, int]:
    return told.count, told.set_aside
