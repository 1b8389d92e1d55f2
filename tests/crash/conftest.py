"""The office, the link and the kiosk of the sync tests, for what must survive with a road."""

from __future__ import annotations

from tests.sync.conftest import island, office, served, weak

__all__ = ["island", "office", "served", "weak"]
