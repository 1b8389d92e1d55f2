"""The treasury of a simulated world: issues billing codes, takes money, tells of it until heard.

Its clock is right, and it forgets nothing; the office's may not be, and may.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from app.errors import RemoteError
from app.office.billing.notices import PaymentNotice
from app.office.billing.provider import IssuedCode, Order
from app.office.billing.webhook import PATH
from tests.simulation.times import SkewedClock
from tests.simulation.wire import Ask

SECRET = "a secret of simulated worlds"  # noqa: S105
#: A code lives so long.
_LIFE = timedelta(hours=2)
#: Of the orders, how many meet a treasury that is away.
_AWAY_SHARE = 0.15
#: Of the payments, how many are told with another sum first.
_SLIP_SHARE = 0.05


@dataclass
class Payment:
    """Money that was paid, and whether the office confirmed that it heard of it."""

    notice: PaymentNotice
    is_right: bool
    is_heard: bool = False


class Treasury:
    """Issues codes to the office and takes what people pay.

    Args:
        clock: a right one.
        chance: of its moods.
    """

    def __init__(self, clock: SkewedClock, chance: random.Random) -> None:
        self.payments: list[Payment] = []
        self.is_moody = False
        self._clock = clock
        self._chance = chance
        self._codes: dict[str, IssuedCode] = {}
        self._ends: dict[str, tuple[datetime, int]] = {}
        self._paid: set[str] = set()

    def issue(self, order: Order) -> IssuedCode:
        """Return the code of an order, the same one whenever it is asked for."""
        if self.is_moody and self._chance.random() < _AWAY_SHARE:
            raise RemoteError("provider_away")
        if order.id not in self._codes:
            now = self._clock.now()
            code = f"8{now:%Y%m%d}{len(self._codes):06d}"
            self._codes[order.id] = IssuedCode(code, now, now + _LIFE, ("bank", "post"))
            self._ends[code] = (now + _LIFE, order.rupiah)
        return self._codes[order.id]

    def take(self, code: str, rupiah: int) -> str:
        """Take what somebody pays; return what for the log."""
        ends_at, due = self._ends[code]
        now = self._clock.now()
        if now >= ends_at or rupiah != due or code in self._paid:
            return "the bank refuses"
        self._paid.add(code)
        if self._chance.random() < _SLIP_SHARE:
            self._note(code, rupiah + 1, is_right=False)
        self._note(code, rupiah, is_right=True)
        return "paid"

    def next_notice(self) -> Payment | None:
        """Return a payment of which the office has not confirmed to have heard."""
        waiting = [one for one in self.payments if not one.is_heard]
        return self._chance.choice(waiting) if waiting else None

    def ask(self, payment: Payment, url: str) -> Ask:
        """Return the request that tells of a payment."""
        body = msgspec.json.encode(payment.notice)
        headers = {
            "Loket-Signature": self._signature(body),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
        return Ask("POST", url + PATH, headers, body)

    def _signature(self, body: bytes) -> str:
        moment = str(int(self._clock.now().timestamp()))
        digest = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256)
        return f"t={moment},v1={digest.hexdigest()}"

    def repeat_everything(self) -> None:
        """The office lost its books, and asks to be told again."""
        for payment in self.payments:
            payment.is_heard = False

    def _note(self, code: str, rupiah: int, *, is_right: bool) -> None:
        number = len(self.payments) + 1
        ntpn = f"{number:016X}"
        notice = PaymentNotice(f"N-{number}", code, rupiah, self._clock.now(), ntpn)
        self.payments.append(Payment(notice, is_right))
