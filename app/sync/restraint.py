"""Keeps to what was agreed of a shared link: when documents wait, and how fast anything goes.

Never holds back a form, and never loses what it holds back.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from app.domain.clock import Clock
from app.domain.sharing import Hold, Sharing, midnight
from app.storage import sending, settings
from app.storage.packs import OpenPack
from app.storage.store import Store
from app.sync.stopping import Stopped, Stopping

#: A rest is felt as a rest only by those who wait for it: short ones, one after the other.
_STEP_S = 0.1
#: After a pause so much of the ceiling may be made good at once.
_BURST_S = 1.0
#: How often a long pack is looked at with regard to what was agreed.
_LOOK_AT_HOLD_S = 5.0
#: A power cut may make so small a part of the day's sum forgotten: one of so many.
_NOTED_IN = 64
#: A moment of the store's to the machine's own wall clock.
ToHere = Callable[[datetime], datetime]


def here(moment: datetime) -> datetime:
    """Return a moment by the machine's own wall clock."""
    return moment.astimezone()


def kept_sharing(store: Store, usual: Sharing) -> Sharing:
    """Return what holds now of a shared link."""
    with store.read() as session:
        return settings.read_sharing(session, usual)


class Held(Exception):
    """Documents must wait from now on; their pack stays as it is."""


class Restraint:
    """What was agreed, applied to one cycle and all its connections together.

    Args:
        store: knows what was agreed, and what went out today.
        clock: the time.
        stop: ends every rest.
        usual: what holds where nothing was said on a screen.
        to_here: the machine's wall clock.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        stop: Stopping,
        usual: Sharing,
        to_here: ToHere = here,
    ) -> None:
        self._store = store
        self._clock = clock
        self._stop = stop
        self._usual = usual
        self._to_here = to_here
        self._sharing = kept_sharing(store, usual)
        self._lock = threading.Lock()
        self._free_at = clock.monotonic()
        #: What is left of the day's sum: of all connections, by what they handed out since a look.
        self._left_bytes = math.inf

    @property
    def most_bytes_per_s(self) -> int:
        """Return the ceiling; 0 = none."""
        return self._sharing.most_bytes_per_s

    def hold(self, under_way_bytes: int = 0) -> Hold | None:
        """Return why documents wait now, None when they may go.

        Args:
            under_way_bytes: what went out and is not yet in the store's count of today.
        """
        self._sharing = kept_sharing(self._store, self._usual)
        most = self._sharing.most_document_bytes_per_day
        if self._sharing == Sharing():
            self._left_bytes = math.inf
            return None
        now = self._to_here(self._clock.now())
        with self._store.read() as session:
            sent = sending.sent_on(session, midnight(now).astimezone(UTC)) + under_way_bytes
        self._left_bytes = most - sent if most else math.inf
        return self._sharing.hold(now, sent)

    def is_worth_noting(self, under_way_bytes: int) -> bool:
        """Tell whether so much must not be forgotten of the day's sum when the power goes."""
        most = self._sharing.most_document_bytes_per_day
        return bool(most) and under_way_bytes * _NOTED_IN >= most

    def rest(self, count_bytes: int) -> None:
        """Wait as long as the ceiling demands after so many bytes.

        Raises:
            Stopped: the program ends.
        """
        with self._lock:
            self._left_bytes -= count_bytes
        most = self._sharing.most_bytes_per_s
        if most <= 0:
            return
        now = self._clock.monotonic()
        with self._lock:
            free_at = self._free_at = max(self._free_at, now - _BURST_S) + count_bytes / most
        pause = threading.Event()
        while (left_s := free_at - self._clock.monotonic()) > 0:
            if self._stop.is_set():
                raise Stopped
            pause.wait(min(left_s, _STEP_S))

    def pace(self, pack: OpenPack, under_way_bytes: Callable[[], int]) -> Callable[[int], None]:
        """Return what keeps a pack to the agreement: told before each block how much is to go.

        It raises ``Held`` once documents have to wait.

        Args:
            pack: that one connection carries.
            under_way_bytes: as for ``hold``, of all connections.
        """
        has_documents = pack.has_documents
        left_bytes = -1
        looked_at = self._clock.monotonic()

        def before(remaining_bytes: int) -> None:
            nonlocal left_bytes, looked_at
            self.rest(max(0, left_bytes - remaining_bytes))
            left_bytes = remaining_bytes
            now = self._clock.monotonic()
            is_due = now - looked_at >= _LOOK_AT_HOLD_S or self._left_bytes <= 0
            if not has_documents or not is_due:
                return
            looked_at = now
            if self.hold(under_way_bytes()):
                raise Held

        return before
