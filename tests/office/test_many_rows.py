"""Rows that are written together stand in both databases as if each had been added by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import select, text

from app.office.base import Table
from app.office.context import Office
from app.office.many_rows import Rows, write_rows
from app.office.tables import DeviceRow, EventRow, UploadRow

_WHOLE = datetime(2026, 11, 22, 7, 5, 9, tzinfo=UTC)
_ELSEWHERE = datetime(2026, 11, 22, 14, 5, 9, 123, tzinfo=timezone(timedelta(hours=7)))


def _values(name: str) -> dict[type[Table], list[Mapping[str, Any]]]:
    """Return two rows of each table, with values that are hard to write down."""
    device = {
        "name": f"Kiosk 'Letung' \"{name}\" \\x41 :rows — é",
        "signing": "00",
        "recipient": "",
        "first_serial": 1,
        "last_serial": 99_999,
        "enrolled_at": _WHOLE,
    }
    event = {
        "kind": "receipt",
        "said_at": _ELSEWHERE,
        "application_id": "",
        "device_id": f"{name}1",
    }
    upload = {"device_id": f"{name}2", "length_bytes": 2**40, "created_at": _ELSEWHERE}
    return {
        DeviceRow: [
            {**device, "id": one, "code": one, "token_digest": one, "seen_at": seen_at}
            for one, seen_at in ((f"{name}1", None), (f"{name}2", _WHOLE))
        ],
        EventRow: [
            {**event, "number": 1, "signed": bytes(range(256))},
            {**event, "number": 2, "signed": b"\\x00"},
        ],
        UploadRow: [{**upload, "id": f"{name}{number}", "expires_at": _WHOLE} for number in (1, 2)],
    }


def _stored(office: Office, name: str) -> str:
    """Return what stands under a name, as the database itself says it."""
    said = []
    with office.database.read() as session:
        for table, column in ((DeviceRow, "id"), (EventRow, "device_id"), (UploadRow, "device_id")):
            columns = table.__table__.columns
            mine = select(*columns).where(columns[column].startswith(name)).order_by(*columns)
            query = mine.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
            said += [tuple(row) for row in session.execute(text(str(query)))]
    return str(said).replace(name, "")


def test_rows_written_together_are_the_same_as_rows_added_one_by_one(office: Office) -> None:
    seen = {"last_event": 2, "seen_at": _ELSEWHERE}
    with office.database.write() as session:
        for table, rows in _values("ONE").items():
            session.add_all(table(**row) for row in rows)
            session.flush()
        session.get_one(DeviceRow, "ONE1").last_event = 2
        session.get_one(DeviceRow, "ONE1").seen_at = _ELSEWHERE
    with office.database.write() as session:
        changed: Rows = {DeviceRow: [{"id": "TWO1", **seen}]}
        new = _values("TWO")
        write_rows(session.connection(), {**new, EventRow: []}, {})
        write_rows(session.connection(), {EventRow: new[EventRow]}, changed)
    assert _stored(office, "ONE") == _stored(office, "TWO")
    assert "2026-11-22T07:05:09.000000Z" in _stored(office, "TWO")
