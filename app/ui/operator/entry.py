"""The way into the desk: the first account on a new kiosk, else name and password.

Never says whether it was the name or the password that was wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import AppError
from app.services.operators import OperatorView, add_operator, has_operators, sign_in
from app.ui.operator.account_form import AccountForm, show_wrong
from app.ui.operator.desk_screen import tab_maker
from app.ui.operator.session import Session
from app.ui.screen import Screen
from app.ui.widgets.cards import Card
from app.ui.widgets.labelled_line import LabelledLine
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Maker, Window


def enter() -> Maker:
    """Return the page that stands in front of the desk."""
    return EntryScreen


class EntryScreen(Screen):
    """Asks the store which page it must be; stands only while the store is being opened."""

    is_public = True

    def __init__(self, window: Window) -> None:
        super().__init__(window, "operator_entry", column=560)
        self.body.addWidget(text(self.words("ui.opening"), "hint"))
        self.set_back()
        self.ask(has_operators, self._found)

    def _found(self, has_some: bool) -> None:
        self.window_.replace(SignInScreen if has_some else FirstAccountScreen)


class SignInScreen(Screen):
    """Name and password."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "operator_sign_in", column=560)
        words = self.words
        self.set_heading(words("operator.sign_in.heading"), words("operator.sign_in.hint"))
        self._name = LabelledLine(self.theme, words("operator.account.name"), name="account_name")
        self._password = LabelledLine(
            self.theme,
            words("operator.account.password"),
            name="password",
            reveal=words("operator.account.show_password"),
        )
        card = Card("card")
        card.rows.addWidget(self._name)
        card.rows.addWidget(self._password)
        self.body.addWidget(card)
        self.set_back()
        self.set_primary(words("operator.sign_in.enter"), self._enter, icon="lock")

    def _enter(self) -> None:
        name, password = self._name.value, self._password.value
        words = self.words
        self._name.say_problem("" if name.strip() else words("operator.account.missing_name"))
        self._password.say_problem("" if password else words("operator.account.missing_password"))
        if show_wrong(self, (self._name, self._password)):
            return
        self.window_.hide_banner()
        self.set_busy(True, words("operator.sign_in.busy"))
        self.ask(lambda kiosk: sign_in(kiosk, name, password), self._signed_in, self._refused)

    def _signed_in(self, operator: OperatorView) -> None:
        self._password.box.clear()
        self.window_.replace(tab_maker(Session(operator), "today"))

    def _refused(self, error: AppError) -> None:
        self._password.box.clear()
        self.fail(error)
        self._password.box.setFocus()


class FirstAccountScreen(Screen):
    """Makes the account that can make all others; only on a kiosk that has none."""

    def __init__(self, window: Window) -> None:
        super().__init__(window, "operator_first", column=640)
        words = self.words
        self.set_heading(words("operator.first.heading"), words("operator.first.hint"))
        self._form = AccountForm(self.theme, words)
        card = Card("card")
        card.rows.addWidget(self._form)
        self.body.addWidget(card)
        self.set_back()
        self.set_primary(words("operator.first.create"), self._create, icon="how_to_reg")

    def _create(self) -> None:
        account = self._form.read()
        if show_wrong(self, self._form.lines()) or account is None:
            return
        self.window_.hide_banner()
        self.set_busy(True, self.words("ui.busy"))

        def make(kiosk: Kiosk) -> OperatorView:
            add_operator(kiosk, account.name, account.shown_name, account.password)
            return sign_in(kiosk, account.name, account.password)

        self.ask(make, self._made)

    def _made(self, operator: OperatorView) -> None:
        self.window_.replace(tab_maker(Session(operator), "today"))
