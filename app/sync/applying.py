"""Makes the office's events true in the store: verified, in order, whole, each once.

Never believes an event whose signature does not hold, and never counts a receipt that does not name
exactly what was sent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from app.domain.catalogue_reading import decode
from app.domain.clock import Clock
from app.domain.events import (
    CataloguePublished,
    Event,
    EventBody,
    MissingRecords,
    OpinionTaken,
    PageAsked,
    PageTaken,
    Receipt,
    Refused,
    RequestTaken,
    Returned,
    ReturnedItem,
    StateChanged,
    Unread,
)
from app.domain.ids import short_proof
from app.domain.lifecycle import OFFICE_STATES, may_become
from app.domain.news import Announcer, ApplicationChanged, CatalogueTaken, News
from app.errors import AppError, BugError, RemoteError
from app.protocol.event import SignedEvent, open_event, read_signed_event
from app.protocol.record import RecordKind, read_pack
from app.protocol.sealing import digest_of
from app.storage import (
    catalogues,
    contact,
    forgotten,
    received,
    sending,
    supplements,
)
from app.storage.contact import Contact
from app.storage.purging import purge
from app.storage.session import Session
from app.storage.store import Store
from app.sync.living import take_life
from app.sync.reports import Findings, ReceiptTaken
from app.sync.supplementing import Answer, make_answer, queue_answer
from app.sync.taking_back import take_back_life

_log = logging.getLogger(__name__)
#: Events of one transaction: each costs the disk a moment, and a long one keeps others waiting.
_MOST_TOGETHER = 16


class Applying:
    """Applies events of one office to one store.

    Args:
        store: where they become true.
        clock: when.
        announcer: told after each commit.
    """

    def __init__(self, store: Store, clock: Clock, announcer: Announcer) -> None:
        self._store = store
        self._clock = clock
        self._announcer = announcer

    def apply_pack(self, office: Contact, untrusted: bytes, findings: Findings) -> bool:
        """Apply the events of a pack in order; False when they do not follow what was heard.

        One is missing before the rest, or the rest follows another one than ours of that number.

        What is true if it dies: each event is applied or not, the cursor says up to which; the
        rest comes again with the next pull.

        Raises:
            RemoteError: ``pack_torn``, ``record_unreadable``, ``signature_wrong``,
                ``event_malformed``; nothing after the bad event was applied, and the cursor stands
                before it, because what nobody vouches for cannot be skipped either.
        """
        together: list[SignedEvent] = []
        try:
            for signed in _opened(office, untrusted):
                # An answer is made of what the events before left there.
                is_question = isinstance(signed.event.body, PageAsked)
                if is_question or len(together) == _MOST_TOGETHER:
                    if not self._apply(together, findings):
                        return False
                    together = []
                together.append(signed)
        except RemoteError:
            if not self._apply(together, findings):
                return False
            raise
        return self._apply(together, findings)

    def go_back(self, office: Contact, number: int) -> None:
        """The office knows none of our events above a number: an older backup came back to it.

        What it received after that it holds no more, so those submissions wait again; their
        receipts stay as proof. What it said of an application since is no longer so: what it said
        last before counts, for its slots, bills, answers and messages as well. Then the events that
        it says now follow.

        What is true if it dies: all of it happened or nothing. The office finds the same number
        again at the next pull.
        """
        changed: list[str] = []
        now = self._clock.now()
        with self._store.write() as session:
            known = contact.read_contact(session)
            if known is None or number >= known.cursor:
                return
            taken_back: list[Event] = []
            for signed in received.events_after(session, number):
                event = read_signed_event(signed, office.office_signing, office.device_id).event
                if isinstance(event.body, Receipt):
                    received.doubt_receipt(session, event.body.submission_id)
                changed += _queue_again(session, _held_by(event.body), now)
                taken_back.append(event)
            received.forget_after(session, number)
            take_back_life(session, office, taken_back)
            for application_id in sorted({event.application_id for event in taken_back}):
                _see_as_before(session, office, application_id, now)
        _log.warning("office restored: what it said after event %d is taken back", number)
        self._announce(ApplicationChanged(one, "missing") for one in changed)

    def read_again(self, office: Contact, findings: Findings) -> None:
        """Read what an earlier version of this program could not; for once after each start.

        What is true if it dies: each event is either still to be read or wholly applied.
        """
        with self._store.read() as session:
            numbers = received.unread(session)
        for number in numbers:
            self._announce(self._read_again(office, number, findings))

    def _read_again(self, office: Contact, number: int, findings: Findings) -> list[News]:
        signed = self._understood(office, number)
        if signed is None:
            return []
        event = signed.event
        answer = make_answer(self._store, event)
        with self._store.write() as session:
            received.forget_unread(session, number)
            # No news answers a question: a page that was asked for is still waited for.
            is_question = isinstance(event.body, PageAsked)
            if not is_question and received.is_outdated(session, number, event.application_id):
                return []
            return self._take(session, signed, answer, self._clock.now(), findings)

    def _understood(self, office: Contact, number: int) -> SignedEvent | None:
        """Return an event that was kept unread if this program can read it."""
        with self._store.read() as session:
            kept = received.event_kept(session, number)
        if kept is None:
            with self._store.write() as session:
                received.forget_unread(session, number)
            return None
        try:
            signed = read_signed_event(kept, office.office_signing, office.device_id)
        except RemoteError as error:
            _log.error("event %d was kept and cannot be read again: %s", number, error)
            return None
        return None if isinstance(signed.event.body, Unread) else signed

    def _apply(self, together: Sequence[SignedEvent], findings: Findings) -> bool:
        """Apply events; False when one is missing before them or between them."""
        try:
            return self._apply_at_once(together, findings)
        except AppError:
            if len(together) < 2:
                raise
        # What cannot be applied holds up nothing that was said before it.
        return all(self._apply_at_once([signed], findings) for signed in together)

    def _apply_at_once(self, together: Sequence[SignedEvent], findings: Findings) -> bool:
        """Apply events in one transaction, with their effects and the cursor."""
        purged, news = list[str](), list[News]()
        is_all = False
        found = Findings()
        answers = [make_answer(self._store, signed.event) for signed in together]
        with self._store.write() as session:
            known = contact.read_contact(session)
            cursor = known.cursor if known else 0
            held = received.read_ahead(session, {one.event.application_id for one in together})
            for signed, answer in zip(together, answers, strict=True):
                event = signed.event
                if not _follows(session, cursor, signed):
                    break
                if event.number <= cursor:
                    continue
                now = self._clock.now()
                received.keep_event(
                    session, event.number, event.application_id, event.said_at, now, signed.signed
                )
                news += self._take(session, signed, answer, now, found)
                if event.application_id:
                    purged += purge(session, event.application_id)
                cursor = event.number
                found.received_events += 1
            else:
                is_all = True
            if found.received_events:
                contact.set_cursor(session, cursor)
            held.clear()
        findings.note_heard(found)
        for digest in purged:
            self._store.blobs.delete(digest)
        self._announce(news)
        return is_all

    def _take(
        self,
        session: Session,
        signed: SignedEvent,
        answer: Answer | None,
        now: datetime,
        findings: Findings,
    ) -> list[News]:
        event, body = signed.event, signed.event.body
        if isinstance(body, Unread):
            return _leave_unread(session, event, now)
        if isinstance(body, Receipt):
            return self._take_receipt(session, signed, body, now, findings)
        if isinstance(body, Returned):
            is_ours = received.keep_returned(
                session, event.application_id, body.items, body.note, now, event.said_at
            )
            return _changed(event, "returned") if is_ours else []
        if isinstance(body, StateChanged):
            is_ours = received.keep_state(
                session, event.application_id, body.state, body.reason, now, event.said_at
            )
            return _changed(event, "state") if is_ours else []
        if isinstance(body, MissingRecords):
            return [
                ApplicationChanged(one, "missing")
                for one in _queue_again(session, body.digests, now)
            ]
        if isinstance(body, Refused):
            return _take_refusal(session, body, now)
        if isinstance(body, PageAsked | PageTaken):
            return _take_page(session, body, answer, now)
        if isinstance(body, CataloguePublished):
            return _take_catalogue(session, event, body, now)
        return take_life(session, event, body, now)

    def _take_receipt(
        self,
        session: Session,
        event: SignedEvent,
        receipt: Receipt,
        now: datetime,
        findings: Findings,
    ) -> list[News]:
        signed = event.signed
        submission = received.submitted(session, receipt.submission_id)
        if submission is None:
            return _take_forgotten(session, event, receipt, now)
        if forgotten.is_without_records(session, submission):
            # Said once more of a submission that this store knows by its receipt alone.
            return []
        named = (receipt.manifest_digest, receipt.document_digests)
        if named != (submission.manifest_digest, submission.document_digests):
            # The event is kept and the next ones are heard; the submission waits and goes again.
            received.note_receipt_wrong(session, submission, "receipt_wrong", now)
            findings.error = findings.error or "receipt_wrong"
            _log.error("receipt names other records than %s", submission.reference)
            return [ApplicationChanged(submission.application_id, "receipt_wrong")]
        digest = digest_of(signed)
        proof = short_proof(digest)
        received.keep_receipt(
            session, submission, signed, (digest, proof), receipt.received_at, now
        )
        findings.receipts.append(ReceiptTaken(submission.reference, proof))
        return [ApplicationChanged(submission.application_id, "received")]

    def _announce(self, news: Iterable[News]) -> None:
        for one in news:
            self._announcer.announce(one)


def _opened(office: Contact, untrusted: bytes) -> Iterator[SignedEvent]:
    """Open the events of a pack, one after the other."""
    for record in read_pack(untrusted):
        if record.kind is not RecordKind.EVENT:
            raise RemoteError("office_lied", what="events")
        yield open_event(record.sealed, office.identity, office.office_signing, office.device_id)


def _follows(session: Session, cursor: int, signed: SignedEvent) -> bool:
    """Tell whether an event is the next one, or one that was heard already."""
    number = signed.event.number
    if number > cursor:
        return number == cursor + 1
    # Said otherwise under this number: an office before or after a backup came back. What follows
    # it there does not follow here; the next contact finds out which one holds.
    return received.event_kept(session, number) in (None, signed.signed)


def _take_forgotten(
    session: Session, signed: SignedEvent, receipt: Receipt, now: datetime
) -> list[News]:
    """The office received what this store no longer knows: it came back from an older backup."""
    _log.warning("receipt for a submission that this store does not know")
    application_id = signed.event.application_id
    is_known = forgotten.keep_forgotten(session, application_id, receipt, signed.signed, now)
    return [ApplicationChanged(application_id, "received")] if is_known else []


def _see_as_before(session: Session, office: Contact, application_id: str, now: datetime) -> None:
    """Write the office's state of an application as the events that are left tell it."""
    state = note = ""
    items: tuple[ReturnedItem, ...] = ()
    receipted: set[str] = set()
    for _, signed in received.heard_about(session, application_id):
        body = read_signed_event(signed, office.office_signing, office.device_id).event.body
        if isinstance(body, Returned):
            state, items, note = "returned", body.items, body.note
        elif isinstance(body, StateChanged) and body.state in OFFICE_STATES:
            state, items, note = body.state, (), ""
        elif isinstance(body, Receipt) and body.submission_id not in receipted:
            receipted.add(body.submission_id)
            if may_become(OFFICE_STATES, state or "returned", "received"):
                state, items, note = "received", (), ""
    received.set_view(session, application_id, state, items, note, now)


