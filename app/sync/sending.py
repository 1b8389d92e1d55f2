"""Packs to the office, one after the other: the cycle's first stage.

Never decides when to try again, and never lets one bad record block the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.domain.sharing import Hold
from app.errors import LocalFault, RemoteError
from app.protocol.marks import Mark
from app.storage import packs
from app.storage.packs import OpenPack
from app.sync.ahead import GoingAhead
from app.sync.choosing import Choosing
from app.sync.lanes import Lanes
from app.sync.link import Link
from app.sync.link_errors import OfficeRefusal
from app.sync.restraint import Held
from app.sync.sender import NOT_TAKEN, TORN_HERE, Ended, Sender
from app.sync.stopping import Stopped
from app.sync.streaming import Gone, Progress, UnderWay

#: Uploads lost in a row before the office is left alone for a while.
_MOST_GONE = 3


class SendingPacks:
    """Sends packs over one link, and others beside them.

    Args:
        sender: what it works with.
        link: the road.
        choosing: which pack is next.
        under_way: told how a pack goes.
        ahead: where forms go that must not wait for a long pack.
        lanes: connections that share the work.
    """

    def __init__(
        self,
        sender: Sender,
        link: Link,
        choosing: Choosing,
        under_way: UnderWay,
        ahead: GoingAhead,
        lanes: Lanes,
    ) -> None:
        self._sender = sender
        self._choosing = choosing
        self._under_way = under_way
        self._stream = sender.stream(link, self._tell)
        self._ahead = ahead
        self._lanes = lanes
        self._gone_in_a_row = 0
        #: Why documents wait, when they do.
        self.hold: Hold | None = None

    def end(self) -> tuple[Ended, ...]:
        """End what goes on beside, and return what it brought over."""
        self._lanes.end()
        self._ahead.wait()
        self._sender.note_arrived()
        return (*self._ahead.ended(), *self._lanes.ended())

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
            # Counted first: what one of them gives back as it ends is found below.
            others = self._lanes.count()
            pack = self._next_pack(others, is_forced=is_forced)
            if pack is None and others:
                # They may leave something, and a new form needs no waiting for them.
                self._lanes.wait_a_moment()
                self._sender.note_under_way()
                self._under_way.tell()
                continue
            if pack is None:
                self._sender.note_arrived()
                self._sender.speed.rest()
                return None
            try:
                if self.hold is not None and pack.has_documents:
                    self._free_forms(pack)
                    continue
                ended = self._send(pack, heard, is_forced=is_forced)
                self._gone_in_a_row = 0
                return ended
            except Gone:
                return self._give_up(pack)
            except Held:
                continue
            except LocalFault as fault:
                if fault.code not in TORN_HERE:
                    raise
                self._choosing.suspect()
                self._sender.end(pack, 0)
            except OfficeRefusal as refusal:
                self._refused(pack, refusal)
            finally:
                self._under_way.note(self, None)
                self._choosing.give_back(pack)

    def _next_pack(self, others: int, *, is_forced: bool) -> OpenPack | None:
        self.hold = self._sender.restraint.hold(self._sender.speed.untaken_bytes)
        return self._choosing.next(
            self._lanes.portion,
            is_forced=is_forced,
            forms_only=self.hold is not None,
            may_be_opinions=not others,
        )

    def _before_block(self, pack: OpenPack, *, is_forced: bool) -> Callable[[int], None]:
        """Return what happens before each block: a look for urgent forms, a rest, a time to end."""
        # One after the other means the forms too.
        look = None if self._choosing.is_isolating else self._ahead.watch(pack)
        speed = self._sender.speed
        pace = self._sender.restraint.pace(pack, lambda: speed.untaken_bytes)

        def before(remaining_bytes: int) -> None:
            if look is not None:
                look(remaining_bytes)
            self._lanes.look(is_forced=is_forced)
            self._sender.note_under_way()
            pace(remaining_bytes)

        return before

    def _free_forms(self, pack: OpenPack) -> None:
        """End a pack whose forms have not arrived while its documents must wait.

        The office is asked first: what it has of the documents goes on from there, as ever.
        """
        with self._dropping_a_lie(pack):
            offset = self._stream.asked_offset(pack)
        if pack.forms_bytes > offset:
            self._sender.end(pack, offset)

    def _tell(self, progress: Progress) -> None:
        self._under_way.note(self, progress)
        self._under_way.tell()

    def _send(self, pack: OpenPack, heard: Mark, *, is_forced: bool) -> Ended:
        sender = self._sender
        if not self._lanes.count():
            # What went before is noted, and a pause between two packs is none of the road's.
            sender.note_arrived()
        with self._dropping_a_lie(pack):
            answer = self._stream.carry(pack, heard, self._before_block(pack, is_forced=is_forced))
            return sender.finish(pack, answer, sender.speed.take(sender.clock.monotonic()))

    @contextmanager
    def _dropping_a_lie(self, pack: OpenPack) -> Iterator[None]:
        """Pack anew what is in a pack of which the office says what cannot be true."""
        try:
            yield
        except RemoteError as error:
            if error.code == "office_lied":
                self._sender.end(pack, 0)
            raise

    def _give_up(self, pack: OpenPack) -> Ended:
        """The upload is gone; what the office once said it holds counts as sent.

        Raises:
            RemoteError: ``office_lied`` when it loses one after the other.
        """
        offset = self._stream.known_offset(pack)
        references = self._sender.end(pack, offset)
        self._gone_in_a_row += 1
        if self._gone_in_a_row >= _MOST_GONE:
            raise RemoteError("office_lied", what="upload")
        return Ended(is_whole=False, references=references)

    def _refused(self, pack: OpenPack, refusal: OfficeRefusal) -> None:
        """Deal with a 4xx on a pack; returns when there is something else to try at once.

        Raises:
            RemoteError: the refusal, when there is not.
        """
        if refusal.status not in NOT_TAKEN:
            raise refusal
        # From here on one after the other, until it is known whose record it is.
        self._lanes.end()
        self._ahead.wait()
        choosing = self._choosing
        with self._sender.store.read() as session:
            served = packs.submissions_in(session, pack.id)
        self._sender.end(pack, 0)
        if choosing.leave_opinions(pack, refusal.reason):
            return
        if choosing.is_isolating:
            # This submission was alone: it is the one. The others go on without it.
            for submission_id, _ in served[:1]:
                choosing.set_aside(submission_id, refusal.reason)
            choosing.is_isolating = False
        elif choosing.is_whole_here(pack):
            choosing.isolate()
        else:
            choosing.suspect()
