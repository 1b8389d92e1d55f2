"""Packs to the office, one after the other: the cycle's first stage.

Never decides when to try again, and never lets one bad record block the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from app.domain.clock import Clock, Dice
from app.domain.news import Announcer
from app.domain.sharing import Hold
from app.errors import AppError, LocalFault, RemoteError
from app.protocol.marks import Mark
from app.protocol.record import FORMS
from app.storage import packs, sending
from app.storage.packs import OpenPack
from app.storage.session import Session
from app.storage.store import Store
from app.sync.beside import Beside
from app.sync.choosing import Choosing
from app.sync.link import Link
from app.sync.link_answers import SendAnswer
from app.sync.link_errors import OfficeRefusal
from app.sync.restraint import Restraint
from app.sync.speed import Speedometer
from app.sync.stopping import Stopped, Stopping
from app.sync.streaming import Gone, PackStream, Progress

_log = logging.getLogger(__name__)
#: A new form goes ahead only of a pack with more than this still to go.
_WORTH_GOING_AHEAD_BYTES = 64 * 1024
_LOOK_FOR_URGENT_S = 1.0
#: A form that could not go ahead is tried again after this.
_TRY_AHEAD_AGAIN_S = 5.0
#: How often a long pack is looked at with regard to what was agreed of the link.
_LOOK_AT_HOLD_S = 5.0
#: Uploads lost in a row before the office is left alone for a while.
_MOST_GONE = 3


class Ended(msgspec.Struct, frozen=True):
    """A pack that is no more."""

    #: The office holds all of it; else the upload was gone and its records wait again.
    is_whole: bool
    #: Of the submissions that have nothing more to send.
    references: tuple[str, ...]
    #: The last answer: its events, and the number of the newest one.
    answer: SendAnswer | None = None


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
    """

    store: Store
    clock: Clock
    dice: Dice
    announcer: Announcer
    stop: Stopping
    speed: Speedometer
    restraint: Restraint


class _Held(Exception):
    """Documents must wait from now on; the pack stays as it is."""


