"""How the kiosks are: since when each was not heard, what waits there, how good its road is."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.words import WIB
from app.office.figures.tables import DeviceDayRow
from app.office.tables import CourierNoteRow, DeviceRow

#: So many days are looked back at.
DAYS = 14
#: A kiosk that was not heard for so many days is asked after.
SILENT_DAYS = 3


class KioskFigures(msgspec.Struct, frozen=True):
    """One kiosk."""

    name: str
    code: str
    #: By link or by stick; None when it never was.
    heard_at: datetime | None
    silent_days: int
    #: What it told last of itself, and when; None when it never did.
    told_at: datetime | None
    waiting: int
    set_aside: int
    waiting_bytes: int
    #: Bytes a second.
    speed: int
    #: For each of the last days, the oldest first: whether its link reached us.
    days: tuple[bool, ...]

    @property
    def is_silent(self) -> bool:
        """Tell whether somebody should ask after it."""
        return self.heard_at is None or self.silent_days >= SILENT_DAYS

    @property
    def days_heard(self) -> int:
        """Days of the last ``DAYS`` on which its link reached us."""
        return sum(self.days)


def kiosks(session: Session, now: datetime) -> tuple[KioskFigures, ...]:
    """Return the kiosks that are not revoked, the longest silent first."""
    today = now.astimezone(WIB).date()
    first = today - timedelta(days=DAYS - 1)
    days: dict[str, set[int]] = {}
    for device_id, day in session.execute(
        select(DeviceDayRow.device_id, DeviceDayRow.day).where(DeviceDayRow.day >= first)
    ):
        days.setdefault(device_id, set()).add((day - first).days)
    newest = select(DeviceDayRow.device_id, func.max(DeviceDayRow.day)).group_by(
        DeviceDayRow.device_id
    )
    told = {
        device_id: session.get_one(DeviceDayRow, (device_id, day))
        for device_id, day in session.execute(newest)
    }
    came = select(CourierNoteRow.device_id, func.max(CourierNoteRow.came_at))
    sticks: dict[str, datetime] = {
        device_id: at for device_id, at in session.execute(came.group_by(CourierNoteRow.device_id))
    }
    rows = session.scalars(select(DeviceRow).where(DeviceRow.is_revoked.is_(False)))
    found = [_one(row, told.get(row.id), sticks.get(row.id), days, now) for row in rows]
    return tuple(sorted(found, key=lambda one: (-one.silent_days, one.name)))


def _one(
    row: DeviceRow,
    told: DeviceDayRow | None,
    stick_at: datetime | None,
    days: dict[str, set[int]],
    now: datetime,
) -> KioskFigures:
    heard_at = max((at for at in (row.seen_at, stick_at) if at is not None), default=None)
    silent = now - (heard_at or row.enrolled_at)
    on = days.get(row.id, set())
    return KioskFigures(
        name=row.name,
        code=row.code,
        heard_at=heard_at,
        silent_days=max(0, silent.days),
        told_at=told.heard_at if told else None,
        waiting=told.waiting if told else 0,
        set_aside=told.set_aside if told else 0,
        waiting_bytes=told.waiting_bytes if told else 0,
        speed=told.speed if told else 0,
        days=tuple(number in on for number in range(DAYS)),
    )
