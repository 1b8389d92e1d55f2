"""Writes many rows of a table with one statement, in both databases.

Nothing comes back from it: numbers that the database gives are asked for by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, FromClause, LargeBinary, insert, text
from sqlalchemy.types import TypeEngine

from app.office.base import Table, UtcTime, stored_time

Values = Mapping[str, Any]


def insert_rows(connection: Connection, table: type[Table], rows: Sequence[Values]) -> None:
    """Write rows, which all fill the same columns.

    PostgreSQL gets them as one JSON value. One by one they would cost it, and even more us, several
    times as much; and however many they are, the statement is the same and planned once.
    """
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table).inline(), [dict(row) for row in rows])
        return
    form = _form(table, frozenset(rows[0]))
    connection.execute(form.statement, {"rows": form.encode(rows)})


class _Form:
    """How rows of a table that fill certain columns are written down."""

    def __init__(self, table: FromClause, filled: frozenset[str]) -> None:
        self._defaults = {
            column.name: column.default.arg
            for column in table.columns
            if column.name not in filled and column.default is not None and column.default.is_scalar
        }
        self._writers = [
            (column.name, writer)
            for column in table.columns
            if column.name in filled and (writer := _writer(column.type))
        ]
        names = ", ".join(f'"{name}"' for name in sorted({*filled, *self._defaults}))
        self.statement = text(
            f"INSERT INTO {table.description} ({names}) SELECT {names} "  # noqa: S608 - our own names
            f"FROM json_populate_recordset(CAST(NULL AS {table.description}), CAST(:rows AS json))"
        )

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
def _form(table: type[Table], filled: frozenset[str]) -> _Form:
    return _Form(table.__table__, filled)


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
