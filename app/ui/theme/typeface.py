"""Brings the shipped type family in; never falls back on a system font by choice."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from app.resources import resources_path

FAMILY = "Atkinson Hyperlegible Next"


def load_typeface() -> QFont:
    """Register the family with Qt and return its body font."""
    for weight in ("Regular", "Bold"):
        path = resources_path() / "fonts" / f"AtkinsonHyperlegibleNext-{weight}.ttf"
        QFontDatabase.addApplicationFont(str(path))
    return QFont(FAMILY)
