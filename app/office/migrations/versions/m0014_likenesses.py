"""What pages look like, and which look like one paper.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; papers that are here are looked at in the background."""
    op.create_table(
        "likenesses",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("content_digest", sa.String(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("looked_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_likenesses_application_id")
        ),
        sa.PrimaryKeyConstraint("application_id", "need", "page", name=op.f("pk_likenesses")),
    )
    op.create_index("ix_likenesses_type", "likenesses", ["type", "looked_at"])
    op.create_table(
        "twins",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=False),
        sa.Column("other_need", sa.String(), nullable=False),
        sa.Column("other_page", sa.Integer(), nullable=False),
        _to_likenesses("fk_twins_one", "application_id", "need", "page"),
        _to_likenesses("fk_twins_other", "other_id", "other_need", "other_page"),
        sa.PrimaryKeyConstraint(
            "application_id",
            "need",
            "page",
            "other_id",
            "other_need",
            "other_page",
            name=op.f("pk_twins"),
        ),
    )
    op.create_index("ix_twins_other", "twins", ["other_id"])


def _to_likenesses(name: str, *columns: str) -> sa.ForeignKeyConstraint:
    named = ["likenesses.application_id", "likenesses.need", "likenesses.page"]
    return sa.ForeignKeyConstraint(list(columns), named, name=op.f(name), ondelete="CASCADE")
