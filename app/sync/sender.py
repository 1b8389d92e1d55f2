"""What every connection of a cycle sends with, and how a pack ends.

Never chooses a pack, and never decides when to try again.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from app.domain.clock import Clock, Dice
from app.domain.news import Announcer
from app.errors import RemoteError
from app.storage import packs, sending
from app.storage.packs import OpenPack
from app.storage.session import Session
from app.storage.store import Store
from app.sync.link import Link
from app.sync.link_answers import SendAnswer
from app.sync.restraint import Restraint
from app.sync.speed import Speedometer
from app.sync.stopping import Stopping
from app.sync.streaming import PackStream, Progress

#: A file vanished or changed under a pack that was already begun.
TORN_HERE = frozenset({"blob_missing", "blob_torn"})
#: Of a refusal that is about what the pack holds.
NOT_TAKEN = frozenset({413, 422})


class Ended(msgspec.Struct, frozen=True):
    """A pack that is no more."""

    #: The office holds all of it; else the upload was gone and its records wait again.
    is_whole: bool
    #: Of the submissions that have nothing more to send.
    references: tuple[str, ...]
    #: The last answer: its events, and the number of the newest one.
    answer: SendAnswer | None = None


class Stretch(msgspec.Struct):
    """What the store knows by now of the stretch of sending that is under way."""

    #: None before any of it was noted.
    number: int | None = None


class Sender(msgspec.Struct, frozen=True):
    """What sending needs beside a link: the same for each connection of a cycle.

    Attributes:
        store: what waits.
        clock: the time.
        dice: names for uploads.
        announcer: told of applications on their way or set aside.
        stop: ends it between packs (the link watches it within).
        speed: measured on the way.
        restraint: what was agreed of a link that others use too.
        stretch: between two packs of the first connection.
    """

    store: Store
    clock: Clock
    dice: Dice
    announcer: Announcer
    stop: Stopping
    speed: Speedometer
    restraint: Restraint
    stretch: Stretch = msgspec.field(default_factory=Stretch)

    def stream(self, link: Link, on_progress: Callable[[Progress], None]) -> PackStream:
        """Return what carries packs over a link."""
        return PackStream(self.store, self.clock, self.dice, link, self.speed, on_progress)

    def finish(self, pack: OpenPack, answer: SendAnswer, arrived: tuple[int, float]) -> Ended:
        """Forget a pack that is whole at the office.

        Args:
            pack: that was carried.
            answer: the office's last.
            arrived: bytes and seconds to remember of the road; no seconds where another connection
                counts them.

        Raises:
            RemoteError: ``office_lied``: it does not say that it has all.
        """
        if answer.offset_bytes != pack.size_bytes:
            raise RemoteError("office_lied", what="offset")
        # One transaction: what the answer brought waits behind it.
        with self.store.write() as session:
            if arrived[1]:
                self._note(session, *arrived)
                self.stretch.number = None
            return Ended(True, _forget(session, self.clock, pack, pack.size_bytes), answer)

    def end(self, pack: OpenPack, whole_bytes: int) -> tuple[str, ...]:
        """Forget a pack; return the references of those that have nothing more to send."""
        with self.store.write() as session:
            return _forget(session, self.clock, pack, whole_bytes)

    def note_arrived(self) -> None:
        """Remember what arrived since it was last remembered; a stretch ends here."""
        self._take()
        self.stretch.number = None

    def note_under_way(self) -> None:
        """Remember what arrived so far where a power cut must not make it forgotten."""
        if self.restraint.is_worth_noting(self.speed.untaken_bytes):
            self._take()

    def _take(self) -> None:
        arrived = self.speed.take(self.clock.monotonic())
        if arrived[0]:
            with self.store.write() as session:
                self._note(session, *arrived)

    def _note(self, session: Session, arrived_bytes: int, lasted_s: float) -> None:
        if arrived_bytes > 0 and lasted_s > 0:
            self.stretch.number = sending.note_transfer(
                session, self.clock.now(), arrived_bytes, lasted_s, self.stretch.number
            )


def _forget(session: Session, clock: Clock, pack: OpenPack, whole_bytes: int) -> tuple[str, ...]:
    served = packs.submissions_in(session, pack.id)
    packs.end_pack(session, pack, whole_bytes, clock.now())
    unsent = sending.unsent_submissions(session)
    return tuple(name for submission_id, name in served if submission_id not in unsent)