class SendingPacks:
    """Sends packs over one link, and urgent forms beside them over another.

    Args:
        sender: what it works with.
        link: the road.
        on_progress: told how a pack goes.
        ahead: where forms go that must not wait for a long pack.
    """

    def __init__(
        self,
        sender: Sender,
        link: Link,
        on_progress: Callable[[Progress], None],
        ahead: GoingAhead,
    ) -> None:
        self._sender = sender
        self._store = sender.store
        self._choosing = Choosing(sender.store, sender.clock, sender.announcer)
        self._stream = _stream_over(sender, link, on_progress)
        self._ahead = ahead
        self._gone_in_a_row = 0
        #: Why documents wait, when they do.
        self.hold: Hold | None = None

    def send_next(self, heard: Mark, *, is_forced: bool = False) -> Ended | None:
        """Send one pack to its end; None when nothing is due.

        Args:
            heard: the last event applied; the answer continues after it.
            is_forced: also what waits for a later attempt.

        Raises:
            RemoteError: the road or the office stopped it; the pack stays, or, where the office
                cannot be believed or refuses it, waits as records to be packed anew.
        """
        while True:
            if self._sender.stop.is_set():
                raise Stopped
            self._ahead.wait()
            pack = self._next_pack(is_forced=is_forced)
            if pack is None:
                self._sender.speed.rest()
                return None
            try:
                ended = self._send(pack, heard)
                self._gone_in_a_row = 0
                return ended
            except Gone:
                return self._give_up(pack)
            except _Held:
                continue
            except LocalFault as fault:
                # A file vanished or changed under a pack already begun.
                if fault.code not in ("blob_missing", "blob_torn"):
                    raise
                self._choosing.suspect()
                self._drop(pack)
            except OfficeRefusal as refusal:
                self._refused(pack, refusal)

    def _next_pack(self, *, is_forced: bool) -> OpenPack | None:
        with self._store.read() as session:
            remembered = sending.speed_bytes_per_s(session)
        self.hold = self._sender.restraint.hold()
        return self._choosing.next(
            remembered, is_forced=is_forced, forms_only=self.hold is not None
        )

    def _before_block(self, pack: OpenPack) -> Callable[[int], None]:
        """Return what happens before each block: a look for urgent forms, a rest, a time to end."""
        look = self._ahead.watch(pack)
        restraint, clock = self._sender.restraint, self._sender.clock
        has_documents = any(header.kind not in FORMS for header in pack.records)
        left_bytes = -1
        looked_at = clock.monotonic()

        def before(remaining_bytes: int) -> None:
            nonlocal left_bytes, looked_at
            look(remaining_bytes)
            restraint.rest(max(0, left_bytes - remaining_bytes))
            left_bytes = remaining_bytes
            now = clock.monotonic()
            if not has_documents or now - looked_at < _LOOK_AT_HOLD_S:
                return
            looked_at = now
            if restraint.hold(self._stream.arrived_bytes):
                raise _Held

        return before

    def _send(self, pack: OpenPack, heard: Mark) -> Ended:
        clock = self._sender.clock
        began_at = clock.monotonic()
        answer = None
        try:
            answer = _whole(pack, self._stream.carry(pack, heard, self._before_block(pack)))
        except RemoteError as error:
            if error.code == "office_lied":
                self._drop(pack)
            raise
        finally:
            stretch = self._stream.arrived_bytes, clock.monotonic() - began_at
            if answer is None and stretch[0]:
                with self._store.write() as session:
                    _note_transfer(session, clock, *stretch)
        return _finish(self._store, clock, pack, answer, *stretch)

    def _give_up(self, pack: OpenPack) -> Ended:
        """The upload is gone; what the office once said it holds counts as sent.

        Raises:
            RemoteError: ``office_lied`` when it loses one after the other.
        """
        offset = self._stream.known_offset(pack)
        references = _end(self._store, self._sender.clock, pack, offset)
        self._gone_in_a_row += 1
        if self._gone_in_a_row >= _MOST_GONE:
            raise RemoteError("office_lied", what="upload")
        return Ended(is_whole=False, references=references)

    def _drop(self, pack: OpenPack) -> None:
        _end(self._store, self._sender.clock, pack, 0)

    def _refused(self, pack: OpenPack, refusal: OfficeRefusal) -> None:
        """Deal with a 4xx on a pack; returns when there is something else to try at once.

        Raises:
            RemoteError: the refusal, when there is not.
        """
        if refusal.status not in (413, 422):
            raise refusal
        choosing = self._choosing
        with self._store.read() as session:
            served = packs.submissions_in(session, pack.id)
        self._drop(pack)
        if choosing.leave_opinions(pack, refusal.reason):
            return
        if choosing.is_isolating:
            # This submission was alone: it is the one. The others go on without it.
            for submission_id, _ in served[:1]:
                choosing.set_aside(submission_id, refusal.reason)
            choosing.is_isolating = False
        elif choosing.is_whole_here(pack):
            choosing.is_isolating = True
        else:
            choosing.suspect()


