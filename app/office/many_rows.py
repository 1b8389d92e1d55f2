"""Writes many rows of a table with one statement, in both databases.

Nothing comes back from it: numbers that the database gives are asked for by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    FromClause,
    LargeBinary,
    Update,
    bindparam,
    insert,
    update,
)
from sqlalchemy.types import TypeEngine

from app.office.base import Table, UtcTime, stored_time

Values = Mapping[str, Any]
Rows = Mapping[type[Table], Sequence[Values]]
#: No column's name.
_KEY = "key_of_row"


def write_rows(connection: Connection, new: Rows, changed: Rows) -> None:
    """Write rows of several tables; those of one table all fill the same columns.

    PostgreSQL gets each table's as one JSON value in one statement for all. One by one they would
    cost it, and even more us, several times as much.

    Args:
        connection: with a transaction.
        new: by table, each of which refers to those before it only.
        changed: their new values, with the key of each; none of them is new.
    """
    some = [(table, rows, True) for table, rows in new.items() if rows]
    some += [(table, rows, False) for table, rows in changed.items() if rows]
    if connection.dialect.name != "postgresql":
        for table, rows, is_new in some:
            if is_new:
                connection.execute(insert(table).inline(), [dict(row) for row in rows])
            else:
                keyed = [{**row, _KEY: row["id"]} for row in rows]
                connection.execute(_change(table, frozenset(rows[0])), keyed)
        return
    forms = tuple(_form(table, frozenset(rows[0]), is_new) for table, rows, is_new in some)
    written = {form.name: form.encode(one[1]) for form, one in zip(forms, some, strict=True)}
    connection.exec_driver_sql(_together(forms), written)


@cache
def _change(table: type[Table], filled: frozenset[str]) -> Update:
    values: dict[str, Any] = {name: bindparam(name) for name in filled}
    return update(table).where(table.__table__.columns["id"] == bindparam(_KEY)).values(values)


class _Form:
    """How rows of a table that fill certain columns are written down."""

    def __init__(self, table: FromClause, filled: frozenset[str], *, is_new: bool) -> None:
        self._defaults = {
            column.name: column.default.arg
            for column in table.columns
            if is_new
            and column.name not in filled
            and column.default is not None
            and column.default.is_scalar
        }
        self._writers = [
            (column.name, writer)
            for column in table.columns
            if column.name in filled and (writer := _writer(column.type))
        ]
        its = table.description
        self.name = f"{'new' if is_new else 'changed'}_{its}"
        names = sorted({*filled, *self._defaults})
        said = (
            f"json_populate_recordset(CAST(NULL AS {its}), CAST(%({self.name})s AS json)) AS said"
        )
        if is_new:
            listed = ", ".join(f'"{name}"' for name in names)
            self.statement = f"INSERT INTO {its} ({listed}) SELECT {listed} FROM {said}"  # noqa: S608 - our own names
        else:
            values = ", ".join(f'"{name}" = said."{name}"' for name in names if name != "id")
            self.statement = f"UPDATE {its} SET {values} FROM {said} WHERE {its}.id = said.id"  # noqa: S608 - our own names

    def encode(self, rows: Sequence[Values]) -> str:
        """Return rows as JSON."""
        written = []
        for row in rows:
            one = {**self._defaults, **row}
            for name, write in self._writers:
                if one[name] is not None:
                    one[name] = write(one[name])
            written.append(one)
        return msgspec.json.encode(written).decode()


@cache
def _form(table: type[Table], filled: frozenset[str], is_new: bool) -> _Form:  # noqa: FBT001 - a part of the cache's key
    return _Form(table.__table__, filled, is_new=is_new)


@cache
def _together(forms: tuple[_Form, ...]) -> str:
    """Return one statement; what refers to what is looked at when all of it is written."""
    parts = ", ".join(f"{form.name} AS ({form.statement})" for form in forms)
    return f"WITH {parts} SELECT 1"


def _writer(kind: TypeEngine[Any]) -> Callable[[Any], str] | None:
    if isinstance(kind, UtcTime):
        return _time
    if isinstance(kind, LargeBinary):
        return _bytes
    return None


@lru_cache(maxsize=256)
def _time(moment: datetime) -> str:
    # Rows that are written together say the same few times.
    return stored_time(moment)


def _bytes(content: bytes) -> str:
    return rf"\x{content.hex()}"
