"""Runs migrations inside the transaction of the connection handed in; opens nothing."""

from __future__ import annotations

from alembic import context

from app.office.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
