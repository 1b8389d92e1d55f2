"""Opinions, what kiosks tell of themselves, invitations of calendars, hand-overs.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_opinions()
    op.create_table(
        "device_days",
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("heard_at", sa.String(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("set_aside", sa.Integer(), nullable=False),
        sa.Column("waiting_bytes", sa.BigInteger(), nullable=False),
        sa.Column("speed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["devices.id"], name=op.f("fk_device_days_device_id")
        ),
        sa.PrimaryKeyConstraint("device_id", "day", name=op.f("pk_device_days")),
    )
    op.create_table(
        "invitations",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_invitations_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_invitations")),
    )
    _make_handovers()


def _make_opinions() -> None:
    op.create_table(
        "opinions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("village", sa.String(), nullable=False),
        sa.Column("service_id", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("easy", sa.Integer(), nullable=False),
        sa.Column("quick", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("sealed_words", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "occasion IN ('handover', 'slip')", name=op.f("ck_opinions_occasion_known")
        ),
        sa.CheckConstraint(
            "easy BETWEEN 0 AND 3 AND quick BETWEEN 0 AND 3 AND kind BETWEEN 0 AND 3",
            name=op.f("ck_opinions_marks_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
    )
    op.create_index("ix_opinions_day", "opinions", ["day"])


def _make_handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "receiver IN ('applicant', 'post', 'proxy')", name=op.f("ck_handovers_receiver_known")
        ),
        sa.CheckConstraint(
            "authority IN ('', 'family_card', 'power_of_attorney')",
            name=op.f("ck_handovers_authority_known"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_handovers_application_id")
        ),
        sa.ForeignKeyConstraint(["officer"], ["officers.name"], name=op.f("fk_handovers_officer")),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_handovers")),
    )
