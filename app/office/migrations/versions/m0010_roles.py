"""Roles of officers, their second factor, and the trail as it is searched.

Who was an adjudicator stays one; who was head of office is now administrator and supervisor, which
together may do what a head could.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BECOME = (
    ("adjudicator", "adjudicator"),
    ("head", "administrator"),
    ("head", "supervisor"),
)


def upgrade() -> None:
    """Change officers and sessions; make the new tables."""
    bind = op.get_bind()
    held = bind.execute(sa.text("SELECT name, role FROM officers")).all()
    if bind.dialect.name == "sqlite":
        _remake_officers()
    else:
        op.drop_constraint("ck_officers_role_known", "officers")
        op.drop_column("officers", "role")
        op.add_column("officers", sa.Column("sealed_factor", sa.LargeBinary(), nullable=True))
        op.add_column(
            "officers",
            sa.Column("factor_step", sa.BigInteger(), nullable=False, server_default="-1"),
        )
        op.alter_column("officers", "factor_step", server_default=None)
    _make_tables()
    for name, role in held:
        for before, after in _BECOME:
            if role == before:
                bind.execute(
                    sa.text("INSERT INTO officer_roles (officer, role) VALUES (:name, :role)"),
                    {"name": name, "role": after},
                )
    # Sessions that were begun without a second factor begin again.
    op.execute("DELETE FROM sessions")
    op.add_column("sessions", sa.Column("factor_at", sa.String(), nullable=True))
    op.add_column("sessions", sa.Column("sealed_offer", sa.LargeBinary(), nullable=True))
    op.create_index("ix_audit_who", "audit", ["who", "id"])
    op.create_index("ix_audit_at", "audit", ["at"])


def _remake_officers() -> None:
    """Make the table anew: SQLite drops no column that a CHECK names.

    Rows elsewhere point at officers. With their checks put off to the end of the transaction the
    same names are back before anybody looks.
    """
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("DELETE FROM sessions")
    op.execute("CREATE TEMPORARY TABLE officers_held AS SELECT * FROM officers")
    op.drop_table("officers")
    op.create_table(
        "officers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("shown_name", sa.String(), nullable=False),
        sa.Column("password_digest", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(), nullable=True),
        sa.Column("sealed_factor", sa.LargeBinary(), nullable=True),
        sa.Column("factor_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_officers")),
    )
    kept = "name, shown_name, password_digest, is_active, failures, locked_until, created_at"
    op.execute(f"INSERT INTO officers ({kept}, factor_step) SELECT {kept}, -1 FROM officers_held")
    op.execute("DROP TABLE officers_held")


def _make_tables() -> None:
    op.create_table(
        "officer_roles",
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.CheckConstraint(
            "role IN ('adjudicator', 'administrator', 'cashier', 'intake', 'interviewer', "
            "'supervisor')",
            name=op.f("ck_officer_roles_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["officer"],
            ["officers.name"],
            name=op.f("fk_officer_roles_officer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("officer", "role", name=op.f("pk_officer_roles")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer"],
            ["officers.name"],
            name=op.f("fk_recovery_codes_officer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("officer", "number", name=op.f("pk_recovery_codes")),
    )
