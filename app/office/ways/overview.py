"""Every way out with what waits for it, for the page of whoever must mend one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.office.agencies.tables import AgencyOrderRow
from app.office.billing.tables import BillRow
from app.office.noticing.tables import NoticeRow
from app.office.ways.standing import standings
from app.office.ways.tables import WAYS

if TYPE_CHECKING:
    from app.office.context import Office


class WayLine(msgspec.Struct, frozen=True):
    """One way out."""

    name: str
    #: The settings name it.
    is_named: bool
    #: What has not left yet.
    waiting: int
    worked_at: datetime | None
    #: Code under ``errors``; empty while it works.
    failure: str
    failing_since: datetime | None
    next_attempt_at: datetime | None


def way_lines(office: Office) -> tuple[WayLine, ...]:
    """Return all ways, whether named or not."""
    with office.database.read() as session:
        known, waiting = standings(session), _waiting(session)
    named = {
        **dict.fromkeys(office.gateways, True),
        "payments": office.provider is not None,
        "registry": office.registry is not None,
        "ministry": office.ministry is not None,
    }
    lines = []
    for name in WAYS:
        row = known.get(name)
        lines.append(
            WayLine(
                name,
                named.get(name, False),
                waiting.get(name, 0),
                row.worked_at if row else None,
                row.last_error if row else "",
                row.failing_since if row else None,
                row.next_attempt_at if row else None,
            )
        )
    return tuple(lines)


def is_any_failing(session: Session) -> bool:
    """Tell whether somebody should look."""
    return any(row.last_error for row in standings(session).values())


def _waiting(session: Session) -> dict[str, int]:
    notices = (
        select(NoticeRow.channel, func.count())
        .where(NoticeRow.state.in_(("waiting", "sending")))
        .group_by(NoticeRow.channel)
    )
    orders = (
        select(AgencyOrderRow.agency, func.count())
        .where(AgencyOrderRow.state == "waiting")
        .group_by(AgencyOrderRow.agency)
    )
    bills = select(func.count()).select_from(BillRow).where(BillRow.state == "wanted")
    counts = {name: count for query in (notices, orders) for name, count in session.execute(query)}
    return {**counts, "payments": session.scalar(bills) or 0}