class GoingAhead:
    """Forms finalized while a long pack is under way go at once, over a connection of their own.

    The long pack goes on beside them. What is true if the process dies: the small pack is an open
    pack like any other, and being the newest it goes first.

    Args:
        sender: what it works with.
        open_link: makes the second connection.
        beside: does it beside the sync thread.
    """

    def __init__(self, sender: Sender, open_link: Callable[[], Link], beside: Beside) -> None:
        self._sender = sender
        self._open_link = open_link
        self._beside = beside
        self._join: Callable[[], None] | None = None
        self._is_under_way = False
        self._not_before = float("-inf")
        self._ended: list[Ended] = []

    def watch(self, pack: OpenPack) -> Callable[[int], None]:
        """Return a look at the outbox, once a second, while much of a pack is still to go."""
        clock = self._sender.clock
        looked_at = clock.monotonic()

        def look(remaining_bytes: int) -> None:
            nonlocal looked_at
            now = clock.monotonic()
            if remaining_bytes < _WORTH_GOING_AHEAD_BYTES or now - looked_at < _LOOK_FOR_URGENT_S:
                return
            looked_at = now
            if not self._is_under_way and now >= self._not_before and self._is_urgent(pack):
                self.wait()
                self._is_under_way = True
                self._join = self._beside(lambda: self._go(pack))

        return look

    def wait(self) -> None:
        """Wait until nothing goes ahead any more."""
        if self._join is not None:
            self._join()
            self._join = None

    def ended(self) -> tuple[Ended, ...]:
        """Return the packs that went ahead since the last call; after ``wait``."""
        ended, self._ended = tuple(self._ended), []
        return ended

    def _is_urgent(self, pack: OpenPack) -> bool:
        with self._sender.store.read() as session:
            newest = packs.newest_pack(session, forms_only=True)
            if newest is not None and newest.id > pack.id:
                return True
            return sending.has_urgent_work(session, pack.started_at)

    def _go(self, pack: OpenPack) -> None:
        sender = self._sender
        try:
            link = self._open_link()
            try:
                self._send(pack, link)
            finally:
                link.close()
        except Stopped:
            pass
        except AppError as error:
            # It waits for its turn like every other pack; the long one knows how the road is.
            _log.warning("going ahead stopped: %s", error)
            self._not_before = sender.clock.monotonic() + _TRY_AHEAD_AGAIN_S
        finally:
            self._is_under_way = False

    def _send(self, pack: OpenPack, link: Link) -> None:
        sender = self._sender
        # Its bytes say nothing of the road's speed: the long pack has its share of it.
        alone = msgspec.structs.replace(sender, speed=Speedometer())
        stream = _stream_over(alone, link, lambda progress: None)
        choosing = Choosing(sender.store, sender.clock, sender.announcer)
        with sender.store.read() as session:
            small = packs.newest_pack(session, forms_only=True)
        if small is None or small.id <= pack.id:
            small = choosing.urgent(pack.started_at)
        if small is None:
            return
        try:
            # Events come with the long pack's end: two at once would bring them twice.
            answer = stream.carry(small, None, lambda remaining: None)
            # Its bytes say nothing of the road's speed here either.
            ended = _finish(sender.store, sender.clock, small, _whole(small, answer), 0, 0.0)
        except Gone:
            _end(sender.store, sender.clock, small, 0)
            return
        self._ended.append(msgspec.structs.replace(ended, answer=None))


def _stream_over(sender: Sender, link: Link, on_progress: Callable[[Progress], None]) -> PackStream:
    return PackStream(sender.store, sender.clock, sender.dice, link, sender.speed, on_progress)


def _whole(pack: OpenPack, answer: SendAnswer) -> SendAnswer:
    if answer.offset_bytes != pack.size_bytes:
        raise RemoteError("office_lied", what="offset")
    return answer


def _note_transfer(session: Session, clock: Clock, arrived_bytes: int, lasted_s: float) -> None:
    if arrived_bytes > 0 and lasted_s > 0:
        sending.note_transfer(session, clock.now(), arrived_bytes, lasted_s)


def _finish(
    store: Store,
    clock: Clock,
    pack: OpenPack,
    answer: SendAnswer,
    arrived_bytes: int,
    lasted_s: float,
) -> Ended:
    """Forget a pack that is whole at the office, and remember how fast it went."""
    # One transaction: what the answer brought waits behind it.
    with store.write() as session:
        _note_transfer(session, clock, arrived_bytes, lasted_s)
        return Ended(True, _forget(session, clock, pack, pack.size_bytes), answer)


def _end(store: Store, clock: Clock, pack: OpenPack, whole_bytes: int) -> tuple[str, ...]:
    """Forget a pack; return the references of those that have nothing more to send."""
    with store.write() as session:
        return _forget(session, clock, pack, whole_bytes)


def _forget(session: Session, clock: Clock, pack: OpenPack, whole_bytes: int) -> tuple[str, ...]:
    served = packs.submissions_in(session, pack.id)
    packs.end_pack(session, pack, whole_bytes, clock.now())
    unsent = sending.unsent_submissions(session)
    return tuple(name for submission_id, name in served if submission_id not in unsent)
