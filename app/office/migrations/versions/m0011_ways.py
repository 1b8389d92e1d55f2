"""How each way out of the office stands, and the tries at each billing code.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; give bills their words of an outbox."""
    op.create_table(
        "ways",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("failing_since", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.String(), nullable=True),
        sa.Column("worked_at", sa.String(), nullable=True),
        sa.CheckConstraint(
            "name IN ('mail', 'ministry', 'payments', 'registry', 'sms')",
            name=op.f("ck_ways_name_known"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ways")),
    )
    op.add_column("bills", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("bills", sa.Column("next_attempt_at", sa.String(), nullable=True))
