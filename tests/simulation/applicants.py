"""What the applicants of one village ask after sending, by what the kiosk's screens offer them.

Holds what people remember having asked; never asks the machines for it but after a death.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import select

from app.domain.opinions import Said
from app.domain.requests import (
    BillingWanted,
    CollectingChosen,
    NoticesWanted,
    RequestBody,
    SlotsWished,
    Withdrawn,
    Written,
)
from app.errors import UserError
from app.services.billing import Paying, paying
from app.services.following import Following, following, mark_messages_seen
from app.services.kiosk import Kiosk
from app.services.opinions import say_opinion
from app.services.requesting import ask_office
from app.storage.tables import RequestRow
from tests.office.house import SERVICE

#: How often people do what the screen offers; a withdrawal ends a story.
_WEIGHTS = {"pay": 8, "interview": 6, "messages": 1, "collect": 1, "notices": 0.5, "withdraw": 0.05}
#: Whose turn it is to act comes more often than who only waits.
_EAGER = {"accepted": 9, "awaiting_payment": 9, "payment_expired": 9, "paid": 9, "scheduled": 3}
_MOST_WISHES = 3


@dataclass(frozen=True)
class Asked:
    """One request that somebody was told is on its way."""

    application_id: str
    body: RequestBody


class Applicants:
    """The applicants of one village.

    Args:
        chance: of their minds.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        #: What was asked and survived, by the request's id.
        self.asked: dict[str, Asked] = {}
        #: Words of the opinions that somebody was thanked for, and of those during which the power
        #: went: nothing at the kiosk tells whether these were kept.
        self.said: list[str] = []
        self.perhaps_said: list[str] = []
        self._wishes: Mapping[str, Callable[[Following], RequestBody | None]] = {
            "pay": lambda seen: BillingWanted() if seen.paying.may_ask else None,
            "interview": self._slots,
            "messages": lambda seen: Written(f"Pesan {self.chance.randrange(10**9)}"),
            "collect": self._collecting,
            "notices": self._notices,
            "withdraw": lambda seen: Withdrawn("berubah rencana"),
        }

    def choose(self, office_states: Mapping[str, str]) -> str:
        """Return which application somebody comes for, out of those that were sent."""
        weights = [_EAGER.get(state, 1) for state in office_states.values()]
        (chosen,) = self.chance.choices(list(office_states), weights)
        return chosen

    def ask(self, kiosk: Kiosk, application_id: str) -> str:
        """Let one of them look at the screen and do one thing it offers; return what for the log.

        The screen may be days old, so that much of it is too late at the office.
        """
        seen = following(kiosk, application_id)
        if not seen.acts:
            return "looks"
        mark_messages_seen(kiosk, application_id)
        acts = [act for act in seen.acts if act in self._wishes]
        (act,) = self.chance.choices(acts, [_WEIGHTS[one] for one in acts])
        body = self._wishes[act](seen)
        if body is None:
            return f"{act}: not now"
        try:
            return f"{act} {self.want(kiosk, application_id, body)[-6:]}"
        except UserError as error:
            return f"{act}: {error.code}"

    def want(self, kiosk: Kiosk, application_id: str, body: RequestBody) -> str:
        """Ask for one thing and remember it; return the request's id."""
        request_id = ask_office(kiosk, application_id, body)
        self.asked[request_id] = Asked(application_id, body)
        return request_id

    def say(self, kiosk: Kiosk) -> str:
        """Let one of them say what they think, without a name; return what for the log."""
        words = f"Pendapat {self.chance.randrange(10**12)}"
        easy, quick, kind = (self.chance.randrange(4) for _ in range(3))
        self.perhaps_said.append(words)
        say_opinion(kiosk, SERVICE, "slip", Said(easy, quick, kind, words))
        self.said.append(self.perhaps_said.pop())
        return "says something"

    def shown_code(self, kiosk: Kiosk, application_id: str) -> Paying | None:
        """Return what the screen says when it shows a code that can be paid now."""
        shown = paying(kiosk, application_id)
        return shown if shown.bill is not None and shown.left_s > 0 else None

    def look_after_death(self, kiosk: Kiosk) -> None:
        """The power went while somebody asked: the screen says whether it was queued."""
        with kiosk.store.read() as session:
            rows = session.scalars(select(RequestRow)).all()
        for row in rows:
            body = msgspec.json.decode(row.body, type=RequestBody)
            self.asked.setdefault(row.id, Asked(row.application_id, body))

    def _slots(self, seen: Following) -> RequestBody | None:
        standing = seen.scheduling
        if not standing.may_wish or not standing.free:
            return None
        free = [one.slot.id for one in standing.free]
        wishes = self.chance.sample(free, min(len(free), _MOST_WISHES))
        return SlotsWished(tuple(wishes), ("elderly",) if self.chance.random() < 0.3 else ())

    def _collecting(self, seen: Following) -> RequestBody:
        del seen
        return self.chance.choice(
            (
                CollectingChosen("self"),
                CollectingChosen("proxy", "Budi Contoh", "family"),
                CollectingChosen("post", "Siti Contoh", address="Jalan Contoh 1", phone="0811"),
                CollectingChosen("post"),
            )
        )

    def _notices(self, seen: Following) -> RequestBody:
        del seen
        email = self.chance.choice(("siti@contoh.example", "", "siti"))
        return NoticesWanted(email)
