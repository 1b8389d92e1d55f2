"""Consent to notices, and their outbox.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "contacts",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("agreed_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_contacts_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.String(), nullable=True),
        sa.Column("sent_at", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.CheckConstraint("channel IN ('mail', 'sms')", name=op.f("ck_notices_channel_known")),
        sa.CheckConstraint(
            "state IN ('dropped', 'sending', 'sent', 'waiting')",
            name=op.f("ck_notices_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_notices_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "application_id", "channel", "what", "occasion", name="uq_notices_occasion"
        ),
    )
    op.create_index("ix_notices_state", "notices", ["state", "next_attempt_at"])
