"""Orders to other agencies, and what the ministry tells.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "agency_orders",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("done_at", sa.String(), nullable=True),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "agency IN ('ministry', 'registry')", name=op.f("ck_agency_orders_agency_known")
        ),
        sa.CheckConstraint(
            "state IN ('done', 'refused', 'void', 'waiting')",
            name=op.f("ck_agency_orders_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_agency_orders_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_orders")),
        sa.UniqueConstraint("agency", "application_id", "revision", name="uq_agency_orders_about"),
    )
    op.create_index(
        "ix_agency_orders_state", "agency_orders", ["state", "agency", "next_attempt_at"]
    )
    _make_ministry()


def _make_ministry() -> None:
    op.create_table(
        "ministry_numbers",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("given_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_ministry_numbers_application_id"),
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_ministry_numbers")),
        sa.UniqueConstraint("number", name=op.f("uq_ministry_numbers_number")),
    )
    op.create_table(
        "ministry_changes",
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("taken_at", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('moved', 'noted', 'unknown_number')",
            name=op.f("ck_ministry_changes_outcome_known"),
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_ministry_changes")),
    )
    op.create_index("ix_ministry_changes_number", "ministry_changes", ["number", "serial"])
