"""What earlier connections taught of the road to the office, and how TCP shall treat it.

Never kept beyond the process.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

from app.sync.link_fast_open import FastOpen
from app.sync.link_system import TcpState, offers

#: Fills a line without losses to the last byte, and shrinks from each loss.
CALM = "cubic"
#: Measures the line instead: three times as fast on a satellite link with 5 % loss.
STEADY = "bbr"
#: So many segments are looked at before anything is decided, and about as many remembered.
_LEAST_SEGMENTS = 80
_SURE_SEGMENTS = 300
_MOST_SEGMENTS = 600
#: Of all segments sent again: more than this is the line's own loss, not an overfull queue's.
_LOSSY = 0.06
#: With a queue that is often empty, a smaller loss keeps the line from being full.
_SOME_LOSS = 0.01
_OFTEN = 0.35
_EMPTY_QUEUE = 1.25
#: With fewer losses than this the line counts as without.
_NO_LOSS = 0.002
#: In a row: one such time may be the office's own misfortune.
_MOST_HOLLOW = 2
#: The line is as fast as it was in the better half of so many of the last seconds.
_WINDOW_S = 1.0
_WINDOWS, _LEAST_WINDOWS = 8, 3
#: Without a word for so long nothing can be said of the speed.
_SILENCE_S = 0.8
#: From here on the system's own buffers are small beside what the line carries in a moment.
_FAST_BYTES_PER_S = 64_000
#: So much may be under way: the line, and what it carries in a moment that a busy machine sleeps
#: through, and enough to find lost segments by. A lost segment is missed for as long as the queue
#: lasts, and at a cut all that came behind it is lost.
_SPARE_S, _SPARE_SEGMENTS = 0.45, 3
#: After ten seconds this rule would drain a line to learn how long it is; begun anew it need not.
_ANEW_S = 8.0
#: Family and address of a socket.
Address = tuple[int, tuple[Any, ...]]


class RoadMemory:
    """One road's; used by the links of one engine.

    Args:
        offered: whether the system lets us choose a rule.

    Attributes:
        has_steady: there is a rule that withstands losses.
        congestion: name of the rule for the next connection.
        addresses: host and port to where it was proven last: a name is not looked up on a link
            that was just cut. Nothing that was not proven stands there, and what was is forgotten
            as soon as it does otherwise: login pages answer under any name, and offices move.
        fast_open: whether greetings that come with the first packet get through.
    """

    def __init__(self, offered: Callable[[str], bool] = offers) -> None:
        self.has_steady = offered(STEADY)
        self.congestion = STEADY if self.has_steady else CALM
        self.addresses: dict[tuple[str, int], Address] = {}
        self.fast_open = FastOpen()
        self._hollow = 0
        self._segments = self._resent = 0.0
        self._looks = self._empty = 0.0
        self._delivered = self._seconds = 0.0
        self._rates: deque[float] = deque(maxlen=_WINDOWS)
        self._anew_at = 0.0

    @property
    def is_acked_by_office(self) -> bool:
        """Tell whether acknowledgements come from the office's machine, as far as is known.

        Satellite modems are known to acknowledge for the other side.
        """
        return self._hollow < _MOST_HOLLOW

    def note_hollow(self) -> None:
        """The office had less than what was acknowledged: it was killed, or another one answers."""
        self._hollow += 1

    def note_firm(self) -> None:
        """The office had what was acknowledged."""
        self._hollow = 0

    def rate_bytes_per_s(self) -> float:
        """Return how fast the line carries while it is up; 0 while that is not known."""
        if len(self._rates) < _LEAST_WINDOWS:
            return 0.0
        better_half = sorted(self._rates)[len(self._rates) // 2 :]
        return sum(better_half) / len(better_half)

    def most_under_way(self, state: TcpState) -> float:
        """Return how many bytes to have on the way: what fills the line, and hardly more.

        What is beyond that stands in some modem's queue. It makes everybody on the link wait, a
        new form too, and at a cut it is lost.
        """
        rate = self.rate_bytes_per_s()
        if not rate or rate > _FAST_BYTES_PER_S:
            return math.inf
        spare_bytes = max(_SPARE_S * rate, _SPARE_SEGMENTS * state.segment_bytes)
        return rate * state.least_trip_s + spare_bytes

    def note(self, before: TcpState, now: TcpState, lasted_s: float) -> None:
        """Count what happened between two looks at a busy connection."""
        self._note_rate((now.delivered - before.delivered) * now.segment_bytes, now, lasted_s)
        self._segments += now.segments - before.segments
        self._resent += now.resent - before.resent
        self._looks += 1
        self._empty += now.trip_s < _EMPTY_QUEUE * now.least_trip_s

    def _note_rate(self, delivered_bytes: int, now: TcpState, lasted_s: float) -> None:
        if now.unheard_s > _SILENCE_S + now.least_trip_s:
            self._delivered = self._seconds = 0.0
            return
        self._delivered += delivered_bytes
        self._seconds += lasted_s
        if self._seconds >= _WINDOW_S:
            self._rates.append(self._delivered / self._seconds)
            self._delivered = self._seconds = 0.0

    def rules(self, state: TcpState, now: float) -> tuple[str, ...]:
        """Return the rules to give a connection now, one after the other; none to leave it."""
        chosen = self._judge()
        if chosen != self.congestion:
            self.congestion = chosen
            self._segments = self._resent = self._looks = self._empty = 0.0
            self._anew_at = now + _ANEW_S
            return (chosen,)
        if self._segments > _MOST_SEGMENTS:
            self._segments, self._resent = self._segments / 2, self._resent / 2
            self._looks, self._empty = self._looks / 2, self._empty / 2
        # Begun anew after a time-out it would start from one segment.
        if chosen != STEADY or now < self._anew_at or state.is_timed_out:
            return ()
        is_first = not self._anew_at
        self._anew_at = now + _ANEW_S
        return () if is_first else (CALM, STEADY)

    def _judge(self) -> str:
        if self._segments < _LEAST_SEGMENTS or not self.has_steady:
            return self.congestion
        share = self._resent / self._segments
        is_fast = self.rate_bytes_per_s() > _FAST_BYTES_PER_S
        has_queue = self._empty <= _OFTEN * self._looks
        if self.congestion == STEADY:
            has_none = share < _NO_LOSS and self._segments >= _SURE_SEGMENTS
            # On a fast line with a short queue it loses by its own haste.
            return CALM if has_none or (is_fast and has_queue) else STEADY
        is_held_back = share > _SOME_LOSS and not has_queue
        return STEADY if is_held_back or (share > _LOSSY and not is_fast) else CALM
