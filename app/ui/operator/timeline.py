"""What happened to an application, newest first, as a line of dots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.words import Words
from app.ui.applicant.status import entry_words
from app.ui.operator.moments import near
from app.ui.operator.sending_words import error_of
from app.ui.screen import Screen
from app.ui.widgets.cards import Card, icon_label
from app.ui.widgets.labels import text

_ICONS = {
    "started": "edit",
    "finalized": "inventory",
    "sending": "cloud_upload",
    "received": "verified",
    "returned": "undo",
    "state": "apartment",
    "set_aside": "report",
    "resumed": "edit",
    "queued_again": "replay",
    "missing": "sync_problem",
    "correcting": "edit",
}


class Entry(Protocol):
    """One line as the store keeps it."""

    @property
    def at(self) -> datetime: ...
    @property
    def what(self) -> str: ...
    @property
    def params(self) -> Mapping[str, str]: ...


def timeline_card(screen: Screen, entries: Sequence[Entry]) -> Card:
    """Return the card; the newest line stands first and bold."""
    card = Card("card", gap=16)
    card.setObjectName("timeline")
    card.rows.addWidget(text(screen.words("operator.application.timeline"), "title"))
    if not entries:
        card.rows.addWidget(text(screen.words("operator.application.timeline_empty"), "hint"))
    for number, entry in enumerate(reversed(entries)):
        card.rows.addWidget(_line(screen, entry, is_newest=number == 0))
    return card


def _line(screen: Screen, entry: Entry, *, is_newest: bool) -> QWidget:
    colours = screen.theme.colours
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(16)
    icon = _ICONS.get(entry.what, "schedule")
    colour = colours.accent if is_newest else colours.ink_soft
    line.addWidget(icon_label(screen.theme, icon, colour, 24), 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(0)
    says, more = line_words(screen.words, entry)
    column.addWidget(text(says, "label" if is_newest else "body"))
    if more:
        column.addWidget(text(more, "hint"))
    when = near(screen.words, entry.at, screen.window_.desk.clock.now())
    column.addWidget(text(when, "caption"))
    line.addLayout(column, 1)
    holder.setAccessibleName(f"{says}, {when}")
    return holder


def line_words(words: Words, entry: Entry) -> tuple[str, str]:
    """Return one line in words, and below it the office's reason or the error's name."""
    more = entry.params.get("reason", "")
    if entry.what == "set_aside":
        more = error_of(words, entry.params["code"])[0]
    return entry_words(words, entry.what, entry.params), more
