"""One cycle without a schedule, for ``loket sync --once``; and the usual way to make links."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.clock import Clock, Dice
from app.domain.news import Announcer
from app.domain.sharing import Sharing
from app.storage.contact import Contact
from app.storage.store import Store
from app.sync.courier_handing import RelayingEngine
from app.sync.courier_relay import RelayBox
from app.sync.engine import OpensLinks
from app.sync.enrolling import Never
from app.sync.link import Link
from app.sync.link_adapter import Road
from app.sync.link_memory import RoadMemory
from app.sync.reports import CycleReport
from app.sync.stopping import Stopping
from app.sync.streaming import Progress

_ALONE = Sharing()


def opens_links(
    clock: Clock, road: Road | None = None, memory: RoadMemory | None = None
) -> OpensLinks:
    """Return the way from an enrolment to a link over the network.

    Its links share what each of them learns of the road.
    """
    memory = memory or RoadMemory()

    def open_link(office: Contact, stop: Stopping) -> Link:
        return Link(
            office.office_url,
            clock,
            stop,
            office_id=office.office_id,
            token=office.token,
            road=road,
            memory=memory,
        )

    return open_link


def sync_once(
    store: Store,
    clock: Clock,
    dice: Dice,
    announcer: Announcer,
    *,
    road: Road | None = None,
    sharing: Sharing = _ALONE,
    stop: Stopping | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> CycleReport:
    """Run one cycle now, also for what waits for a later attempt, and say what it did."""
    links = opens_links(clock, road)
    engine = RelayingEngine(store, clock, dice, announcer, links, on_progress, sharing=sharing)
    engine.carry(RelayBox(store))
    return engine.cycle(stop or Never(), is_forced=True)
