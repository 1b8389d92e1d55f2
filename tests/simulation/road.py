"""The road of a simulated month: the real client of the real office, with the weather between.

The client's own code writes each request and reads each answer; only the wire is not there.
"""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from enum import Enum
from typing import Any, Protocol

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

from app.storage.contact import Contact
from app.sync.enrolling import Never
from app.sync.link import Link
from app.sync.link_adapter import Line
from app.sync.link_adapter import Road as PlainRoad
from app.sync.link_memory import RoadMemory
from app.sync.link_sockets import Stalled, Watch
from tests.simulation.mortal import Killed
from tests.simulation.times import SkewedClock, Time
from tests.simulation.wire import Ask, Told

_BLOCK_BYTES = 4096
_RATE_BYTES_PER_S = 8_000
_JOURNEY_S = 0.25
#: Of the cuts, how many happen behind something that had acknowledged everything.
_HOLLOW_SHARE = 0.1


class Fault(Enum):
    """What the weather does to one request."""

    NONE = "none"
    #: Nothing of it arrives.
    AWAY = "away"
    #: A part arrives, and the end of the connection is seen on both sides.
    CUT = "cut"
    #: All arrives and is dealt with; the answer does not come back.
    ANSWER_LOST = "answer_lost"
    #: It arrives twice, one right behind the other.
    DOUBLED = "doubled"
    #: It arrives, and once more some other day.
    ECHOED = "echoed"
    #: A part arrives; then neither side hears of the other.
    SILENCE = "silence"
    #: Somebody else answers.
    PORTAL = "portal"
    #: The office has no room, or is busy.
    FULL = "full"
    BUSY = "busy"
    #: The office's process ends at one of its steps.
    OFFICE_DIES = "office_dies"
    #: A form is finalized while this one's bytes are on their way.
    NEW_FORM = "new_form"


CALM: Mapping[Fault, float] = {Fault.NONE: 1.0}
ROUGH: Mapping[Fault, float] = {
    Fault.NONE: 60,
    Fault.AWAY: 10,
    Fault.CUT: 12,
    Fault.ANSWER_LOST: 6,
    Fault.DOUBLED: 2,
    Fault.ECHOED: 2,
    Fault.SILENCE: 4,
    Fault.PORTAL: 1,
    Fault.FULL: 1,
    Fault.BUSY: 1,
    Fault.OFFICE_DIES: 3,
    Fault.NEW_FORM: 2,
}


class Carrier(Protocol):
    """What lies between a kiosk and the office: the world."""

    def carry(self, ask: Ask, arriving_bytes: int | None = None) -> Told | None:
        """Bring a request over; None when its connection ends first, or the office does."""

    def hang(self, ask: Ask, arriving_bytes: int) -> None:
        """Bring a part of a request over, and no more."""

    def echo_later(self, ask: Ask) -> None:
        """Keep a copy of a request that will arrive again."""

    def office_dies_soon(self) -> None:
        """Choose a step at which the office's process ends."""


class Traveller(Protocol):
    """The kiosk's side of the road."""

    clock: SkewedClock
    #: Its system has no rule that withstands losses: several connections share the work.
    has_lanes: bool

    def step_on_the_road(self) -> None:
        """Live on, or not."""

    def person_finalizes(self) -> None:
        """Finalize a new form."""


class SimulatedLink(Link):
    """The real link on a wire that is not there."""

    def __init__(self, url: str, traveller: Traveller, office: Contact | None, road: Road) -> None:
        super().__init__(
            url,
            traveller.clock,
            Never(),
            office_id=office.office_id if office else "",
            token=office.token if office else "",
            road=PlainRoad(may_be_plain=True),
            memory=RoadMemory(lambda _: not traveller.has_lanes),
            make_line=lambda stop: _Line(traveller, road),
        )


class _Acknowledged(Watch):
    """Knows what of a body has not arrived, as the kernel does of a socket."""

    outstanding = 0

    def outstanding_bytes(self) -> int | None:
        """Return how much is under way."""
        return self.outstanding


class _Line(Line):
    """Makes no sockets and loads no certificates; what is read and written stays."""

    def __init__(self, traveller: Traveller, road: Road) -> None:
        self.watch = _Acknowledged(traveller.clock.monotonic, Never())
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.clear()
        self.session.mount("http://", _Adapter(traveller, road, self.watch))

    def warm_up(self) -> bool:
        """Never stand ready beside another."""
        return False


