"""What every table of the office is built on: how times, words and names are stored."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import CheckConstraint, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored as sortable text ``2026-11-21T07:05:09.123456Z``."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Refuse naive times; write UTC."""
        return None if value is None else stored_time(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read UTC back."""
        return None if value is None else datetime.fromisoformat(value)


def stored_time(value: datetime) -> str:
    """Return how a time is stored; a naive one is refused."""
    if value.tzinfo is None:
        raise ValueError("naive time")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return the CHECK that a column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in sorted(values))
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Table(DeclarativeBase):
    """Base of all tables; constraint names are needed by migrations on SQLite."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime}
