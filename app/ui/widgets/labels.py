"""Makes text on a screen by its role; the stylesheet gives each role its look."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

TextRole = Literal[
    "display",
    "heading",
    "title",
    "label",
    "body",
    "hint",
    "caption",
    "code",
    "problem",
    "warning",
    "quiet",
    "brand",
]


def text(words: str, role: TextRole = "body", *, name: str = "") -> QLabel:
    """Return a label that wraps; never reads markup, so an answer can hold any sign."""
    label = QLabel(words)
    label.setProperty("role", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(role not in ("brand", "code"))
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    label.setAccessibleName(words)
    if name:
        label.setObjectName(name)
    return label


def change_text(label: QLabel, words: str) -> None:
    """Set a label's words, and what a screen reader says of it."""
    label.setText(words)
    label.setAccessibleName(words)


def rule() -> QFrame:
    """Return a thin line between two parts."""
    line = QFrame()
    line.setProperty("role", "rule")
    return line


def restyle(widget: QWidget, **properties: object) -> None:
    """Set properties that the stylesheet asks for, and apply it anew to this one widget."""
    for key, value in properties.items():
        widget.setProperty(key, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
