"""Alembic's folder, one file per migration; run by ``app.office.migrating`` only."""
