"""Messages, and ways of collecting.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "messages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=True),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_messages_application_id")
        ),
        sa.ForeignKeyConstraint(["officer"], ["officers.name"], name=op.f("fk_messages_officer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_application", "messages", ["application_id", "at"])
    op.create_index("ix_messages_unread", "messages", ["officer", "read_at"])
    op.create_table(
        "collecting",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("chosen_at", sa.String(), nullable=False),
        sa.Column("tracking", sa.String(), nullable=False),
        sa.Column("sent_at", sa.String(), nullable=True),
        sa.CheckConstraint(
            "how IN ('post', 'proxy', 'self')", name=op.f("ck_collecting_how_known")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_collecting_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_collecting")),
    )
