"""The audit trail as a page: who did or saw what, by officer, application or day.

Never changes a line; looking here leaves one itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.domain.ids import parse_reference
from app.domain.words import WIB, Words
from app.errors import UserError
from app.office import audit
from app.office.console.listing import shown_names
from app.office.console.pages import office_of, pages_of
from app.office.console.visitors import TrailReader
from app.office.context import Office
from app.office.tables import ApplicationRow, AuditRow, DeviceRow

router = APIRouter(prefix="/console")
PAGE_LINES = 50
_MOST_NUMBER = 2**31


class Wanted(msgspec.Struct, frozen=True):
    """What the page is asked for, as typed; empty = all."""

    who: str = ""
    reference: str = ""
    day: str = ""


class TrailLine(msgspec.Struct, frozen=True):
    """One line as it is shown."""

    at: datetime
    who: str
    what: str
    application_id: str
    reference: str
    facts: str


@router.get("/trail")
def show_trail(
    request: Request,
    asking: TrailReader,
    who: str = "",
    reference: str = "",
    day: str = "",
    before: str = "",
) -> Response:
    """Show one page, the newest lines first."""
    office, words = office_of(request), pages_of(request).words(request)
    wanted = Wanted(who[:40].replace("\0", ""), reference[:20].replace("\0", ""), day[:10])
    lines: list[TrailLine] = []
    problems = []
    last = 0
    with office.database.read() as session:
        accounts = sorted(shown_names(session).items())
        try:
            conditions = _conditions(session, wanted, before)
            lines, last = _page(session, words, conditions)
        except UserError as error:
            at = "day" if error.code == "day_malformed" else "reference"
            problems.append({"at": at, "text": words(f"console.trail.problem.{error.code}")})
    _note(office, asking.officer.name, len(lines))
    query = {**msgspec.structs.asdict(wanted), "before": last}
    return pages_of(request).show(
        request,
        "trail.html",
        asking,
        status=422 if problems else 200,
        here="trail",
        wanted=wanted,
        accounts=accounts,
        lines=lines,
        problems=problems,
        older=f"/console/trail?{urlencode(query)}" if last else "",
    )


def _conditions(session: Session, wanted: Wanted, before: str) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.who:
        conditions.append(AuditRow.who == audit.officer(wanted.who))
    if wanted.reference.strip():
        reference = parse_reference(wanted.reference)
        application_id = session.scalar(
            select(ApplicationRow.id).where(ApplicationRow.reference == reference)
        )
        if application_id is None:
            raise UserError("reference_unknown")
        conditions.append(AuditRow.application_id == application_id)
    if wanted.day:
        begins = _midnight(wanted.day)
        conditions += [AuditRow.at >= begins, AuditRow.at < begins + timedelta(days=1)]
    if before.isascii() and before.isdigit() and int(before[:12]) < _MOST_NUMBER:
        conditions.append(AuditRow.id < int(before[:12]))
    return conditions


def _midnight(untrusted_day: str) -> datetime:
    try:
        day = date.fromisoformat(untrusted_day)
    except ValueError:
        raise UserError("day_malformed") from None
    if not 2000 <= day.year <= 2200:
        raise UserError("day_malformed")
    return datetime.combine(day, time(), WIB)


def _page(
    session: Session, words: Words, conditions: Sequence[ColumnElement[bool]]
) -> tuple[list[TrailLine], int]:
    """Return a page and the number of its last line, 0 when nothing is older."""
    wanted = (
        select(AuditRow, ApplicationRow.reference)
        .outerjoin(ApplicationRow, ApplicationRow.id == AuditRow.application_id)
        .where(*conditions)
        .order_by(AuditRow.id.desc())
        .limit(PAGE_LINES + 1)
    )
    found = session.execute(wanted).all()
    shown = found[:PAGE_LINES]
    officers = shown_names(session)
    devices = {
        audit.device(id_): name
        for id_, name in session.execute(select(DeviceRow.id, DeviceRow.name))
    }
    lines = [
        TrailLine(
            row.at,
            devices.get(row.who) or _who(row.who, officers, words),
            _what(row.what, words),
            row.application_id,
            reference or "",
            _facts(row.params),
        )
        for row, reference in shown
    ]
    return lines, shown[-1][0].id if len(found) > PAGE_LINES else 0


def _who(who: str, officers: dict[str, str], words: Words) -> str:
    kind, _, name = who.partition(":")
    if kind == "officer":
        return f"{officers.get(name, name)} ({name})"
    return words("console.trail.office") if who == audit.OFFICE else who


def _what(what: str, words: Words) -> str:
    key = f"console.trail.what.{what}"
    return words(key) if words.has(key) else what


def _facts(params: str) -> str:
    facts: dict[str, Any] = msgspec.json.decode(params)
    # A digest is there for whoever searches the records, and its beginning tells it from others.
    return ", ".join(f"{name} {str(value)[:40]}" for name, value in facts.items() if value != "")


def _note(office: Office, name: str, shown: int) -> None:
    with office.database.write() as session:
        audit.note(session, office.clock.now(), audit.officer(name), "trail", shown=shown)
