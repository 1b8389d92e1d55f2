"""The boxes of a new account: name, account name, password twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.words import Words
from app.services.operators import LEAST_PASSWORD_LETTERS
from app.ui.theme.tokens import Theme
from app.ui.widgets.labelled_line import LabelledLine

if TYPE_CHECKING:
    from app.ui.screen import Screen


@dataclass(frozen=True)
class Account:
    """What was typed."""

    shown_name: str
    name: str
    password: str

    def __repr__(self) -> str:
        return f"Account({self.name})"


class AccountForm(QWidget):
    """Reads a new account; says beside each box what is missing."""

    def __init__(self, theme: Theme, words: Words) -> None:
        super().__init__()
        self._words = words
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(16)
        say = words
        self.shown_name = LabelledLine(
            theme,
            say("operator.account.shown_name"),
            say("operator.account.shown_name_hint"),
            name="shown_name",
        )
        self.name = LabelledLine(
            theme,
            say("operator.account.name"),
            say("operator.account.name_hint"),
            name="account_name",
        )
        self.password = LabelledLine(
            theme,
            say("operator.account.password"),
            say("operator.account.password_hint", least=LEAST_PASSWORD_LETTERS),
            name="password",
            reveal=say("operator.account.show_password"),
        )
        self.again = LabelledLine(
            theme,
            say("operator.account.again"),
            name="again",
            reveal=say("operator.account.show_password"),
        )
        for line in self.lines():
            rows.addWidget(line)

    def read(self) -> Account | None:
        """Return the account, or None after saying beside each box what is wrong with it."""
        words = self._words
        shown_name, name = self.shown_name.value.strip(), self.name.value.strip()
        for line, value, key in (
            (self.shown_name, shown_name, "missing_shown_name"),
            (self.name, name, "missing_name"),
        ):
            line.say_problem("" if value else words(f"operator.account.{key}"))
        say_twice(words, self.password, self.again)
        if any(line.problem for line in self.lines()):
            return None
        return Account(shown_name, name, self.password.value)

    def lines(self) -> tuple[LabelledLine, ...]:
        """Return the boxes from top to bottom."""
        return (self.shown_name, self.name, self.password, self.again)


def say_twice(words: Words, password: LabelledLine, again: LabelledLine) -> None:
    """Say beside the boxes of a new password when it is missing or not the same twice."""
    missing = words("operator.account.missing_password")
    password.say_problem("" if password.value else missing)
    is_same = password.value == again.value
    again.say_problem("" if is_same else words("operator.account.mismatch"))


def show_wrong(screen: Screen, lines: Sequence[LabelledLine]) -> bool:
    """List what is wrong at the top of the page; tell whether anything is."""
    wrong = [(line.problem, line.box) for line in lines if line.problem]
    screen.show_summary(wrong)
    return bool(wrong)
