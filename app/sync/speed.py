"""How fast the road is: acknowledged bytes over the time it took, cuts included.

Counts over all connections of an engine together, from whichever thread. Keeps nothing itself: what
is worth remembering goes into the store with each stretch.
"""

from __future__ import annotations

import math
import threading

#: What happened so long ago counts for about a third: the line's speed while it is up,
_MEMORY_S = 60.0
#: and how much of the time it is. Cuts come too seldom to be judged by the last minute.
_CUTS_MEMORY_S = 900.0
#: What is believed of cuts before any was seen counts like so many seconds of looking. It comes
#: from earlier days, whose speed has the cuts in it; a faster line today is no reason to expect
#: more of them than this.
_BELIEVED_S = 30.0
_LEAST_UP_SHARE = 0.8
#: Without a byte for so long the line is away.
_AWAY_S = 4.0
#: Sooner nothing can be said.
_LEAST_S = 1.0
#: A pause longer than this is no cut of the link: nobody was trying.
_LONGEST_CUT_S = 30.0


class Speedometer:
    """One road's; lives as long as the engine.

    Args:
        remembered_bytes_per_s: of earlier days, cuts included; 0 when never measured.

    Attributes:
        counted_bytes: everything that ever arrived.
    """

    def __init__(self, remembered_bytes_per_s: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._remembered = remembered_bytes_per_s
        self.counted_bytes = 0
        self._taken_bytes, self._taken_at = 0, 0.0
        self._has_begun = False
        self._bytes = self._seconds = 0.0
        self._believed_s = _BELIEVED_S
        self._up_s = self._away_s = 0.0
        #: When something was last counted, while something is on its way.
        self._at: float | None = None

    def begin(self, now: float) -> Stretch:
        """Begin one request's bytes; the time since the cut before belongs to it."""
        with self._lock:
            if self._at is None or now - self._at > _LONGEST_CUT_S:
                self._at = now
        return Stretch(self)

    def rest(self) -> None:
        """Nothing is to be sent: the time until the next beginning does not count."""
        with self._lock:
            self._at = None

    def count(self, arrived_bytes: int, now: float) -> None:
        """Count what arrived by now."""
        with self._lock:
            self.counted_bytes += arrived_bytes
            # Of two connections the slower one's word may come a moment late.
            lasted_s = max(0.0, now - self._at) if self._at is not None else 0.0
            self._at = max(now, self._at or now)
            if self._has_begun:
                self._note(arrived_bytes, lasted_s)
            # Until the first bytes arrive nothing is said of the road but how long it is.
            self._has_begun = self._has_begun or arrived_bytes > 0

    @property
    def untaken_bytes(self) -> int:
        """Return what has arrived since it was last taken into the store's count."""
        return self.counted_bytes - self._taken_bytes

    def take(self, now: float) -> tuple[int, float]:
        """Return how many bytes arrived since the last call, and in how many seconds."""
        with self._lock:
            taken = self.untaken_bytes, now - self._taken_at
            self._taken_bytes, self._taken_at = self.counted_bytes, now
        return taken

    def bytes_per_s(self) -> float:
        """Return the speed; 0 while nothing can be said."""
        if self._seconds < _LEAST_S or not self._bytes:
            return 0.0
        while_up = self._bytes / self._seconds
        before = self._remembered / while_up if self._remembered else 1.0
        up_s = self._up_s + self._believed_s * max(_LEAST_UP_SHARE, min(1.0, before))
        return while_up * up_s / (self._up_s + self._away_s + self._believed_s)

    def _note(self, arrived_bytes: int, lasted_s: float) -> None:
        fading = math.exp(-lasted_s / _CUTS_MEMORY_S)
        self._believed_s *= fading
        self._up_s, self._away_s = self._up_s * fading, self._away_s * fading
        if lasted_s > _AWAY_S:
            self._away_s += lasted_s
            self._bytes += arrived_bytes
            return
        self._up_s += lasted_s
        fading = math.exp(-lasted_s / _MEMORY_S)
        self._bytes = self._bytes * fading + arrived_bytes
        self._seconds = self._seconds * fading + lasted_s


class Stretch:
    """The bytes of one request."""

    def __init__(self, speed: Speedometer) -> None:
        self._speed = speed
        self._arrived = 0

    def arrived(self, count: int, now: float) -> float:
        """Note how many bytes of the request have arrived; return the speed by now."""
        self._speed.count(max(0, count - self._arrived), now)
        self._arrived = max(self._arrived, count)
        return self._speed.bytes_per_s()
