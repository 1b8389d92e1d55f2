"""The officer of a simulated world: takes one application and does one thing that may be done."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from sqlalchemy import select

from app.domain.events import ReturnedItem
from app.domain.lifecycle import OFFICE_STATES
from app.errors import AppError, BugError
from app.office import review
from app.office.billing.notices import settle_again, unsettled
from app.office.context import Office
from app.office.progress import STEPS, steps_from, take_step
from app.office.review import Officer
from app.office.slots.booking import release_slot
from app.office.supplements import ask_for_page
from app.office.tables import ApplicationRow, OfficerRow, SubmissionDocumentRow, SubmissionRow
from app.office.talking.collecting import send_parcel
from app.office.talking.messages import open_messages, write_message
from tests.simulation.times import SkewedClock

ANI = Officer("ani", "Ani Pemeriksa", ("adjudicator", "supervisor"))
#: Steps that lead on; the others end or hold up a story and are rare.
_ONWARD = frozenset({"attend", "adjudicate", "print", "make_ready", "hand_over", "resume", "clear"})
#: In these the office waits for somebody else, or for nothing.
_IDLE = frozenset(
    {"returned", "accepted", "awaiting_payment", "payment_expired", "paid", "handed_over"}
    | {"rejected", "cancelled", "withdrawn"}
)
_RARE = 0.1
#: Of what the officer does, how much is something that the page would not have offered.
_STRAY_SHARE = 0.05


class Desk:
    """The officer, and what they remember.

    Args:
        clock: the office's.
        chance: of the officer's mind.
    """

    def __init__(self, clock: SkewedClock, chance: random.Random) -> None:
        self.clock = clock
        self.chance = chance
        self.office: Office
        #: What was written to applicants and is still known to the office: text by application.
        self.written: list[tuple[str, str]] = []
        #: What was being written when the power went.
        self._unsure: tuple[str, str] | None = None
        self._deeds: Mapping[str, Callable[[ApplicationRow], None]] = {
            "review": lambda row: review.start_review(self.office, ANI, row.id),
            "accept": lambda row: review.accept(self.office, ANI, row.id, row.revision),
            "reject": lambda row: review.reject(self.office, ANI, row.id, row.revision, "tidak"),
            "return": self._return,
            "look": self._look,
            "ask": self._ask,
            "write": self._write,
            "read": lambda row: _ignore(open_messages(self.office, ANI, row.id)),
            "release": lambda row: release_slot(self.office, ANI, row.id, "kapal batal"),
            "parcel": lambda row: send_parcel(self.office, ANI, row.id, "JNE-0001"),
            "settle": self._settle,
            **{name: self._step(name) for name in STEPS},
        }

    def sit_down(self, office: Office) -> None:
        """Have an account at an office that has none yet."""
        with office.database.write() as session:
            session.add(
                OfficerRow(
                    name=ANI.name,
                    shown_name=ANI.shown_name,
                    password_digest="",
                    created_at=self.clock.now(),
                )
            )

    def look_after_death(self) -> None:
        """The power went while the officer wrote: the page says whether it was taken."""
        if self._unsure is not None:
            messages = open_messages(self.office, ANI, self._unsure[0])
            if any(one.officer and one.text == self._unsure[1] for one in messages):
                self.written.append(self._unsure)
        self._unsure = None

    def act(self, rows: list[ApplicationRow]) -> str:
        """Do one thing with one application; return what for the log."""
        if not rows:
            return "nothing to do"
        (row,) = self.chance.choices(rows, [1 if row.state in _IDLE else 6 for row in rows])
        weights = self._offered(row)
        if self.chance.random() < _STRAY_SHARE:
            weights = dict.fromkeys(self._deeds, 1.0)
        (name,) = self.chance.choices(list(weights), list(weights.values()))
        try:
            self._deeds[name](row)
        except BugError:
            raise
        except AppError as error:
            return f"{name} {row.reference} {row.state}: {error.code}"
        return f"{name} {row.reference} {row.state}"

    def _offered(self, row: ApplicationRow) -> dict[str, float]:
        weights = {"look": 1.0, "ask": 1.0, "write": 1.0, "read": 0.5, "settle": 0.2}
        if row.state in ("received", "in_review"):
            weights |= {"review": 3.0, "accept": 6.0, "return": 4.0, "reject": 0.3}
        if row.state == "scheduled":
            weights["release"] = 1.0
        if row.state == "ready":
            weights["parcel"] = 2.0
        steps = (name for name in steps_from(row.state, ANI))
        return weights | {name: 6.0 if name in _ONWARD else _RARE for name in steps}

    def _step(self, name: str) -> Callable[[ApplicationRow], None]:
        def take(row: ApplicationRow) -> None:
            # Sometimes from a page that was opened long ago.
            is_old = self.chance.random() < _STRAY_SHARE
            seen = self.chance.choice(sorted(OFFICE_STATES)) if is_old else row.state
            take_step(self.office, ANI, row.id, name, seen, "alasan")

        return take

    def _write(self, row: ApplicationRow) -> None:
        text = f"Surat {self.chance.randrange(10**9)}"
        self._unsure = (row.id, text)
        write_message(self.office, ANI, row.id, text)
        self.written.append(self._unsure)
        self._unsure = None

    def _settle(self, row: ApplicationRow) -> None:
        del row
        with self.office.database.read() as session:
            notices = sorted(one.id for one in unsettled(session))
        if notices:
            settle_again(self.office, self.chance.choice(notices))

    def _return(self, row: ApplicationRow) -> None:
        needs = needs_of(self.office, self._submission(row).id)
        items = (ReturnedItem("document", self.chance.choice(needs), "blurred"),)
        review.return_for_correction(self.office, ANI, row.id, row.revision, items)

    def _look(self, row: ApplicationRow) -> None:
        needs = needs_of(self.office, self._submission(row).id)
        review.open_submission(self.office, ANI, row.id)
        need = self.chance.choice(needs)
        review.open_document(self.office, ANI, row.id, row.revision, need)

    def _ask(self, row: ApplicationRow) -> None:
        need = self.chance.choice(needs_of(self.office, self._submission(row).id))
        ask_for_page(self.office, ANI, row.id, row.revision, need, 1)

    def _submission(self, row: ApplicationRow) -> SubmissionRow:
        with self.office.database.read() as session:
            return session.scalars(
                select(SubmissionRow).where(
                    SubmissionRow.application_id == row.id, SubmissionRow.revision == row.revision
                )
            ).one()


def needs_of(office: Office, submission_id: str) -> list[str]:
    """Return the needs that a submission's documents are for."""
    with office.database.read() as session:
        return list(
            session.scalars(
                select(SubmissionDocumentRow.need)
                .where(SubmissionDocumentRow.submission_id == submission_id)
                .order_by(SubmissionDocumentRow.position)
            )
        )


def _ignore(_: object) -> None:
    """Have looked."""
