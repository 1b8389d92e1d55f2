"""What other agencies were asked about one application and what came back, as an officer reads it.

Asks nobody; an answer that differs stands among the findings.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.words import Words
from app.office.agencies.tables import AgencyOrderRow, MinistryChangeRow, MinistryNumberRow
from app.office.verifying.registered import registry_answer

if TYPE_CHECKING:
    from app.office.console.reading import Dossier
    from app.office.context import Office

_MOST_CHANGES = 20


class AgencyLine(msgspec.Struct, frozen=True):
    """One agency's part."""

    agency: str
    #: Key under ``console.agencies.state``.
    state: str
    at: datetime


class ToldState(msgspec.Struct, frozen=True):
    """One state that the ministry told, in its own words where we have none."""

    says: str
    at: datetime
    #: The application here followed it.
    has_moved: bool


class ShownAgencies(msgspec.Struct, frozen=True):
    """Everything of other agencies."""

    lines: tuple[AgencyLine, ...]
    #: The ministry's, in groups of four; empty before there is one.
    number: str
    told: tuple[ToldState, ...]


def shown_agencies(office: Office, dossier: Dossier, words: Words) -> ShownAgencies | None:
    """Return what agencies know of the shown revision; None when none was asked."""
    manifest = dossier.manifest
    with office.database.read() as session:
        orders = session.scalars(
            select(AgencyOrderRow)
            .where(
                AgencyOrderRow.application_id == manifest.application_id,
                AgencyOrderRow.revision == manifest.revision,
                AgencyOrderRow.state != "void",
            )
            .order_by(AgencyOrderRow.agency.desc())
        ).all()
        held = session.get(MinistryNumberRow, manifest.application_id)
        if not orders and held is None:
            return None
        lines = tuple(_line(session, office, order) for order in orders)
        number = held.number if held else ""
        told = _told(session, words, number) if number else ()
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    return ShownAgencies(lines, grouped, told)


def _line(session: Session, office: Office, order: AgencyOrderRow) -> AgencyLine:
    state = order.state
    if order.agency == "registry" and order.state == "done":
        told = registry_answer(session, office, order.application_id, order.revision)
        is_same = told is not None and told.nik == "match"
        is_same = is_same and told is not None and "differs" not in told.fields.values()
        state = "same" if is_same else "differs"
    return AgencyLine(order.agency, f"{order.agency}_{state}", order.done_at or order.made_at)


def _told(session: Session, words: Words, number: str) -> tuple[ToldState, ...]:
    rows = session.scalars(
        select(MinistryChangeRow)
        .where(MinistryChangeRow.number == number)
        .order_by(MinistryChangeRow.serial.desc())
        .limit(_MOST_CHANGES)
    )
    told = []
    for row in rows:
        keys = (f"office_state.{row.state}", f"console.agencies.ministry.{row.state}")
        says = next((words(key) for key in keys if words.has(key)), row.state)
        told.append(ToldState(says, row.at, row.outcome == "moved"))
    return tuple(told)
