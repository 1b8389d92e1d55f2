"""Applications while they are filled: answers, kept warnings, the way back in.

Never checks an answer; it stores what the services decided.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import Table as SqlTable
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from app.domain.answers import Override
from app.domain.events import ReturnedItem
from app.domain.lifecycle import DRAFT
from app.storage.connecting import in_driver
from app.storage.tables import (
    ApplicationRow,
    OverrideRow,
    utc_text,
)

#: Fields whose answer is copied beside the application for lists and search, and their columns.
COPIED_FIELDS = {
    "full_name": "applicant_name",
    "nik": "applicant_nik",
    "birth_date": "birth_date",
}
_MOST_WORDS = 12

#: Saving a field must cost little more than the disk's own time: these skip SQLAlchemy's compiler.
_HEAD = "SELECT service_id, catalogue_version, state, revision FROM applications WHERE id = ?"
_SAVE_ANSWER = (
    "INSERT INTO answers (application_id, field, value, saved_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at"
)
_CLEAR_ANSWER = "DELETE FROM answers WHERE application_id = ? AND field = ?"
_DROP_OVERRIDES = 'DELETE FROM overrides WHERE application_id = ? AND "where" = ?'
_CLEAR_WORDS = "DELETE FROM name_words WHERE application_id = ?"
_SAVE_WORD = "INSERT INTO name_words (word, application_id) VALUES (?, ?)"
#: The list's order may lag by this much, which spares most saves two pages of indexes.
_LAG = timedelta(seconds=30)
_MOVE_UP = "UPDATE applications SET updated_at = ? WHERE id = ? AND updated_at < ?"
#: Filled with a column of COPIED_FIELDS only.
_COPY = "UPDATE applications SET {column} = ?, updated_at = ? WHERE id = ?"
_RETURNED = (
    "SELECT kind, item, reason FROM returned_items WHERE application_id = ? ORDER BY kind, item"
)
_ALL_ANSWERS = "SELECT field, value FROM answers WHERE application_id = ?"

_APPLICATIONS = cast(SqlTable, ApplicationRow.__table__)


class DraftHead(msgspec.Struct, frozen=True):
    """What the service needs to know before it takes an answer."""

    service_id: str
    catalogue_version: str
    state: str
    revision: int


class StoredDraft(msgspec.Struct, frozen=True):
    """An application with everything filled so far; its pages are in ``app.storage.pages``."""

    application_id: str
    resume_code: str
    service_id: str
    catalogue_version: str
    state: str
    office_state: str
    revision: int
    reference: str | None
    page: str
    operator: str
    is_training: bool
    answers: dict[str, str]
    overrides: tuple[Override, ...]
    returned: tuple[ReturnedItem, ...]
    note: str


class PinLock(msgspec.Struct, frozen=True):
    """What guards one application on this kiosk."""

    application_id: str
    pin_digest: str
    failures: int
    locked_until: datetime | None


class NewDraft(msgspec.Struct, frozen=True):
    """What stands in a draft before the first answer."""

    application_id: str
    service_id: str
    catalogue_version: str
    resume_code: str
    pin_digest: str
    operator: str = ""
    is_training: bool = False
    client_id: str | None = None


def add_draft(session: Session, new: NewDraft, now: datetime) -> None:
    """Write a new, empty draft."""
    session.add(
        ApplicationRow(
            id=new.application_id,
            service_id=new.service_id,
            catalogue_version=new.catalogue_version,
            state=DRAFT,
            resume_code=new.resume_code,
            pin_digest=new.pin_digest,
            operator=new.operator,
            is_training=new.is_training,
            client_id=new.client_id,
            created_at=now,
            updated_at=now,
        )
    )
    session.flush()


def is_resume_code_taken(session: Session, resume_code: str) -> bool:
    """Tell whether another application already has the code."""
    found = select(ApplicationRow.id).where(ApplicationRow.resume_code == resume_code)
    return session.scalar(found) is not None


def head(session: Session, application_id: str) -> DraftHead | None:
    """Return the service and state of one application."""
    row = in_driver(session)(_HEAD, (application_id,)).fetchone()
    return DraftHead(*row) if row else None


def load(session: Session, application_id: str) -> StoredDraft | None:
    """Return one application with its answers."""
    row = session.get(ApplicationRow, application_id)
    if row is None:
        return None
    return StoredDraft(
        application_id=row.id,
        resume_code=row.resume_code,
        service_id=row.service_id,
        catalogue_version=row.catalogue_version,
        state=row.state,
        office_state=row.office_state,
        revision=row.revision,
        reference=row.reference,
        page=row.page,
        operator=row.operator,
        is_training=row.is_training,
        answers=answers(session, application_id),
        overrides=_overrides(session, application_id),
        returned=returned(session, application_id),
        note=row.returned_note,
    )


def save_answer(
    session: Session, application_id: str, field: str, value: str, now: datetime
) -> None:
    """Set one answer, or clear it with an empty one; a warning kept for the old answer goes."""
    run = in_driver(session)
    if value:
        run(_SAVE_ANSWER, (application_id, field, value, utc_text(now)))
    else:
        run(_CLEAR_ANSWER, (application_id, field))
    run(_DROP_OVERRIDES, (application_id, field))
    if column := COPIED_FIELDS.get(field):
        run(_COPY.format(column=column), (value.upper(), utc_text(now), application_id))
    else:
        run(_MOVE_UP, (utc_text(now), application_id, utc_text(now - _LAG)))
    if field == "full_name":
        _save_words(session, application_id, value)


def words_of(name: str) -> list[str]:
    """Return the words of a name as they are searched: capitals, each once, at most twelve."""
    return list(dict.fromkeys(re.findall(r"\w+", name.upper())))[:_MOST_WORDS]


def _save_words(session: Session, application_id: str, name: str) -> None:
    run = in_driver(session)
    run(_CLEAR_WORDS, (application_id,))
    for word in words_of(name):
        run(_SAVE_WORD, (word, application_id))


def keep_override(session: Session, application_id: str, override: Override, now: datetime) -> None:
    """Remember why a warning was kept; saying it again replaces the reason."""
    session.merge(
        OverrideRow(
            application_id=application_id,
            where_=override.where,
            code=override.code,
            reason=override.reason,
        )
    )
    touch(session, application_id, now)


_TOUCH = update(_APPLICATIONS).where(_APPLICATIONS.c.id == bindparam("application"))


def touch(session: Session, application_id: str, now: datetime) -> None:
    """Move the application to the top of the list."""
    session.execute(_TOUCH.values(updated_at=now), {"application": application_id})


def remember_page(session: Session, application_id: str, page: str) -> None:
    """Note where the applicant is; no change of the application itself."""
    session.execute(_TOUCH.values(page=page), {"application": application_id})


def delete_draft(session: Session, application_id: str) -> None:
    """Delete an application with all that hangs on it; its files are the caller's."""
    session.execute(delete(_APPLICATIONS).where(_APPLICATIONS.c.id == application_id))


