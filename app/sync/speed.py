"""How fast the road is: acknowledged bytes over the time it took, cuts included.

Keeps nothing itself: what is worth remembering goes into the store with each stretch.
"""

from __future__ import annotations

import math

#: What happened so long ago counts for about a third.
_MEMORY_S = 60.0
#: What was remembered counts like so many seconds of measuring.
_REMEMBERED_S = 6.0
#: Sooner nothing can be said.
_LEAST_S = 1.0
#: A pause longer than this is no cut of the link: nobody was trying.
_LONGEST_CUT_S = 30.0


class Speedometer:
    """One road's; lives as long as the engine.

    Args:
        remembered_bytes_per_s: of earlier days; 0 when never measured.
    """

    def __init__(self, remembered_bytes_per_s: float = 0.0) -> None:
        weight_s = _REMEMBERED_S if remembered_bytes_per_s else 0.0
        self._bytes = remembered_bytes_per_s * weight_s
        self._seconds = weight_s
        #: When something was last counted, while something is on its way.
        self._at: float | None = None

    def begin(self, now: float) -> Stretch:
        """Begin one request's bytes; the time since the cut before belongs to it."""
        if self._at is None or now - self._at > _LONGEST_CUT_S:
            self._at = now
        return Stretch(self)

    def rest(self) -> None:
        """Nothing is to be sent: the time until the next beginning does not count."""
        self._at = None

    def count(self, arrived_bytes: int, now: float) -> None:
        """Count what arrived by now."""
        lasted_s = now - self._at if self._at is not None else 0.0
        self._at = now
        if not arrived_bytes and not self._bytes:
            # Until the first byte arrives nothing is said of the road but that it was away.
            return
        fading = math.exp(-lasted_s / _MEMORY_S)
        self._bytes = self._bytes * fading + arrived_bytes
        self._seconds = self._seconds * fading + lasted_s

    def bytes_per_s(self) -> float:
        """Return the speed; 0 while nothing can be said."""
        return self._bytes / self._seconds if self._seconds >= _LEAST_S else 0.0


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