def _held_by(body: EventBody | Unread) -> tuple[str, ...]:
    """Return the records that an event says the office holds."""
    if isinstance(body, Receipt):
        return (body.manifest_digest, *body.document_digests)
    if isinstance(body, RequestTaken | OpinionTaken):
        return (body.digest,)
    if isinstance(body, PageTaken):
        return tuple(digest for digest in (body.supplement_digest, body.blob_digest) if digest)
    return ()


def _take_page(
    session: Session, body: PageAsked | PageTaken, answer: Answer | None, now: datetime
) -> list[News]:
    if isinstance(body, PageAsked):
        what, changed = "page_asked", queue_answer(session, answer, now)
    else:
        what, changed = "page_taken", supplements.keep_taken(session, body.supplement_digest, now)
    return [ApplicationChanged(changed, what)] if changed else []


def _queue_again(session: Session, digests: tuple[str, ...], now: datetime) -> list[str]:
    """Queue what the office lacks; what is gone here as well needs a person."""
    changed = []
    for submission_id in received.keep_missing(session, digests, now):
        submission = received.submitted(session, submission_id)
        if submission is not None:
            changed.append(submission.application_id)
    return changed


def _take_refusal(session: Session, refused: Refused, now: datetime) -> list[News]:
    submission = received.submitted(session, refused.submission_id)
    if submission is None or not sending.is_waiting(session, submission.id):
        # An old stick may bring again what was mended long ago.
        return []
    code = refused.code if refused.code.isidentifier() else "office_refused"
    application_id = sending.set_aside(session, submission.id, code, now)
    return [ApplicationChanged(application_id, "set_aside")]


def _leave_unread(session: Session, event: Event, now: datetime) -> list[News]:
    """The office is newer than this program: keep what it said for a newer one, and go on."""
    _log.warning("event %d is of a kind that only a newer program knows", event.number)
    received.note_unread(session, event.number, event.application_id, now)
    return _changed(event, "unread") if event.application_id else []


def _take_catalogue(
    session: Session, event: Event, published: CataloguePublished, now: datetime
) -> list[News]:
    content = bytes(published.catalogue)
    try:
        is_right = decode(content).version == published.version
    except BugError as fault:
        _log.error("catalogue %s cannot be read: %s", published.version, fault)
        return _leave_unread(session, event, now)
    if not is_right:
        _log.error("catalogue %s says another version of itself", published.version)
        return []
    catalogues.keep(session, published.version, content, now)
    return [CatalogueTaken(published.version)]


def _changed(event: Event, what: str) -> list[News]:
    return [ApplicationChanged(event.application_id, what)]
