"""Alembic's folder, one file per migration; run by ``app.storage.migrating`` only."""
