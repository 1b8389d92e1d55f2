"""More connections beside the first, on a line where one alone is held back by losses.

Each carries packs of its own, made of documents from the end of what waits: an upload has one
writer, as everywhere. Never carries forms, never tells events, and never decides when to try again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.errors import AppError, LocalFault, RemoteError
from app.storage import sending
from app.storage.packs import OpenPack
from app.sync.backoff import asked_delay_s
from app.sync.beside import Beside
from app.sync.choosing import Choosing, pack_bytes_at
from app.sync.lane_judge import LaneJudge
from app.sync.link import Link
from app.sync.link_errors import OfficeRefusal
from app.sync.restraint import Held
from app.sync.sender import NOT_TAKEN, TORN_HERE, Ended, Sender
from app.sync.stopping import Stopped, Stopping
from app.sync.streaming import Gone, PackStream, UnderWay

_log = logging.getLogger(__name__)
#: How often it is looked at how many there should be.
_LOOK_S = 1.0
#: A lane that failed, or found nothing to carry, is tried again after this, or as long as the
#: office asks for.
_TRY_AGAIN_S = 10.0


class _Lane:
    """One connection's stop, and the way to its end.

    Args:
        stop: of the program.
    """

    def __init__(self, stop: Stopping) -> None:
        self._stop = stop
        self.is_over = False
        self.is_done = False
        self.join: Callable[[], None] = lambda: None

    def is_set(self) -> bool:
        """Tell whether to end: safe at any byte, as by a cut."""
        return self.is_over or self._stop.is_set()


class Lanes:
    """The other connections of one cycle.

    What is true if the process dies: each lane's pack is an open pack like any other, and nobody
    else has its records; whoever comes to it goes on from the office's offset.

    Args:
        sender: what they work with.
        choosing: gives each a pack of its own.
        judge: how many there should be; None where the system needs no more than one.
        open_link: makes a connection that ends with its stop.
        beside: carries one beside the sync thread.
        under_way: told how their packs go.
    """

    def __init__(
        self,
        sender: Sender,
        choosing: Choosing,
        judge: LaneJudge | None,
        open_link: Callable[[Stopping], Link],
        beside: Beside,
        under_way: UnderWay,
    ) -> None:
        self._sender = sender
        self._choosing = choosing
        self._judge = judge
        self._open_link = open_link
        self._beside = beside
        self._under_way = under_way
        self._lanes: list[_Lane] = []
        self._one_ended = threading.Event()
        self._not_before = self._look_at = float("-inf")
        #: What the office said to one of them holds for all; the first connection hears its own.
        self._asked_until = float("-inf")
        #: One broke since it was last looked at.
        self._has_failed = False
        self._is_forced = False
        self._ended: list[Ended] = []
        if judge is not None:
            judge.begin(sender.clock.monotonic(), sender.restraint.most_bytes_per_s)

    def portion(self, waiting_bytes: int) -> int:
        """Return how much of what waits goes into one pack, of the first connection or another."""
        with self._sender.store.read() as session:
            speed = sending.speed_bytes_per_s(session)
        judge = self._judge
        return judge.pack_bytes(speed, waiting_bytes) if judge else pack_bytes_at(speed)

    def look(self, *, is_forced: bool) -> None:
        """See how the line does, and open or end some; called often while a pack travels.

        Args:
            is_forced: they carry also what waits for a later attempt.
        """
        now = self._sender.clock.monotonic()
        judge = self._judge
        if judge is None or now < self._look_at:
            return
        self._look_at = now + _LOOK_S
        self._is_forced = is_forced
        count = self.count()
        is_time = now >= max(self._not_before, self._asked_until)
        if is_time and self._has_failed:
            self._has_failed = False
            judge.note_broken()
        judge.look(now, self._sender.speed.counted_bytes, 1 + count)
        wanted = judge.wanted - 1
        for lane in self._lanes[wanted:]:
            lane.is_over = True
        if is_time:
            for _ in range(count, wanted):
                self._open()

    def count(self) -> int:
        """Return how many there are."""
        self._lanes = [lane for lane in self._lanes if not lane.is_done]
        return len(self._lanes)

    def wait_a_moment(self) -> None:
        """Wait until one of them has ended, and not for long."""
        self._one_ended.wait(_LOOK_S)
        self._one_ended.clear()

    def end(self) -> None:
        """End them all and wait for it; none is opened in this cycle any more."""
        self._judge = None
        lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.is_over = True
        for lane in lanes:
            lane.join()

    def ended(self) -> tuple[Ended, ...]:
        """Return the packs that they brought over; after ``end``."""
        return tuple(self._ended)

    def _open(self) -> None:
        lane = _Lane(self._sender.stop)
        self._lanes.append(lane)
        lane.join = self._beside(lambda: self._run(lane))

    def _run(self, lane: _Lane) -> None:
        try:
            self._carry_all(lane)
        except (Stopped, Held):
            pass
        except AppError as error:
            # Its pack waits; the first connection knows how the road is.
            _log.warning("a lane stopped: %s", error)
            self._has_failed = True
            if asked_s := asked_delay_s(error, self._sender.dice):
                self._asked_until = self._sender.clock.monotonic() + asked_s
        finally:
            if not lane.is_set():
                self._not_before = self._sender.clock.monotonic() + _TRY_AGAIN_S
            lane.is_done = True
            self._one_ended.set()

    def _carry_all(self, lane: _Lane) -> None:
        """Carry one pack after the other while there are any."""
        stream: PackStream | None = None
        link: Link | None = None
        try:
            while (pack := self._next_pack(lane)) is not None:
                try:
                    if stream is None:
                        link = self._open_link(lane)
                        stream = self._sender.stream(
                            link, lambda progress: self._under_way.note(lane, progress)
                        )
                    self._carry(pack, stream)
                finally:
                    self._under_way.note(lane, None)
                    self._choosing.give_back(pack)
        finally:
            if link is not None:
                link.close()

    def _next_pack(self, lane: _Lane) -> OpenPack | None:
        sender = self._sender
        is_asked_to_wait = sender.clock.monotonic() < self._asked_until
        if lane.is_set() or is_asked_to_wait or sender.restraint.hold(sender.speed.untaken_bytes):
            return None
        return self._choosing.beside(self.portion, is_forced=self._is_forced)

    def _carry(self, pack: OpenPack, stream: PackStream) -> None:
        """Carry one pack; what is wrong with it is found out by the first connection."""
        sender = self._sender
        pace = sender.restraint.pace(pack, lambda: sender.speed.untaken_bytes)
        try:
            # Its bytes are noted with the first connection's, and the events come with its end.
            self._ended.append(sender.finish(pack, stream.carry(pack, None, pace), (0, 0.0)))
        except Gone:
            sender.end(pack, stream.known_offset(pack))
            self._judge = None
        except LocalFault as fault:
            if fault.code not in TORN_HERE:
                raise
            # On to its next pack at once: made of the same records, it is the one to look through.
            sender.end(pack, 0)
            self._choosing.suspect()
        except RemoteError as error:
            if error.code == "office_lied" or _is_not_taken(error):
                sender.end(pack, 0)
                self._judge = None
            raise


def _is_not_taken(error: RemoteError) -> bool:
    return isinstance(error, OfficeRefusal) and error.status in NOT_TAKEN
