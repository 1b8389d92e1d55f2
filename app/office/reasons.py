"""The list of reasons from which officers choose when they send something back.

The shipped ones come in the language of whoever reads; the office's own stand as they were typed.
Free words are always possible beside the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, select

from app.domain.ids import new_id
from app.domain.words import Words
from app.errors import UserError
from app.office import audit
from app.office.reasons_tables import KINDS, ReturnReasonRow
from app.office.roles import Officer, check_may

if TYPE_CHECKING:
    from app.office.context import Office

#: Names under ``console.return.suggestion``, by what they are said of.
SHIPPED: Mapping[str, tuple[str, ...]] = {
    "document": ("blurred", "cropped", "wrong_paper", "other_person", "expired", "missing_page"),
    "field": ("differs",),
}
MOST_LETTERS = 200
_MOST_REASONS = 100


class Reason(msgspec.Struct, frozen=True):
    """One reason on the list, or taken off it."""

    id: str
    kind: str
    text: str
    is_listed: bool
    is_shipped: bool


def reasons_of(office: Office, words: Words) -> tuple[Reason, ...]:
    """Return every reason, the shipped ones first; also those taken off the list."""
    rows = select(ReturnReasonRow).order_by(ReturnReasonRow.changed_at, ReturnReasonRow.id)
    with office.database.read() as session:
        held = {row.id: (row.kind, row.text, row.is_listed) for row in session.scalars(rows)}
    shipped = tuple(
        Reason(
            name,
            kind,
            words(f"console.return.suggestion.{name}"),
            held[name][2] if name in held else True,
            True,
        )
        for kind, names in SHIPPED.items()
        for name in names
    )
    known = {reason.id for reason in shipped}
    own = (
        Reason(name, kind, text, is_listed, False)
        for name, (kind, text, is_listed) in held.items()
        if name not in known
    )
    return (*shipped, *own)


def listed(office: Office, words: Words) -> dict[str, tuple[str, ...]]:
    """Return the texts that may be chosen, by what they are said of."""
    every = reasons_of(office, words)
    return {kind: tuple(one.text for one in every if one.kind == kind and one.is_listed)
            for kind in KINDS}  # fmt: skip


def add_reason(office: Office, officer: Officer, kind: str, text: str) -> None:
    """Put a reason of the office's own on the list.

    Raises:
        UserError: ``request_malformed`` for another kind; ``reason_missing``, ``reason_too_long``;
            ``reasons_full``.
    """
    check_may(office, officer, "rules")
    told = " ".join(text.split())
    if kind not in KINDS or "\0" in told:
        raise UserError("request_malformed")
    if not told:
        raise UserError("reason_missing")
    if len(told) > MOST_LETTERS:
        raise UserError("reason_too_long", most=MOST_LETTERS)
    with office.database.write() as session:
        if (session.scalar(select(func.count(ReturnReasonRow.id))) or 0) >= _MOST_REASONS:
            raise UserError("reasons_full")
        now = office.clock.now()
        row = ReturnReasonRow(
            id=new_id(now, office.dice),
            kind=kind,
            text=told,
            changed_by=officer.name,
            changed_at=now,
        )
        session.add(row)
        audit.note(session, now, audit.officer(officer.name), "reason_added", reason=row.id)


def list_reason(office: Office, officer: Officer, reason_id: str, *, is_listed: bool) -> None:
    """Take a reason off the list, or put it back.

    Raises:
        UserError: ``reason_unknown``.
    """
    check_may(office, officer, "rules")
    kinds = {name: kind for kind, names in SHIPPED.items() for name in names}
    with office.database.write() as session:
        now = office.clock.now()
        row = session.get(ReturnReasonRow, reason_id)
        if row is None:
            if reason_id not in kinds:
                raise UserError("reason_unknown")
            row = ReturnReasonRow(id=reason_id, kind=kinds[reason_id])
            session.add(row)
        row.is_listed, row.changed_by, row.changed_at = is_listed, officer.name, now
        what = "reason_listed" if is_listed else "reason_dropped"
        audit.note(session, now, audit.officer(officer.name), what, reason=reason_id)
