"""Bills and payment notices.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bills",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rupiah", sa.Integer(), nullable=False),
        sa.Column("lines", sa.String(), nullable=False),
        sa.Column("wanted_at", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("issued_at", sa.String(), nullable=True),
        sa.Column("expires_at", sa.String(), nullable=True),
        sa.Column("channels", sa.String(), nullable=False),
        sa.Column("paid_at", sa.String(), nullable=True),
        sa.Column("ntpn", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state IN ('expired', 'issued', 'paid', 'void', 'wanted')",
            name=op.f("ck_bills_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_bills_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bills")),
        sa.UniqueConstraint("code", name=op.f("uq_bills_code")),
    )
    op.create_index("ix_bills_application", "bills", ["application_id", "wanted_at"])
    op.create_index("ix_bills_state", "bills", ["state", "expires_at"])
    op.create_table(
        "payment_notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("rupiah", sa.Integer(), nullable=False),
        sa.Column("ntpn", sa.String(), nullable=False),
        sa.Column("paid_at", sa.String(), nullable=False),
        sa.Column("taken_at", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('not_expected', 'paid', 'repeated', 'unknown_code', 'wrong_amount')",
            name=op.f("ck_payment_notices_outcome_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_notices")),
    )
    op.create_index("ix_payment_notices_code", "payment_notices", ["code"])
