"""What people think, on its way to the office.

Frozen: a later change of a table is a later migration, never an edit here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "opinions",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("refused_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["records.digest"], name=op.f("fk_opinions_digest")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_opinions")),
        sqlite_with_rowid=False,
    )
