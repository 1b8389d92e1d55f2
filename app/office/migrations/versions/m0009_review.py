"""Judgements of findings, marks of passport numbers, the office's own reasons.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "judgements",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("sealed_word", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('confirmed', 'dismissed')", name=op.f("ck_judgements_verdict_known")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_judgements_application_id")
        ),
        sa.ForeignKeyConstraint(["officer"], ["officers.name"], name=op.f("fk_judgements_officer")),
        sa.PrimaryKeyConstraint("application_id", "finding", name=op.f("pk_judgements")),
    )
    op.create_table(
        "passport_marks",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_passport_marks_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "digest", name=op.f("pk_passport_marks")),
    )
    op.create_index("ix_passport_marks_digest", "passport_marks", ["digest"])
    op.create_index("ix_submission_documents_content", "submission_documents", ["content_digest"])
    op.create_table(
        "return_reasons",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('document', 'field')", name=op.f("ck_return_reasons_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["officers.name"], name=op.f("fk_return_reasons_changed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_reasons")),
    )
