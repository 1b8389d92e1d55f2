"""How many connections share the work where one may be held back by losses, and how they share it.

Decides by trial, because that is possible on every system: a few more are opened, and stay where
they brought more. Never opens or ends one, and never looks at a clock.
"""

from __future__ import annotations

import msgspec

from app.sync.choosing import LEAST_PACK_BYTES, MOST_PACK_BYTES, pack_bytes_at

#: One; then so many are tried.
STEPS = (1, 3, 5)
#: More connections stay when they carry together more than so many times what fewer did.
_WORTH = 1.2
#: What one connection brings through any losses fills a line as thin as this.
_THIN_BYTES_PER_S = 10_000
#: Nothing is concluded in a silence that may become a cut.
_LIVELY_S = 1.5
#: A trial that cuts or broken connections spoilt so often is given up.
_MOST_SPOILT = 3
#: Some packs must be left for the others, and in the end none shall go on alone for long: together
#: they carry half of what waits, as much as takes them so long, but not less than a little.
_SHARED_S = 60.0
_LEAST_SHARED_BYTES = 256 * 1024


class Trial(msgspec.Struct, frozen=True):
    """How long is measured, in seconds."""

    #: A new connection finds its speed, and the system's own buffers fill.
    settling_s: float = 8.0
    measuring_s: float = 15.0
    #: Without a byte for so long the line was away: what was measured says nothing.
    silence_s: float = 5.0
    #: What was found holds for so long, or until the network or the ceiling changes; the same for
    #: that nothing could be found.
    holds_s: float = 24 * 3600.0
    doubts_s: float = 600.0


class LaneJudge:
    """One road's; lives as long as the engine and is asked by its one thread.

    Args:
        trial: how long is measured.
        steps: numbers of connections to try, one after the other.
        least_bytes: in the packs of all of them together.
    """

    def __init__(
        self,
        trial: Trial | None = None,
        steps: tuple[int, ...] = STEPS,
        least_bytes: int = _LEAST_SHARED_BYTES,
    ) -> None:
        self._trial = trial or Trial()
        self._least_bytes = least_bytes
        self._steps = steps
        self._step = self._proven = 0
        #: What the proven number carried together, bytes a second.
        self._rate = 0.0
        #: Until when nothing more is tried.
        self._settled_until: float | None = None
        self._spoilt = 0
        self._is_elsewhere = False
        self._ceiling_bytes_per_s = 0
        #: Of the trial under way: when it began, when and from where it is measured.
        self._since = self._at = 0.0
        self._from = 0
        self._arrived = 0
        self._heard_at = self._looked_at = 0.0

    def link_changed(self) -> None:
        """Another network, as any thread may say; heard at the next look."""
        self._is_elsewhere = True

    def forget(self) -> None:
        """Nothing is known."""
        self._is_elsewhere = False
        self._step = self._proven = self._spoilt = 0
        self._rate = 0.0
        self._settled_until = None
        self._restart(0.0, 0)

    @property
    def wanted(self) -> int:
        """Return how many connections there should be now."""
        return self._steps[self._step]

    @property
    def is_one_enough(self) -> bool:
        """Tell whether no others will be tried."""
        return self._settled_until is not None and self._steps[self._proven] == 1

    def pack_bytes(self, speed_bytes_per_s: float, waiting_bytes: int) -> int:
        """Return how much of what waits goes into one pack, on a road of this speed."""
        if self.is_one_enough or 0 < speed_bytes_per_s < _THIN_BYTES_PER_S:
            return pack_bytes_at(speed_bytes_per_s)
        most = min(MOST_PACK_BYTES, speed_bytes_per_s * _SHARED_S or LEAST_PACK_BYTES)
        return round(max(self._least_bytes, min(most, waiting_bytes / 2)) / self.wanted)

    def begin(self, now: float, ceiling_bytes_per_s: int = 0) -> None:
        """Something is sent again after a pause: a trial that did not end is begun anew.

        Args:
            now: the time.
            ceiling_bytes_per_s: that was agreed; below another one, other things are found.
        """
        is_old = self._settled_until is not None and now > self._settled_until
        if is_old or self._is_elsewhere or ceiling_bytes_per_s != self._ceiling_bytes_per_s:
            self._ceiling_bytes_per_s = ceiling_bytes_per_s
            self.forget()
        self._step, self._rate, self._spoilt = self._proven, 0.0, 0
        self._restart(now, 0)

    def note_broken(self) -> None:
        """Some of the connections broke, or never stood (a network may allow one alone)."""
        self._spoilt += self._step > self._proven

    def look(self, now: float, arrived_bytes: int, connections: int) -> None:
        """Judge what has arrived by now over so many connections.

        Called often while bytes travel.
        """
        if self._is_elsewhere:
            self.forget()
            self._restart(now, arrived_bytes)
        if arrived_bytes > self._arrived:
            self._arrived, self._heard_at = arrived_bytes, now
        was_silent = max(now - self._heard_at, now - self._looked_at) > self._trial.silence_s
        self._looked_at = now
        if was_silent and self._step > self._proven:
            # A cut counts once, however long it lasts.
            self._spoilt += arrived_bytes > self._from
        if was_silent or connections != self.wanted:
            self._restart(now, arrived_bytes)
        if self._spoilt >= _MOST_SPOILT:
            self._settle(now + self._trial.doubts_s)
        if self._settled_until is not None:
            return
        lasted_s = now - self._since
        if lasted_s < self._trial.settling_s:
            self._at, self._from = now, arrived_bytes
        elif now - self._at >= self._trial.measuring_s and self._heard_at > now - _LIVELY_S:
            self._conclude((arrived_bytes - self._from) / (now - self._at), now)
            self._restart(now, arrived_bytes)

    def _conclude(self, rate: float, now: float) -> None:
        if self._step > self._proven and rate <= _WORTH * self._rate:
            self._settle(now + self._trial.holds_s)
            return
        self._proven, self._rate = self._step, rate
        if rate < _THIN_BYTES_PER_S:
            self._settle(now + self._trial.doubts_s)
        elif self._step + 1 < len(self._steps):
            self._step += 1
        else:
            self._settle(now + self._trial.holds_s)

    def _settle(self, until: float) -> None:
        self._step, self._settled_until = self._proven, until

    def _restart(self, now: float, arrived_bytes: int) -> None:
        self._since = self._at = self._heard_at = self._looked_at = now
        self._arrived = self._from = arrived_bytes
