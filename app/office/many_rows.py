"""Writes many rows of a table with one statement, in both databases.

Nothing comes back from it: numbers that the database gives are asked for by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, FromClause, LargeBinary, TextClause, insert, text
from sqlalchemy.types import TypeEngine

from app.office.base import Table, UtcTime, stored_time

Values = Mapping[str, Any]


def insert_rows(connection: Connection, rows: Mapping[type[Table], Sequence[Values]]) -> None:
    """Write the rows of several tables; those of one table all fill the same columns.

    PostgreSQL gets each table's as one JSON value in one statement for all. One by one they would
    cost it, and even more us, several times as much.

    Args:
        connection: with a transaction.
        rows: by table, each of which refers to those before it only.
    """
    some = {table: its for table, its in rows.items() if its}
    if connection.dialect.name != "postgresql":
        for table, its in some.items():
            connection.execute(insert(table).inline(), [dict(row) for row in its])
        return
    forms = tuple(_form(table, frozenset(its[0])) for table, its in some.items())
    written = zip(forms, some.values(), strict=True)
    connection.execute(_together(forms), {form.name: form.encode(its) for form, its in written})


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
        self.name = table.description
        names = ", ".join(f'"{name}"' for name in sorted({*filled, *self._defaults}))
        self.statement = (
            f"INSERT INTO {self.name} ({names}) SELECT {names} "  # noqa: S608 - our own names
            f"FROM json_populate_recordset(CAST(NULL AS {self.name}), CAST(:{self.name} AS json))"
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


@cache
def _together(forms: tuple[_Form, ...]) -> TextClause:
    """Return one statement; what refers to what is looked at when all of it is written."""
    parts = ", ".join(f"new_{form.name} AS ({form.statement})" for form in forms)
    return text(f"WITH {parts} SELECT 1")


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
