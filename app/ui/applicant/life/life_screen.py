"""What every screen of the later life shares: asks how it stands, and again with every news of it.

Never shows what is behind the PIN: who opens such a screen has proved it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from app.domain.news import ApplicationChanged
from app.services.following import Following, following
from app.ui.screen import Kept, Screen
from app.ui.widgets.cards import Card, notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.requests import RequestBody
    from app.services.kiosk import Kiosk
    from app.ui.window import Window


@dataclass
class Followed:
    """Which application a person follows here; outlives the screens, ends with the trail.

    Attributes:
        is_proved: the PIN was right, or the operator saw the applicant.
        is_seen: the operator saw the applicant and the identity card.
    """

    application_id: str
    is_proved: bool = False
    is_seen: bool = False


class LifeScreen(Screen):
    """Filled when the store answers, and again when something changed.

    Attributes:
        shown: how it stands, as it is on the screen; None before the first answer.
    """

    def __init__(self, window: Window, name: str, followed: Followed) -> None:
        super().__init__(window, name)
        self.followed = followed
        self.shown: Following | None = None
        self._kept: Kept = {}
        self.set_back()
        window.bridge.news_came.connect(self._heard)
        self.look()

    def fill(self, found: Following) -> None:
        """Put everything into the empty body and set the primary button."""
        raise NotImplementedError

    # --- asking -----------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask the store how it stands."""
        self.ask(partial(following, application_id=self.followed.application_id), self._take)

    def _heard(self, news: object) -> None:
        is_ours = isinstance(news, ApplicationChanged)
        if is_ours and news.application_id == self.followed.application_id and self._is_here():  # type: ignore[attr-defined]
            self.look()

    def _take(self, found: Following) -> None:
        if found == self.shown:
            return
        self.shown = found
        self.refill()

    def refill(self) -> None:
        """Make the body anew; what is typed, chosen and looked at stays."""
        if self.shown is None:
            return
        kept = self._kept or self.kept()
        self._kept = {}
        self.clear_body()
        self.fill(self.shown)
        super().restore(kept)
        self.order_keys()

    def kept(self) -> Kept:
        """Return what is typed and chosen; before the store answered, what is to be put back."""
        return super().kept() if self.shown else self._kept

    def restore(self, kept: Kept) -> None:
        """Put it back now, or when the store has answered."""
        if self.shown is None:
            self._kept = kept
        else:
            super().restore(kept)

    # --- the office -------------------------------------------------------------------------------

    def ask_office(self, body: RequestBody, done: Callable[[], object] = lambda: None) -> None:
        """Queue a request and let the engine carry it at once."""
        application_id = self.followed.application_id

        def work(kiosk: Kiosk) -> None:
            from app.services.requesting import ask_office

            ask_office(kiosk, application_id, body)

        def asked(_none: None) -> None:
            self.set_busy(False)
            if self.window_.tasks.open_desk:
                self.window_.tasks.open_desk.sending.wake()
            done()

        self.set_busy(True, self.words("ui.busy"))
        self.ask(work, asked)

    @property
    def is_linked(self) -> bool:
        """Whether the office answered last time, as far as the engine knows."""
        status = self.window_.bridge.status()
        return status is not None and status.link == "working"

    # --- parts ------------------------------------------------------------------------------------

    def refusal(self, title_key: str, code: str) -> Card:
        """Say that the office did not do what was asked, and why."""
        words = self.words
        key = f"errors.{code}" if words.has(f"errors.{code}.title") else ""
        body = words(f"{key}.title") + ". " + words(f"{key}.detail") if key else code
        return notice(self.theme, "warning", words(title_key), body)

    def road_words(self) -> str:
        """Return how the road to the office looks while an answer is waited for."""
        return self.words(f"life.road.{'working' if self.is_linked else 'away'}")
