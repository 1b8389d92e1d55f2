"""What a kiosk does in one life: whatever its store says is still to be done, until nothing is."""

from __future__ import annotations

import tempfile
import threading
from functools import cache
from pathlib import Path

import certifi
from sqlalchemy import select

from app.bootstrap import MachineClock, MachineDice
from app.capture.sources import Sources
from app.domain.lifecycle import DRAFT, RECEIVED
from app.domain.news import Announcer
from app.domain.regions import Regions
from app.imaging import document
from app.imaging.pool import ImagingPool
from app.imaging.requests import Document
from app.services import drafts
from app.services.correcting import open_correction
from app.services.finalizing import finalize
from app.services.kiosk import Catalogues, Kiosk
from app.storage import sending
from app.storage.contact import Contact
from app.storage.store import Store
from app.storage.sweeping import sweep_orphans
from app.storage.tables import ApplicationRow, RecordRow, SubmissionRecordRow, SubmissionRow
from app.sync.courier import StickCourier
from app.sync.courier_relay import RelayBox
from app.sync.engine import Engine
from app.sync.link import Link
from app.sync.link_adapter import Road
from app.sync.link_sockets import Patience
from app.sync.reports import CycleReport
from app.sync.stopping import Stopping
from tests.builders import STORE_KEY, small_catalogue

#: A dead line is noticed at once; on a loopback nothing takes so long.
_QUICK = Patience(unheard_s=0.6, idle_s=0.6, fruitless_s=0.6, blind_s=0.6, connect_s=(1.0,))
_MOST_CYCLES = 60
_PAUSE_S = 0.05


class Here(ImagingPool):
    """Joins documents in this process, so that a kill leaves no worker behind."""

    def assemble(self, pages: tuple[tuple[bytes, int], ...]) -> Document:
        return document.assemble(pages)

    def likenesses(self, untrusted_document: bytes, media_type: str) -> tuple[bytes, ...]:
        # The office looks at papers between its other chores; what it sees changes no state.
        return ()


def open_kiosk(folder: Path, imaging: ImagingPool | None = None) -> Kiosk:
    """Open a kiosk as the program does, with the small catalogue."""
    clock = MachineClock()
    store = Store.open(folder, STORE_KEY, clock)
    return Kiosk(
        store=store,
        clock=clock,
        dice=MachineDice(),
        catalogues=Catalogues(store, small_catalogue),
        regions=lambda: Regions(""),
        imaging=imaging or Here(has_engine=False),
        capture=Sources(clock, ()),
        announcer=Announcer(),
    )


def stay(folder: Path, stick: Path) -> None:
    """Start, submit every draft, read from a stick what is there for us, write what waits."""
    kiosk = open_kiosk(folder)
    refuse_early_purges(kiosk)
    sweep_orphans(kiosk.store, min_age_s=0)
    act(kiosk)
    courier = StickCourier(
        kiosk.store, kiosk.clock, kiosk.announcer, RelayBox(kiosk.store), find=lambda: ()
    )
    courier.exchange(str(stick), lambda _: None, threading.Event(), carries_others=False)
    act(kiosk)
    kiosk.store.close()


def live(folder: Path, url: str) -> None:
    """Start, finish what was half done, submit every draft, send and hear until nothing waits."""
    kiosk = open_kiosk(folder)
    refuse_early_purges(kiosk)
    sweep_orphans(kiosk.store, min_age_s=0)
    act(kiosk)
    engine = make_engine(kiosk, url)
    waiting = threading.Event()
    for _ in range(_MOST_CYCLES):
        report = engine.cycle(waiting, is_forced=True)
        act(kiosk)
        if report.error is None and not _waits(kiosk):
            kiosk.store.close()
            return
        waiting.wait(_PAUSE_S)
    raise AssertionError(f"still waiting: {_said(report)}")


def make_engine(kiosk: Kiosk, url: str) -> Engine:
    """Make the real engine on a link to ``url``."""

    def open_link(office: Contact, stop: Stopping) -> Link:
        return Link(
            url,
            kiosk.clock,
            stop,
            office_id=office.office_id,
            token=office.token,
            road=_road(),
            patience=_QUICK,
        )

    return Engine(kiosk.store, kiosk.clock, kiosk.dice, kiosk.announcer, open_link)


@cache
def _road() -> Road:
    """Trust one certificate: to read all that a machine trusts took a fifth of a life."""
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----")
    file = Path(tempfile.mkdtemp()) / "one.pem"
    file.write_text(f"{first}{end}\n")
    return Road(str(file))


def act(kiosk: Kiosk) -> None:
    """Do what people do: correct what came back, submit every draft."""
    with kiosk.store.read() as session:
        rows = session.scalars(select(ApplicationRow)).all()
    for row in rows:
        if row.state == RECEIVED and row.office_state == "returned":
            open_correction(kiosk, row.id)
            drafts.save_answer(kiosk, row.id, "email", f"siti.{row.revision}@contoh.example")
        elif row.state != DRAFT:
            continue
        finalize(kiosk, row.id, "id")


def refuse_early_purges(kiosk: Kiosk) -> None:
    """See that every file which the office has not receipted is still here, and whole."""
    with kiosk.store.read() as session:
        unproven = session.execute(
            select(RecordRow.digest, RecordRow.is_purged)
            .join(SubmissionRecordRow, SubmissionRecordRow.digest == RecordRow.digest)
            .join(SubmissionRow, SubmissionRow.id == SubmissionRecordRow.submission_id)
            .where(SubmissionRow.receipt.is_(None), RecordRow.is_held_by_office.is_(False))
        ).all()
    for digest, is_purged in unproven:
        assert not is_purged
        kiosk.store.blobs.read(digest)


def _waits(kiosk: Kiosk) -> bool:
    with kiosk.store.read() as session:
        return bool(sending.waiting(session))


def _said(report: CycleReport) -> str:
    return f"{report.error} {[wait.reason for wait in report.waits]}"