class Road:
    """The weather, and who carries.

    Args:
        carrier: brings requests over.
        time: passes while bytes travel.
        chance: of the weather.
    """

    def __init__(self, carrier: Carrier, time: Time, chance: random.Random) -> None:
        self.carrier = carrier
        self.time = time
        self.chance = chance
        self.weather: Mapping[Fault, float] = CALM
        #: How often each fault struck.
        self.struck: dict[Fault, int] = dict.fromkeys(Fault, 0)

    def next_fault(self) -> Fault:
        """Draw what happens to the next request."""
        (fault,) = self.chance.choices(list(self.weather), list(self.weather.values()))
        self.struck[fault] += 1
        return fault


class _Adapter(BaseAdapter):
    def __init__(self, traveller: Traveller, road: Road, watch: _Acknowledged) -> None:
        super().__init__()
        self._traveller = traveller
        self._road = road
        self._watch = watch

    def close(self) -> None:
        """Have nothing to close."""

    def send(  # type: ignore[override]
        self,
        request: requests.PreparedRequest,
        **_: Any,  # noqa: ANN401
    ) -> requests.Response:
        """Bring one request over, as the weather lets."""
        fault = self._road.next_fault()
        self._road.time.pass_by(2 * _JOURNEY_S)
        self._traveller.step_on_the_road()
        if fault is Fault.AWAY:
            raise requests.ConnectionError
        told = self._exchange(self._ask(request, fault), fault)
        self._watch.outstanding = 0
        self._traveller.step_on_the_road()
        if told is None:
            raise requests.ConnectionError
        return _response(request, told)

    def _exchange(self, ask: Ask, fault: Fault) -> Told | None:
        carrier, chance = self._road.carrier, self._road.chance
        if fault in _STRANGE_ANSWERS:
            return _STRANGE_ANSWERS[fault]
        if fault is Fault.SILENCE and ask.body:
            carrier.hang(ask, self._acknowledge(ask, chance.randrange(len(ask.body) + 1)))
            raise Stalled
        if fault is Fault.CUT and ask.body:
            carrier.carry(ask, self._acknowledge(ask, chance.randrange(len(ask.body))))
            return None
        if fault is Fault.OFFICE_DIES:
            carrier.office_dies_soon()
        if fault is Fault.DOUBLED:
            carrier.carry(ask)
        if fault is Fault.ECHOED:
            carrier.echo_later(ask)
        told = carrier.carry(ask)
        return None if fault in (Fault.ANSWER_LOST, Fault.SILENCE, Fault.CUT) else told

    def _acknowledge(self, ask: Ask, arriving_bytes: int) -> int:
        """Let the kiosk's system know how much arrives; some modems say that all of it does."""
        is_hollow = self._road.chance.random() < _HOLLOW_SHARE
        self._watch.outstanding = 0 if is_hollow else len(ask.body) - arriving_bytes
        self._watch.on_tick()
        return arriving_bytes

    def _ask(self, request: requests.PreparedRequest, fault: Fault) -> Ask:
        """Take the request as it leaves, a block at a time while the world goes on."""
        given: Any = request.body
        body = bytearray()
        has_finalized = fault is not Fault.NEW_FORM
        headers = {name: str(value) for name, value in request.headers.items()}

        def ask() -> Ask:
            return Ask(str(request.method), str(request.url), headers, bytes(body))

        while given is not None and (block := given.read(_BLOCK_BYTES)):
            body += block
            self._watch.outstanding = len(body)
            self._road.time.pass_by(len(block) / _RATE_BYTES_PER_S)
            try:
                self._traveller.step_on_the_road()
            except Killed:
                self._road.carrier.carry(ask(), len(body) - 1)
                raise
            if not has_finalized:
                self._traveller.person_finalizes()
                has_finalized = True
        return ask()


def _response(request: requests.PreparedRequest, told: Told) -> requests.Response:
    raw = urllib3.HTTPResponse(
        body=io.BytesIO(told.body),
        headers=urllib3.HTTPHeaderDict(told.headers),
        status=told.status,
        preload_content=False,
    )
    return HTTPAdapter().build_response(request, raw)


_STRANGE_ANSWERS: Mapping[Fault, Told] = {
    Fault.PORTAL: Told(200, [("Content-Type", "text/html")], b"<html>Selamat datang"),
    Fault.FULL: Told(507, [("Loket-Office", "tarempa")], b'{"code":"office_full"}'),
    Fault.BUSY: Told(
        503, [("Loket-Office", "tarempa"), ("Retry-After", "10")], b'{"code":"database_away"}'
    ),
}
