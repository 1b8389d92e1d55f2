"""A kiosk of a simulated month: the real store and engine on its files, with people and deaths."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select

from app.capture.sources import Sources
from app.domain.ids import make_reference, new_id, new_resume_code
from app.domain.lifecycle import DRAFT, NEEDS_ATTENTION, RECEIVED
from app.domain.news import Announcer
from app.domain.regions import Regions
from app.errors import LocalFault
from app.imaging.pool import ImagingPool
from app.office.enrolling import new_enrolment_code
from app.protocol.enrolment import read_code
from app.protocol.manifest import Consent, Manifest, ManifestDocument, encode_manifest
from app.protocol.sealing import digest_of, seal
from app.services.billing import MAY_ASK, Bill
from app.services.kiosk import Catalogues, Kiosk
from app.storage import contact, drafts, opinions, sending, submissions
from app.storage.contact import Contact, PendingEnrolment
from app.storage.drafts import NewDraft
from app.storage.session import Session
from app.storage.store import Store
from app.storage.submissions import SealedDocument, SealedManifest, Sender
from app.storage.sweeping import sweep_orphans
from app.storage.tables import ApplicationRow, EnrolmentRow, OutboxRow, PageRow, SubmissionRow
from app.sync.beside import at_once
from app.sync.courier import StickCourier
from app.sync.courier_relay import RelayBox
from app.sync.engine import Engine
from app.sync.enrolling import Never, enrol
from app.sync.lane_judge import LaneJudge
from app.sync.link import Link
from app.sync.reports import CycleReport
from app.sync.stopping import Stopping
from tests.fakes import FakeDice
from tests.laying import lay_store
from tests.office.house import NAMES, SERVICE, small_catalogue
from tests.simulation.applicants import Applicants
from tests.simulation.bureau import Bureau
from tests.simulation.mortal import Mortal, remember_statements, ties
from tests.simulation.seeded_age import seeded_keys
from tests.simulation.times import SkewedClock

_KEY = bytes(32)
URL = "http://127.0.0.1:1"
#: An application or two are shared by three connections.
_LEAST_SHARED_BYTES = 3_000


@dataclass(frozen=True)
class Frozen:
    """One revision that somebody finalized: what the office must end up with."""

    submission_id: str
    application_id: str
    reference: str
    revision: int
    manifest_digest: str
    #: Document need to the bytes before sealing.
    contents: Mapping[str, bytes]


class Village:
    """One kiosk, its people and its disk.

    Args:
        folder: of the store.
        name: three letters that begin its references.
        clock: the kiosk's.
        chance: of keys and of the people's minds.
        make_link: the road to the office.
        has_lanes: its packs are small and travel over three connections.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        clock: SkewedClock,
        chance: random.Random,
        make_link: Callable[[Village, Contact | None], Link],
        *,
        has_lanes: bool = False,
    ) -> None:
        self.folder = folder
        self.name = name
        self.clock = clock
        self.chance = chance
        self.has_lanes = has_lanes
        self.mortal = Mortal(name)
        self.store: Store
        self.engine: Engine
        self.announcer: Announcer
        #: What was finalized and survived, in order; the people's memory, no machine's.
        self.frozen: list[Frozen] = []
        self.last_report: CycleReport | None = None
        #: What was being finalized when the power went.
        self._unsure: Frozen | None = None
        self._dice = FakeDice(chance.randrange(2**32))
        self.applicants = Applicants(random.Random(chance.randrange(2**32)))
        self.kiosk: Kiosk
        self._make_link = make_link
        self._ties = ExitStack()
        self.start()

    def start(self) -> None:
        """Be a new process on the same folder."""
        lay_store(self.folder, _KEY)
        self.store = Store.open(self.folder, _KEY, self.clock)
        self.mortal = Mortal(self.name)
        remember_statements(self.store._engine, self.store._writing.kw["bind"])
        self._ties.enter_context(ties(self.mortal, self.store._engine))
        sweep_orphans(self.store, 0.0)
        self.announcer = Announcer()
        self.kiosk = Kiosk(
            store=self.store,
            clock=self.clock,
            dice=self._dice,
            catalogues=Catalogues(self.store, small_catalogue),
            regions=lambda: Regions(""),
            imaging=ImagingPool(has_engine=False),
            capture=Sources(self.clock, ()),
            announcer=self.announcer,
        )
        self._remember()
        self.applicants.look_after_death(self.kiosk)
        self.engine = Engine(
            self.store, self.clock, self._dice, self.announcer, self._open_link, beside=at_once,
            judge=LaneJudge(steps=(3,), least_bytes=_LEAST_SHARED_BYTES),
        )  # fmt: skip

    def end(self) -> None:
        """End the process; nothing of its memory is left."""
        self.mortal.lives_on()
        self._ties.close()
        self.store.close()

    def restart(self) -> None:
        """Die and come back."""
        self.end()
        self.start()

    def _open_link(self, office: Contact, stop: Stopping) -> Link:
        return self._make_link(self, office)

    def enrol(self, bureau: Bureau) -> None:
        """Become this office's kiosk, over the wire, with keys of the seed."""
        code = new_enrolment_code(bureau.office, f"Kiosk {self.name}", self.name)
        pending = PendingEnrolment(
            f"{URL}/", read_code(code).name, "Kiosk", seeded_keys(self.chance)
        )
        with self.store.write() as session:
            contact.keep_pending(session, pending)
        enrol(
            self.store, self.clock, URL, code, "Kiosk",
            open_link=lambda url: self._make_link(self, None),
        )  # fmt: skip

    def step_on_the_road(self) -> None:
        """Live on, or not; between two blocks of what is sent."""
        self.mortal.step()

    def person_finalizes(self) -> None:
        """Somebody else at the same kiosk has a form ready while the link is busy."""
        self.finalize()

    def cycle(self, *, is_forced: bool = False) -> CycleReport:
        """Run one cycle of the engine."""
        self.last_report = self.engine.cycle(Never(), is_forced=is_forced)
        return self.last_report

    def exchange(self, stick: Path) -> str:
        """Let the operator put a courier's stick in; return what was done for the log."""
        done = self._courier().exchange(str(stick), lambda _: None, Never(), carries_others=False)
        return f"{done.read.events} events, {len(done.written.references)} forms"

    def read_again(self, answer: Path) -> None:
        """Let the operator read some return file."""
        self._courier().read((answer,), lambda _: None, Never())

    def _courier(self) -> StickCourier:
        box = RelayBox(self.store)
        return StickCourier(self.store, self.clock, self.announcer, box, find=lambda: ())

    def id(self) -> str:
        """Return a fresh id."""
        return new_id(self.clock.now(), self._dice)

    def finalize(self) -> Frozen:
        """Let a person fill in an application and finalize it."""
        application_id = new_id(self.clock.now(), self._dice)
        needs = self.chance.sample(("ktp", "kk", "akta"), self.chance.randint(1, 3))
        contents = {need: self._paper() for need in needs}
        with self.store.write() as session:
            drafts.add_draft(
                session,
                NewDraft(application_id, SERVICE, "2026.11.1", new_resume_code(self._dice), ""),
                self.clock.now(),
            )
        return self._freeze(application_id, contents)

    def correct(self) -> Frozen | None:
        """Mend one application that came back, or one that cannot be sent as it is."""
        with self.store.read() as session:
            rows = session.scalars(
                select(ApplicationRow)
                .where(
                    (ApplicationRow.state == DRAFT)
                    | (ApplicationRow.state == NEEDS_ATTENTION)
                    | (ApplicationRow.state == RECEIVED)
                    & (ApplicationRow.office_state == "returned")
                )
                .order_by(ApplicationRow.created_at, ApplicationRow.id)
            ).all()
        # An unfinished draft without a revision before it was never anybody's promise.
        rows = [row for row in rows if self.newest(row.id) is not None]
        if not rows:
            return None
        row = self.chance.choice(rows)
        before = self.newest(row.id)
        assert before is not None
        if row.state == DRAFT:
            contents = dict(before.contents)
        elif row.state == NEEDS_ATTENTION:
            contents = {need: self._paper() for need in before.contents}
        else:
            contents = dict(before.contents)
        contents[self.chance.choice(sorted(contents))] = self._paper()
        if row.state != DRAFT:
            with self.store.write() as session:
                submissions.reopen(session, row.id, self.clock.now())
        return self._freeze(row.id, contents)

    def send_again(self) -> int:
        """Let the operator send what stands aside once more."""
        with self.store.write() as session:
            aside = session.scalars(
                select(OutboxRow.submission_id)
                .where(OutboxRow.is_set_aside)
                .order_by(OutboxRow.submission_id)
            ).all()
            for submission_id in aside:
                sending.take_up_again(session, submission_id, self.clock.now())
        return len(aside)

    def ask(self) -> str:
        """Let one applicant ask something after sending; return what for the log."""
        sent = {one.application_id for one in self.frozen}
        states = {row.id: row.office_state for row in self.applications() if row.id in sent}
        if not states:
            return "nobody"
        return self.applicants.ask(self.kiosk, self.applicants.choose(states))

    def payable(self) -> Bill | None:
        """Return a bill that some applicant sees and can pay now."""
        shown = [
            found.bill
            for row in self.applications()
            if row.office_state in MAY_ASK
            and (found := self.applicants.shown_code(self.kiosk, row.id)) is not None
        ]
        return self.chance.choice(shown) if shown else None

    def newest(self, application_id: str) -> Frozen | None:
        """Return an application's newest finalized revision."""
        found = [one for one in self.frozen if one.application_id == application_id]
        return max(found, key=lambda one: one.revision) if found else None

    def applications(self) -> list[ApplicationRow]:
        """Return every application that is here."""
        with self.store.read() as session:
            return list(session.scalars(select(ApplicationRow).order_by(ApplicationRow.id)))

    def submissions(self) -> dict[str, SubmissionRow]:
        """Return every revision that is here."""
        with self.store.read() as session:
            return {row.id: row for row in session.scalars(select(SubmissionRow))}

    def outbox(self) -> list[OutboxRow]:
        """Return what waits."""
        with self.store.read() as session:
            return list(session.scalars(select(OutboxRow).order_by(OutboxRow.submission_id)))

    def unheard(self) -> int:
        """Return how many opinions the office has not said it holds."""
        with self.store.read() as session:
            return len(opinions.unheld(session, date.max))

    def enrolment(self) -> EnrolmentRow:
        """Return the enrolment."""
        with self.store.read() as session:
            return session.get_one(EnrolmentRow, 1)

    def _paper(self) -> bytes:
        size = self.chance.choice((120, 800, 3_000, 9_000, 40_000))
        return self.chance.randbytes(size + self.chance.randrange(50))

    def _freeze(self, application_id: str, contents: dict[str, bytes]) -> Frozen:
        """Write what finalizing writes; after a death the disk says whether it was done."""
        with self.store.write() as session:
            made = self._frozen_in(session, application_id, contents)
            self._unsure = made
        self._remember()
        return made

    def _remember(self) -> None:
        if self._unsure is not None and self._unsure.submission_id in self.submissions():
            self.frozen.append(self._unsure)
        self._unsure = None

    def _frozen_in(
        self, session: Session, application_id: str, contents: dict[str, bytes]
    ) -> Frozen:
        sender = submissions.sender(session)
        assert sender is not None
        now = self.clock.now()
        reserved = submissions.reserve_reference(session, application_id)
        reference = reserved if isinstance(reserved, str) else make_reference(*reserved)
        row = session.get_one(ApplicationRow, application_id)
        documents = tuple(
            self._document(session, application_id, need, content, sender)
            for need, content in sorted(contents.items())
        )
        self._keep_captures(session, application_id, contents)
        manifest = Manifest(
            format=1,
            submission_id=new_id(now, self._dice),
            application_id=application_id,
            revision=row.revision,
            reference=reference,
            device_id=sender.device_id,
            service=SERVICE,
            catalogue_version=row.catalogue_version,
            answers=dict(NAMES),
            overrides=(),
            documents=tuple(
                ManifestDocument(
                    one.need, one.type, one.blob_digest, one.content_digest, one.media_type,
                    one.page_count, one.size_bytes,
                )
                for one in documents
            ),
            consent=Consent("1", "id", now),
            finalized_at=now,
            clock_offset_s=sender.clock_offset_s,
        )  # fmt: skip
        record = encode_manifest(manifest, sender.keys, sender.office_recipient)
        self.store.blobs.put(record.sealed)
        sealed = SealedManifest(manifest.submission_id, record.digest, len(record.sealed))
        submissions.freeze(session, application_id, reference, sealed, documents, now)
        return Frozen(
            manifest.submission_id, application_id, reference, row.revision, record.digest, contents
        )

    def _document(
        self, session: Session, application_id: str, need: str, content: bytes, sender: Sender
    ) -> SealedDocument:
        """Return a document as finalizing does: an earlier revision's if it can still be had."""
        for earlier in submissions.earlier_documents(session, application_id):
            if earlier.content_digest == digest_of(content) and self._is_whole(earlier):
                return earlier
        sealed = seal(content, sender.office_recipient)
        return SealedDocument(
            need, need, self.store.blobs.put(sealed), digest_of(content), "image/jpeg",
            1, len(content), len(sealed),
        )  # fmt: skip

    def _is_whole(self, document: SealedDocument) -> bool:
        if document.is_at_office:
            return True
        try:
            self.store.blobs.read(document.blob_digest)
        except LocalFault:
            return False
        return True

    def _keep_captures(
        self, session: Session, application_id: str, contents: Mapping[str, bytes]
    ) -> None:
        """Keep the picture each document was made of."""
        session.query(PageRow).filter(PageRow.application_id == application_id).delete()
        for need, content in sorted(contents.items()):
            capture = b"capture of " + content
            digest = self.store.blobs.put(self.store.seal_here(capture))
            session.add(
                PageRow(
                    id=new_id(self.clock.now(), self._dice), application_id=application_id,
                    need=need, type=need, position=0, media_type="image/jpeg",
                    blob_digest=digest, size_bytes=len(capture), original_digest=digest,
                    original_media_type="image/jpeg", verdict='{"findings":[]}',
                    added_at=self.clock.now(),
                )
            )  # fmt: skip
