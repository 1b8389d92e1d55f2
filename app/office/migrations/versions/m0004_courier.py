"""Courier files that came.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "courier_notes",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("came_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_courier_notes_device_id")
        ),
        sa.ForeignKeyConstraint(
            ["digest"], ["records.digest"], name=op.f("fk_courier_notes_digest")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_courier_notes")),
    )
    op.create_index("ix_courier_notes_came", "courier_notes", ["came_at"])
    op.create_index("ix_courier_notes_device", "courier_notes", ["device_id", "came_at"])
