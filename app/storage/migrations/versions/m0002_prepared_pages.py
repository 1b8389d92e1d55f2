"""Pages keep their capture beside what was made of it.

Frozen: a later change of a table is a later migration, never an edit here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

#: A page of before is its own capture: nobody found it on one, and nobody judged it. An empty
#: outline says so; such a page is prepared before it is encoded.
_TAKE_OVER = """
INSERT INTO pages SELECT
    id, application_id, need, type, position, turns, media_type, blob_digest, size_bytes,
    0, 0, 0.0, 'file', blob_digest, media_type, '', 0.0, 1, '', '{"findings":[]}', 1, '',
    '', 0, '', '', is_purged, added_at
FROM pages_before
"""


def upgrade() -> None:
    """Make the table anew: SQLite cannot add a column without a default."""
    op.drop_index("ix_pages_application", "pages")
    op.rename_table("pages", "pages_before")
    _pages()
    op.execute(_TAKE_OVER)
    op.drop_table("pages_before")


def _pages() -> None:
    op.create_table(
        "pages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("blob_digest", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("dpi", sa.Double(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("original_digest", sa.String(), nullable=False),
        sa.Column("original_media_type", sa.String(), nullable=False),
        sa.Column("outline", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("is_flat", sa.Boolean(), nullable=False),
        sa.Column("light", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("kept_reason", sa.String(), nullable=False),
        sa.Column("encoded_digest", sa.String(), nullable=False),
        sa.Column("encoded_bytes", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("reading", sa.String(), nullable=False),
        sa.Column("is_purged", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_pages_application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
    )
    op.create_index(
        "ix_pages_application", "pages", ["application_id", "need", "position"], unique=False
    )
    op.create_index(
        "ix_pages_undeveloped",
        "pages",
        ["added_at"],
        unique=False,
        sqlite_where=sa.text("encoded_digest = '' OR reading = ''"),
    )
