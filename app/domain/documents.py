"""Owns the names by which documents travel; knows nothing of what is in them."""

from __future__ import annotations

#: Pages in the smallest form that stays legible (``app.imaging.encoding``); shown through a PDF.
PAGES_TYPE = "application/vnd.loket.pages"
