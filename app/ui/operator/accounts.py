"""Operator accounts: who has one, a new one, one's own password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.services.operators import LEAST_PASSWORD_LETTERS, add_operator, change_password
from app.ui.operator.account_form import AccountForm, say_twice, show_wrong
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.session import Session
from app.ui.widgets.cards import Card, notice
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labelled_line import LabelledLine
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window


class AccountsScreen(DeskScreen):
    """The list, and the two ways on."""

    def __init__(self, window: Window, session: Session, *, done: str = "") -> None:
        super().__init__(window, "accounts", session, "settings")
        words = self.words
        self.set_heading(words("operator.accounts.heading"), words("operator.accounts.hint"))
        if done:
            self.body.addWidget(notice(self.theme, "good", done))
        card = Card("card", gap=8)
        card.rows.addWidget(text(words("operator.accounts.you"), "hint"))
        me = session.operator
        card.rows.addWidget(
            text(words("operator.accounts.one", shown_name=me.shown_name, name=me.name), "title")
        )
        self.body.addWidget(card)
        self.body.addWidget(
            flow_of(
                [
                    self.make_button(
                        words("operator.accounts.add"), self._add, icon="add", name="add_operator"
                    ),
                    self.make_button(
                        words("operator.accounts.change"),
                        self._change,
                        icon="password",
                        name="change_password",
                    ),
                ],
                16,
            )
        )
        self.set_back()

    def _add(self) -> None:
        session = self.session
        self.window_.go(lambda window: AddOperatorScreen(window, session))

    def _change(self) -> None:
        session = self.session
        self.window_.go(lambda window: ChangePasswordScreen(window, session))


class AddOperatorScreen(DeskScreen):
    """A new account, its password typed by whoever will use it."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "add_operator", session, "settings")
        words = self.words
        self.set_heading(
            words("operator.accounts.add_heading"), words("operator.accounts.add_hint")
        )
        self._form = AccountForm(self.theme, words)
        card = Card("card")
        card.rows.addWidget(self._form)
        self.body.addWidget(card)
        self.set_back()
        self.set_primary(words("operator.accounts.save"), self._save, icon="save")

    def _save(self) -> None:
        account = self._form.read()
        if show_wrong(self, self._form.lines()) or account is None:
            return
        self.window_.hide_banner()
        self.set_busy(True, self.words("ui.busy"))

        def add(kiosk: Kiosk) -> None:
            add_operator(kiosk, account.name, account.shown_name, account.password)

        done = self.words("operator.accounts.added", name=account.name)
        self.ask(add, lambda _: _return(self, done))


class ChangePasswordScreen(DeskScreen):
    """One's own password, proved by the old one."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "change_password", session, "settings")
        words = self.words
        self.set_heading(words("operator.accounts.change_heading"))
        reveal = words("operator.account.show_password")
        hint = words("operator.account.password_hint", least=LEAST_PASSWORD_LETTERS)
        self._old, self._new, self._again = (
            LabelledLine(
                self.theme, words(f"operator.account.{key}"), help_text, name=key, reveal=reveal
            )
            for key, help_text in (("old_password", ""), ("new_password", hint), ("again", ""))
        )
        card = Card("card")
        for line in (self._old, self._new, self._again):
            card.rows.addWidget(line)
        self.body.addWidget(card)
        self.set_back()
        self.set_primary(words("operator.accounts.save"), self._save, icon="save")

    def _save(self) -> None:
        missing = self.words("operator.account.missing_password")
        self._old.say_problem("" if self._old.value else missing)
        say_twice(self.words, self._new, self._again)
        if show_wrong(self, (self._old, self._new, self._again)):
            return
        self.window_.hide_banner()
        self.set_busy(True, self.words("ui.busy"))
        name, old, new = self.session.operator.name, self._old.value, self._new.value

        def change(kiosk: Kiosk) -> None:
            change_password(kiosk, name, old, new)

        self.ask(change, lambda _: _return(self, self.words("operator.accounts.changed")))


def _return(screen: DeskScreen, done: str) -> None:
    """Go back to the accounts and say there what was done."""
    session, window = screen.session, screen.window_
    window.back()
    window.replace(lambda window: AccountsScreen(window, session, done=done))
