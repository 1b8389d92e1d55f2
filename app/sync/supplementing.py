"""Makes the answer when the office asks for a page as it was captured; its records are queued here.

Never sends anything: what is queued travels like every other record.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.domain.events import Event, PageAsked
from app.errors import LocalFault, RemoteError
from app.protocol.record import MOST_RECORD_BYTES, Record, RecordKind, new_record
from app.protocol.sealing import digest_of, seal
from app.protocol.supplement import FORMAT, Supplement, encode_supplement
from app.storage import submissions, supplements
from app.storage.session import Session
from app.storage.store import Store
from app.storage.supplements import Asked, Capture, MadeRecord

#: What no road takes once it is sealed, which adds a little.
_MOST_BYTES = MOST_RECORD_BYTES - 64 * 1024


class Answer(msgspec.Struct, frozen=True):
    """What was made of one question; its files are whole on the disk."""

    asked: Asked
    supplement: MadeRecord
    page: MadeRecord | None


def make_answer(store: Store, event: Event) -> Answer | None:
    """Seal what an event asks for, before the transaction that applies the event.

    What is true if it dies: files that no row names, which the sweep removes; the event is not
    applied and comes again. A page that is gone, or larger than any record, is answered too, so
    that no officer waits for it.

    Returns:
        None when the event asks for nothing, or for what this kiosk never sent or has answered.
    """
    if not isinstance(event.body, PageAsked):
        return None
    asked = Asked(event.body.submission_id, event.body.need, event.body.page)
    with store.read() as session:
        application_id = supplements.application_of(session, asked)
        if not application_id or supplements.is_answered(session, asked):
            return None
        sender = submissions.sender(session)
        capture = supplements.capture_of(session, asked)
    if sender is None:
        return None
    said = Supplement(
        FORMAT, sender.device_id, application_id, asked.submission_id, asked.need, asked.page
    )
    page = None
    content = _content(store, capture)
    if capture is not None and content is not None:
        blob = new_record(RecordKind.BLOB, seal(content, sender.office_recipient))
        page = _kept(store, blob, digest_of(content))
        said = msgspec.structs.replace(
            said,
            blob_digest=page.digest,
            content_digest=page.content_digest,
            media_type=capture.media_type,
            size_bytes=len(content),
        )
    supplement = encode_supplement(said, sender.keys, sender.office_recipient)
    return Answer(asked, _kept(store, supplement), page)


def queue_answer(session: Session, answer: Answer | None, now: datetime) -> str:
    """Queue an answer in the transaction that applies its event; return the application's id."""
    if answer is None or supplements.is_answered(session, answer.asked):
        return ""
    return supplements.keep_supplement(session, answer.asked, answer.supplement, answer.page, now)


def _content(store: Store, capture: Capture | None) -> bytes | None:
    if capture is None:
        return None
    try:
        content = store.unseal_here(store.blobs.read(capture.blob_digest))
    except RemoteError:
        return None
    except LocalFault as fault:
        if fault.code not in ("blob_missing", "blob_torn"):
            raise
        return None
    return content if len(content) <= _MOST_BYTES else None


def _kept(store: Store, record: Record, content_digest: str = "") -> MadeRecord:
    store.blobs.put(record.sealed)
    return MadeRecord(record.digest, record.kind, len(record.sealed), content_digest)
