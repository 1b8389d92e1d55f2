"""What the office says in the later life of an application, as the sync engine would apply it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from app.domain.events import (
    BillingIssued,
    BillLine,
    Event,
    PaymentNoted,
    RequestTaken,
    Said,
    SlotGiven,
    SlotsOffered,
    SlotsPublished,
)
from app.domain.news import ApplicationChanged
from app.domain.slots import FreeSlot, Slot
from app.domain.words import WIB
from app.protocol.event import sign_event
from app.protocol.keys import new_keys
from app.services.finalizing import Finalized
from app.services.kiosk import Kiosk
from app.storage import received
from app.storage.bills import Bill
from app.storage.tables import EventRow, RequestRow
from app.sync.living import LifeBody, take_life
from tests.fakes import FakeClock

CODE = "820261122465628"
NTPN = "0A1B2C3D4E5F6G7H"


class Life:
    """One finalized application, and the office that speaks of it."""

    def __init__(self, kiosk: Kiosk, done: Finalized) -> None:
        assert isinstance(kiosk.clock, FakeClock)
        self.kiosk, self.clock = kiosk, kiosk.clock
        self.id, self.reference = done.application_id, done.reference
        self._submission_id = done.submission_id
        self._office = new_keys()

    def receive(self) -> None:
        """Let the office receive it."""
        now = self.clock.now()
        with self.kiosk.store.write() as session:
            submission = received.submitted(session, self._submission_id)
            assert submission
            received.keep_receipt(session, submission, b"signed", ("ab" * 32, "PROOF"), now, now)

    def says(self, body: LifeBody) -> None:
        """Let the office say this."""
        now = self.clock.now()
        with self.kiosk.store.write() as session:
            number = session.query(EventRow).count() + 1
            event = Event("d", number, now, body, self.id)
            signed = sign_event(event, self._office)
            received.keep_event(session, number, self.id, now, now, signed)
            news = take_life(session, event, body, now)
        for one in news:
            self.kiosk.announcer.announce(one)

    def state(self, *states: str, reason: str = "") -> None:
        """Let the office move it through these states."""
        for state in states:
            self.clock.pass_time(3_700)
            now = self.clock.now()
            with self.kiosk.store.write() as session:
                received.keep_state(session, self.id, state, reason, now, now)
        self.kiosk.announcer.announce(ApplicationChanged(self.id, "state"))

    def state_since(self, state: str, since: datetime) -> None:
        """Let the kiosk hear late of a state."""
        with self.kiosk.store.write() as session:
            received.keep_state(session, self.id, state, "", self.clock.now(), since)

    def tell_again(self, bill: Bill) -> None:
        """Let the office tell a code once more."""
        self.says(
            BillingIssued(
                bill.code, bill.rupiah, bill.lines, bill.issued_at, bill.expires_at, bill.channels
            )
        )

    def answer(self, code: str = "") -> None:
        """Let the office take the newest request, or say why it cannot."""
        with self.kiosk.store.read() as session:
            row = session.query(RequestRow).order_by(RequestRow.made_at.desc()).first()
            assert row is not None
            request_id, digest = row.id, row.digest
        self.says(RequestTaken(request_id, digest, code))

    def bill(self, *, minutes: int = 120, code: str = CODE) -> None:
        now = self.clock.now()
        line = BillLine("E5", "Paspor elektronik 5 tahun", "Electronic passport, 5 years", 650_000)
        until = now + timedelta(minutes=minutes)
        channels = ("bank", "post", "minimarket", "wallet")
        self.says(BillingIssued(code, 650_000, (line,), now, until, channels))
        self.state("awaiting_payment")

    def paid(self) -> None:
        self.says(PaymentNoted(CODE, 650_000, self.clock.now(), NTPN))
        self.state("paid")

    def free(self) -> tuple[FreeSlot, ...]:
        """Three days with four hours each."""
        today = self.clock.now().astimezone(WIB).date()
        return tuple(
            FreeSlot(slot(today + timedelta(days=ahead), hour), 2)
            for ahead in (4, 5, 8)
            for hour in (8, 9, 10, 13)
        )

    def publish(self) -> None:
        self.says(SlotsPublished(self.clock.now(), self.free()))

    def give(self, given: Slot | None = None) -> None:
        self.says(SlotGiven(given or self.free()[1].slot))
        self.state("scheduled")

    def offer(self, *, is_released: bool = False) -> None:
        self.says(SlotsOffered(self.free()[6:], is_released))

    def writes(self, words: str) -> None:
        self.says(Said(f"m{self.clock.now().timestamp()}", words))


def slot(day: date, hour: int) -> Slot:
    begins = datetime.combine(day, time(hour, 30), WIB)
    place = "Kantor Imigrasi Tarempa"
    return Slot(f"TRM-{begins:%Y%m%d-%H%M}", begins, 30, place)
