"""A kiosk for sync tests: a real store, enrolled with a real office, with submissions to send."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from app.domain.ids import make_reference, new_id, new_resume_code
from app.domain.news import Announcer, News
from app.office.context import Office
from app.office.enrolling import new_enrolment_code
from app.protocol.keys import Keys
from app.protocol.manifest import Consent, Manifest, ManifestDocument, encode_manifest
from app.protocol.record import Record, RecordKind, new_record
from app.protocol.sealing import digest_of, seal
from app.storage.contact import Contact
from app.storage.tables import (
    ApplicationRow,
    EnrolmentRow,
    OutboxRow,
    RecordRow,
    SubmissionRecordRow,
    SubmissionRow,
)
from app.sync.engine import Engine
from app.sync.enrolling import enrol, first_link
from app.sync.link import Link
from app.sync.link_adapter import Road
from app.sync.link_memory import RoadMemory
from app.sync.link_sockets import Patience
from app.sync.reports import CycleReport
from app.sync.stopping import Stopping
from app.sync.streaming import Progress
from tests.fakes import FakeClock, FakeDice
from tests.laying import open_laid_store
from tests.office.house import NAMES, SERVICE, noise

KEY = bytes(32)
#: Limits that make a test short; the real ones are in ``Patience`` itself.
QUICK = Patience(unheard_s=2.0, idle_s=2.0, fruitless_s=2.0, blind_s=2.0, connect_s=(1.0,))


def has_every_rule(rule: str) -> bool:
    """Be a system like most, whatever this one offers."""
    return bool(rule)


class RoadClock(FakeClock):
    """The wall clock is the test's; waiting on sockets takes the machine's own time."""

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(frozen=True)
class Frozen:
    """A finalized submission."""

    id: str
    application_id: str
    reference: str
    manifest: Record
    blobs: tuple[Record, ...]
    contents: dict[str, bytes]


class Island:
    """One kiosk's store and engine.

    Args:
        folder: of the store.
        seed: of its chance.
    """

    def __init__(self, folder: Path, *, seed: int = 1, clock: FakeClock | None = None) -> None:
        self.folder = folder
        self.clock = clock or RoadClock()
        self.dice = FakeDice(seed)
        self.store = open_laid_store(folder, KEY, self.clock)
        self.announcer = Announcer()
        self.news: list[News] = []
        self.announcer.subscribe(self.news.append)
        self.progress: list[Progress] = []
        self.stop = threading.Event()
        self.patience = QUICK
        self.road = Road()
        #: The weak link of sockets acknowledges what the office has not got: the kiosk knows.
        self.memory = RoadMemory(has_every_rule)
        self.memory.note_hollow()
        self.memory.note_hollow()
        #: Where links go instead of the address that was enrolled.
        self.url = ""
        self.engine = self._engine()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def reopen(self) -> None:
        """Be another process on the same folder."""
        self.store.close()
        self.store = open_laid_store(self.folder, KEY, self.clock)
        self.engine = self._engine()

    def _engine(self) -> Engine:
        return Engine(
            self.store, self.clock, self.dice, self.announcer, self.open_link, self.progress.append
        )

    def open_link(self, office: Contact, stop: Stopping) -> Link:
        """Make the link of one cycle."""
        return Link(
            self.url or office.office_url,
            self.clock,
            stop,
            office_id=office.office_id,
            token=office.token,
            road=self.road,
            patience=self.patience,
            memory=self.memory,
        )

    def enrol(self, office: Office, url: str, device_code: str = "LET") -> None:
        """Enrol over the wire."""
        code = new_enrolment_code(office, f"Kiosk {device_code}", device_code)
        enrol(
            self.store, self.clock, url, code, "Kiosk",
            open_link=first_link(self.clock, self.road),
        )  # fmt: skip

    def cycle(self, *, is_forced: bool = True) -> CycleReport:
        """Run one cycle."""
        return self.engine.cycle(self.stop, is_forced=is_forced)

    def enrolment(self) -> EnrolmentRow:
        """Return the enrolment's row."""
        with self.store.read() as session:
            return session.get_one(EnrolmentRow, 1)

    def freeze(
        self,
        contents: Mapping[str, bytes] | None = None,
        *,
        of: Frozen | None = None,
        queued_at: datetime | None = None,
        service: str = SERVICE,
    ) -> Frozen:
        """Write what finalizing writes: submission, records, outbox row, in one transaction.

        Args:
            contents: document need to bytes; those equal to ``of``'s reuse its records.
            of: the submission this one corrects.
            queued_at: by default now.
            service: what is applied for.
        """
        office = self.enrolment()
        now = self.clock.now()
        plain = dict(contents if contents is not None else {"ktp": noise(9_000)})
        old = dict(zip(of.contents, of.blobs, strict=True)) if of else {}
        blobs = {
            need: old[need]
            if of and of.contents.get(need) == content
            else new_record(RecordKind.BLOB, seal(content, office.office_recipient))
            for need, content in plain.items()
        }
        submission_id = new_id(now, self.dice)
        application_id = of.application_id if of else new_id(now, self.dice)
        with self.store.write() as session:
            row = session.get_one(EnrolmentRow, 1)
            if of:
                application = session.get_one(ApplicationRow, application_id)
                application.revision += 1
                application.state = "finalized"
            else:
                application = ApplicationRow(
                    id=application_id,
                    reference=make_reference(row.device_code, row.next_serial),
                    service_id=service,
                    catalogue_version="2026.11.1",
                    state="finalized",
                    office_state="",
                    revision=1,
                    resume_code=new_resume_code(self.dice),
                    created_at=now,
                    updated_at=now,
                )
                row.next_serial += 1
                session.add(application)
                session.flush()
            assert application.reference is not None
            manifest = encode_manifest(
                Manifest(
                    format=1,
                    submission_id=submission_id,
                    application_id=application_id,
                    revision=application.revision,
                    reference=application.reference,
                    device_id=row.device_id,
                    service=service,
                    catalogue_version="2026.11.1",
                    answers=dict(NAMES),
                    overrides=(),
                    documents=tuple(
                        ManifestDocument(
                            need=need,
                            type=need,
                            blob_digest=blobs[need].digest,
                            content_digest=digest_of(content),
                            media_type="image/jpeg",
                            page_count=1,
                            size_bytes=len(content),
                        )
                        for need, content in plain.items()
                    ),
                    consent=Consent("1", "id", now),
                    finalized_at=now,
                    clock_offset_s=row.clock_offset_s,
                ),
                Keys(row.device_signing, row.device_identity),
                row.office_recipient,
            )
            reference = application.reference
            session.add(
                SubmissionRow(
                    id=submission_id,
                    application_id=application_id,
                    revision=application.revision,
                    manifest_digest=manifest.digest,
                    finalized_at=now,
                )
            )
            session.flush()
            for position, (need, record) in enumerate((("", manifest), *blobs.items())):
                self.store.blobs.put(record.sealed)
                if session.get(RecordRow, record.digest) is None:
                    session.add(
                        RecordRow(
                            digest=record.digest,
                            kind=int(record.kind),
                            size_bytes=len(record.sealed),
                            made_at=now,
                        )
                    )
                    session.flush()
                session.add(
                    SubmissionRecordRow(
                        submission_id=submission_id,
                        position=position,
                        digest=record.digest,
                        need=need,
                        type=need,
                    )
                )
            session.add(OutboxRow(submission_id=submission_id, queued_at=queued_at or now))
        return Frozen(
            submission_id, application_id, reference, manifest, tuple(blobs.values()), plain
        )

    def application(self, frozen: Frozen) -> ApplicationRow:
        """Return its application's row."""
        with self.store.read() as session:
            return session.get_one(ApplicationRow, frozen.application_id)

    def submission(self, frozen: Frozen) -> SubmissionRow:
        """Return its row."""
        with self.store.read() as session:
            return session.get_one(SubmissionRow, frozen.id)

    def outbox(self) -> dict[str, OutboxRow]:
        """Return what waits, by submission."""
        with self.store.read() as session:
            return {row.submission_id: row for row in session.scalars(select(OutboxRow))}

    def is_received(self, frozen: Frozen) -> bool:
        """Tell whether the receipt is held and nothing waits."""
        return (
            self.submission(frozen).receipt is not None
            and self.application(frozen).state == "received"
            and frozen.id not in self.outbox()
        )


@contextmanager
def enrolled_island(folder: Path, office: Office, url: str) -> Iterator[Island]:
    """Open a kiosk that is enrolled with the office at an address, until the block ends."""
    island = Island(folder)
    island.enrol(office, url)
    yield island
    island.close()
