"""How often somebody has guessed lately.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what was counted in memory begins anew."""
    op.create_table(
        "guesses",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("ends_at", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("what", "caller", name=op.f("pk_guesses")),
    )
    op.create_index("ix_guesses_ends_at", "guesses", ["ends_at"])