def pin_lock(session: Session, resume_code: str) -> PinLock | None:
    """Return what guards the application with this resume code."""
    row = session.scalar(select(ApplicationRow).where(ApplicationRow.resume_code == resume_code))
    if row is None:
        return None
    return PinLock(row.id, row.pin_digest, row.pin_failures, row.pin_locked_until)


def set_pin_lock(
    session: Session, application_id: str, failures: int, locked_until: datetime | None
) -> None:
    """Write the count of wrong PINs and the end of the lock."""
    session.execute(
        _TOUCH.values(pin_failures=failures, pin_locked_until=locked_until),
        {"application": application_id},
    )


def id_of_client(session: Session, client_id: str) -> str | None:
    """Return the application that a caller's own id already made."""
    return session.scalar(select(ApplicationRow.id).where(ApplicationRow.client_id == client_id))


def answers(session: Session, application_id: str) -> dict[str, str]:
    """Return every answer of an application by field."""
    return dict(in_driver(session)(_ALL_ANSWERS, (application_id,)).fetchall())


def _overrides(session: Session, application_id: str) -> tuple[Override, ...]:
    rows = session.scalars(
        select(OverrideRow)
        .where(OverrideRow.application_id == application_id)
        .order_by(OverrideRow.where_, OverrideRow.code)
    )
    return tuple(Override(row.where_, row.code, row.reason) for row in rows)


def returned(session: Session, application_id: str) -> tuple[ReturnedItem, ...]:
    """Return what the office wants mended now."""
    rows = session.connection().exec_driver_sql(_RETURNED, (application_id,))
    return tuple(
        ReturnedItem("field" if kind == "field" else "document", item, reason)
        for kind, item, reason in rows
    )
