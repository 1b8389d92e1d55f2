"""The backup's page: where it goes, how old the last one is, make one now, a recovery code.

Shows a recovery code once and keeps it nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QVBoxLayout

from app.errors import AppError, BugError
from app.ui.applicant.files import choose_folder
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.screen import empty
from app.ui.widgets.cards import Card, notice, value_row
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import change_text, text

if TYPE_CHECKING:
    from app.services.backing_up import BackupReport, Backups, BackupStatus
    from app.ui.desk import OpenDesk
    from app.ui.window import Window

_TELL_MS = 100


@dataclass
class _Progress:
    """Written by the thread that works, read by the page."""

    done: int = 0
    of: int = 0


class BackupScreen(DeskScreen):
    """One page that shows how it stands, and what is under way."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "backup", session, "settings")
        words = self.words
        self.set_heading(words("backup.heading"), words("backup.hint"))
        self.set_back()
        start = self.set_primary(words("backup.make"), self._make, icon="save")
        start.setEnabled(False)
        self._page = QVBoxLayout()
        self._page.setSpacing(24)
        self.body.addLayout(self._page)
        self._code = QVBoxLayout()
        self.body.addLayout(self._code)
        self._progress = _Progress()
        self._tells = QTimer(self)
        self._tells.setInterval(_TELL_MS)
        self._tells.timeout.connect(self._show_progress)
        self._look()

    def leaving(self) -> None:
        """Look no more; a backup under way goes on and ends by itself."""
        self._tells.stop()

    def _look(self) -> None:
        self.ask_free(lambda open_desk: _backups(open_desk).status(), self._show)

    def _show(self, status: BackupStatus) -> None:
        words = self.words
        empty(self._page)
        self._page.addWidget(self._standing(status))
        if status.last is not None:
            card = Card("card", gap=8)
            for key, value in (
                ("last_at", words.moment(status.last.made_at)),
                ("last_files", f"{status.last.files}"),
                ("last_folder", status.last.folder),
            ):
                card.rows.addWidget(value_row(self.theme, words(f"backup.{key}"), value))
            self._page.addWidget(card)
            for folder in status.last.kept:
                detail = words("backup.kept_detail", folder=folder)
                self._page.addWidget(notice(self.theme, "warning", words("backup.kept"), detail))
        choose = self.make_button(
            words("backup.choose"), self._choose, icon="folder_open", name="choose_folder"
        )
        code = self.make_button(
            words("backup.new_code"), self._new_code, icon="lock", name="new_code"
        )
        self._page.addWidget(flow_of([choose, code]))
        if not status.has_recovery_code:
            box = notice(
                self.theme, "warning", words("backup.no_code"), words("backup.no_code_detail")
            )
            box.setObjectName("no_code")
            self._page.addWidget(box)
        if self.primary_button:
            self.primary_button.setEnabled(status.is_there)
        self.order_keys()

    def _standing(self, status: BackupStatus) -> Card:
        words = self.words
        missing = status.last.missing if status.last else 0
        if not status.folder:
            said = "none"
        elif not status.is_there:
            said = "away"
        elif status.failed:
            said = "failed"
        elif status.last is None:
            said = "never"
        else:
            said = "missing" if missing else "ready"
        reason = words.error_title(status.failed)
        box = notice(
            self.theme,
            "good" if said == "ready" else "warning",
            words(f"backup.{said}"),
            words(f"backup.{said}_detail", folder=status.folder, missing=missing, reason=reason),
        )
        box.setObjectName(f"standing_{said}")
        return box

    def _choose(self) -> None:
        choose_folder(self, self._chosen)

    def _chosen(self, folder: Path) -> None:
        self.ask_free(
            lambda open_desk: _backups(open_desk).choose(folder), lambda _: self._look(), self.fail
        )

    def _make(self) -> None:
        words, progress = self.words, _Progress()
        self._progress = progress
        self.window_.hide_banner()
        empty(self._page)
        empty(self._code)
        card = Card("card")
        card.rows.addWidget(text(words("backup.busy"), "title", name="busy"))
        self._bar = QProgressBar()
        self._bar.setObjectName("progress")
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(words("backup.busy"))
        card.rows.addWidget(self._bar)
        self._amount = text("", "hint", name="amount")
        card.rows.addWidget(self._amount)
        self._page.addWidget(card)
        self.set_busy(True)
        self._tells.start()

        def tell(done: int, of: int) -> None:
            progress.done, progress.of = done, of

        self.ask_free(lambda desk: _backups(desk).make(tell=tell), self._made, self._failed)

    def _show_progress(self) -> None:
        # The machine works for the person: the desk must not lock over it.
        self.window_.idle.stir()
        done, of = self._progress.done, self._progress.of
        self._bar.setRange(0, of)
        self._bar.setValue(done)
        if of:
            change_text(self._amount, self.words("backup.amount", done=done, of=of))

    def _made(self, report: BackupReport) -> None:
        self._rest()
        self.say(self.words("backup.made", files=report.files, copied=report.copied))
        self._look()

    def _failed(self, error: AppError) -> None:
        self._rest()
        self.fail(error)
        self._look()

    def _rest(self) -> None:
        self._tells.stop()
        self.set_busy(False)

    def _new_code(self) -> None:
        self.ask_free(
            lambda open_desk: _backups(open_desk).new_recovery_code(), self._show_code, self.fail
        )

    def _show_code(self, code: str) -> None:
        words = self.words
        empty(self._code)
        card = Card("sea", gap=8)
        card.rows.addWidget(text(words("backup.code"), "title"))
        card.rows.addWidget(text(code, "title", name="recovery_code"))
        card.rows.addWidget(text(words("backup.code_detail")))
        self._code.addWidget(card)
        self._look()


def _backups(open_desk: OpenDesk) -> Backups:
    if open_desk.backups is None:
        raise BugError("backups_not_given")
    return open_desk.backups
