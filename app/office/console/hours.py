"""When people are seen, as a page: weekly hours, outreach days, closed days, public holidays.

Never releases a slot: whoever has one on a closed day is named, to be told one by one.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.words import WIB
from app.errors import UserError
from app.office import audit
from app.office.console.administering import problems_of
from app.office.console.pages import office_of, pages_of
from app.office.console.visitors import Form, OfficerVisit, PostedForm, RuleKeeper, check_form
from app.office.slots.rules import Hours, add_hours, close_day, end_hours, open_day
from app.office.slots.tables import BookingRow, ClosedDayRow, SlotRuleRow
from app.office.tables import ApplicationRow
from app.resources import load_holidays

router = APIRouter(prefix="/console")
DONE = ("added", "ended", "closed", "opened")
#: Code of an error to the field it stands at.
_FIELDS = {"hours_wrong": "place_id", "reason_missing": "why", "day_wrong": "day"}
_HOLIDAYS_AHEAD = timedelta(days=366)
_EMPTY = {"opens": "08:00", "closes": "11:00", "minutes": "30", "places": "2", "kept": "0"}


class Closed(msgspec.Struct, frozen=True):
    """A closed day, and whose slots lie on it."""

    day: date
    why: str
    #: Application id and reference.
    booked: tuple[tuple[str, str], ...]


@router.get("/hours")
def show(request: Request, asking: RuleKeeper, done: str = "") -> Response:
    """Show hours and closed days, with the forms for new ones."""
    return _page(request, asking, done=done if done in DONE else "")


@router.post("/hours")
def add(request: Request, asking: RuleKeeper, form: PostedForm) -> Response:
    """Add weekly hours, or those of one outreach day."""
    check_form(asking, form)
    try:
        add_hours(office_of(request), _hours(form), audit.officer(asking.officer.name))
    except UserError as error:
        return _page(request, asking, form, error)
    return _done("added")


@router.post("/hours/end")
def end(request: Request, asking: RuleKeeper, form: PostedForm) -> Response:
    """End hours."""
    check_form(asking, form)
    end_hours(office_of(request), asking.officer, form.text("rule"))
    return _done("ended")


@router.post("/hours/close")
def close(request: Request, asking: RuleKeeper, form: PostedForm) -> Response:
    """Close a day."""
    check_form(asking, form)
    office = office_of(request)
    try:
        day = _day(form.text("closed_day"))
        close_day(office, day, form.text("why"), audit.officer(asking.officer.name))
    except UserError as error:
        return _page(request, asking, form, error)
    return _done("closed")


@router.post("/hours/open")
def reopen(request: Request, asking: RuleKeeper, form: PostedForm) -> Response:
    """Open a closed day again."""
    check_form(asking, form)
    open_day(office_of(request), asking.officer, _day(form.text("closed_day")))
    return _done("opened")


def _page(
    request: Request,
    asking: OfficerVisit,
    form: Form | None = None,
    error: UserError | None = None,
    *,
    done: str = "",
) -> Response:
    office = office_of(request)
    today = office.clock.now().astimezone(WIB).date()
    with office.database.read() as session:
        weekly, outreach = _rules(session, today)
        closed = _closed(session, today)
    holidays = load_holidays()
    ahead = sorted(
        (day, name) for day, name in holidays.days.items() if today <= day < today + _HOLIDAYS_AHEAD
    )
    typed = {**_EMPTY, **dict(form.fields if form else ())}
    return pages_of(request).show(
        request,
        "hours.html",
        asking,
        status=422 if error else 200,
        here="hours",
        done=done,
        weekly=weekly,
        outreach=outreach,
        closed=closed,
        holidays=ahead,
        last_known=holidays.last_known,
        today=today,
        typed=lambda name: typed.get(name, ""),
        problems=problems_of(request, error, _FIELDS),
    )


def _rules(session: Session, today: date) -> tuple[list[SlotRuleRow], list[SlotRuleRow]]:
    """Return the weekly hours in force, and the outreach days to come."""
    rows = session.scalars(select(SlotRuleRow).order_by(SlotRuleRow.place, SlotRuleRow.opens)).all()
    in_force = [row for row in rows if row.valid_until is None or row.valid_until > today]
    weekly = [row for row in in_force if row.weekday is not None]
    days = [row for row in in_force if row.day is not None and row.day >= today]
    return (
        sorted(weekly, key=lambda row: (row.place, row.weekday or 0, row.opens)),
        sorted(days, key=lambda row: (row.day or today, row.place)),
    )


def _closed(session: Session, today: date) -> list[Closed]:
    rows = session.scalars(
        select(ClosedDayRow).where(ClosedDayRow.day >= today).order_by(ClosedDayRow.day)
    )
    return [Closed(row.day, row.why, _booked(session, row.day)) for row in rows]


def _booked(session: Session, day: date) -> tuple[tuple[str, str], ...]:
    begins = datetime.combine(day, time(), WIB)
    found = session.execute(
        select(ApplicationRow.id, ApplicationRow.reference)
        .join(BookingRow, BookingRow.application_id == ApplicationRow.id)
        .where(
            BookingRow.is_released.is_(False),
            BookingRow.starts_at >= begins,
            BookingRow.starts_at < begins + timedelta(days=1),
        )
        .order_by(BookingRow.starts_at)
    )
    return tuple((application_id, reference) for application_id, reference in found)


def _hours(form: Form) -> Hours:
    """Return what was typed.

    Raises:
        UserError: ``hours_wrong`` for anything that is no number or time; ``day_wrong``.
    """
    is_outreach = form.text("weekday") == "day"
    try:
        return Hours(
            form.text("place_id").upper(),
            form.text("place"),
            None if is_outreach else int(form.text("weekday")[:2]),
            _day(form.text("day")) if is_outreach else None,
            time.fromisoformat(form.text("opens")),
            time.fromisoformat(form.text("closes")),
            int(form.text("minutes")[:4]),
            int(form.text("places")[:4]),
            int(form.text("kept")[:4]),
        )
    except ValueError:
        raise UserError("hours_wrong") from None


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise UserError("day_wrong") from None


def _done(what: str) -> Response:
    return RedirectResponse(f"/console/hours?done={what}", 303)
