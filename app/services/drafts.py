"""Filling an application: start, find again, answer field by field, delete.

Every call is one durable transaction; never waits for the network.
"""

from __future__ import annotations

import re

import msgspec

from app.domain.answers import Override, Problem
from app.domain.catalogue import Field, Service
from app.domain.checking import check_field, normalize_answer, writing_only
from app.domain.events import ReturnedItem
from app.domain.ids import new_id, new_resume_code, parse_code
from app.domain.judgement import Outline, Verdict
from app.domain.lifecycle import DRAFT
from app.domain.news import ApplicationChanged
from app.errors import BugError, UserError
from app.security.passwords import digest_secret, is_right, waste_time
from app.services.kiosk import Kiosk
from app.services.locking import MOST_FAILURES, count_try
from app.storage import catalogues as stored_catalogues
from app.storage import drafts as stored
from app.storage import pages as stored_pages
from app.storage.timeline import add_entry

_PIN = re.compile(r"[0-9]{6}", re.ASCII)
#: A page that is not good may be kept from the second picture of it on.
TRIES_TO_KEEP = 2
#: The first that anybody would try.
_STAIRS = ("0123456789", "9876543210")


class PageView(msgspec.Struct, frozen=True):
    """One page of a document, as a screen lists it."""

    id: str
    need: str
    type: str
    position: int
    turns: int
    media_type: str
    #: Of the picture that is kept here.
    size_bytes: int
    #: The office holds it and the local picture is gone: it can be replaced or deleted, not shown.
    is_at_office: bool = False
    #: What is wrong with it; places are on the page as it is shown.
    verdict: Verdict = Verdict()
    #: Where the page lies on its capture (see ``documents.original_picture``).
    outline: Outline | None = None
    #: How sure it is of the outline, 0..1; below 0.45 a person should look at the corners.
    confidence: float = 1.0
    #: Pictures taken for this page.
    tries: int = 1
    #: Why it is used although it is not good.
    kept_reason: str = ""
    #: It is not good, and was tried often enough to be kept with a reason.
    may_keep: bool = False
    #: Its travelling form is made and it was read.
    is_developed: bool = False
    #: How much travels; 0 until it is made.
    encoded_bytes: int = 0
    #: flatbed, feeder, network, camera, folder or file.
    source: str = "file"


class Draft(msgspec.Struct, frozen=True):
    """An application as its screens see it, in whatever state."""

    application_id: str
    resume_code: str
    service: Service
    catalogue_version: str
    answers: dict[str, str]
    overrides: tuple[Override, ...]
    pages: tuple[PageView, ...]
    page: str
    revision: int
    #: What the office wants mended; empty but in a correction.
    returned: tuple[ReturnedItem, ...]
    note: str
    state: str
    reference: str | None
    is_training: bool = False
    #: Empty before the office received it.
    office_state: str = ""


class AnswerSaved(msgspec.Struct, frozen=True):
    """One answer as it now stands in the store, and what is wrong with it."""

    value: str
    problems: tuple[Problem, ...]


def start_draft(
    kiosk: Kiosk, service_id: str, pin: str, operator: str = "", *, is_training: bool = False
) -> Draft:
    """Begin an application under the newest catalogue.

    Args:
        kiosk: the parts.
        service_id: from the catalogue.
        pin: six digits that, with the resume code, open it again.
        operator: name of the account when one helps.
        is_training: never sent to the office.

    Raises:
        UserError: ``pin_malformed``; ``pin_too_easy`` for one digit repeated or counted up or down.
    """
    if not _PIN.fullmatch(pin):
        raise UserError("pin_malformed")
    if len(set(pin)) == 1 or any(pin in stair for stair in _STAIRS):
        raise UserError("pin_too_easy")
    return begin(kiosk, service_id, digest_secret(pin), operator, is_training=is_training)


def begin(
    kiosk: Kiosk,
    service_id: str,
    pin_digest: str,
    operator: str = "",
    *,
    is_training: bool = False,
    client_id: str | None = None,
) -> Draft:
    """Write a new draft; with an empty ``pin_digest`` nobody opens it by resume code."""
    catalogue = kiosk.catalogues.current()
    service_of(kiosk, catalogue.version, service_id)
    encoded = kiosk.catalogues.encoded(catalogue.version)
    now = kiosk.clock.now()
    application_id = new_id(now, kiosk.dice)
    with kiosk.store.write() as session:
        stored_catalogues.keep(session, catalogue.version, encoded, now)
        resume_code = new_resume_code(kiosk.dice)
        while stored.is_resume_code_taken(session, resume_code):
            resume_code = new_resume_code(kiosk.dice)
        stored.add_draft(
            session,
            stored.NewDraft(
                application_id=application_id,
                service_id=service_id,
                catalogue_version=catalogue.version,
                resume_code=resume_code,
                pin_digest=pin_digest,
                operator=operator,
                is_training=is_training,
                client_id=client_id,
            ),
            now,
        )
        add_entry(session, application_id, now, "started")
    kiosk.announcer.announce(ApplicationChanged(application_id, "started"))
    return load_draft(kiosk, application_id)


def open_draft(kiosk: Kiosk, resume_code: str, pin: str) -> Draft:
    """Find an application again by the code on its slip and its PIN.

    Raises:
        UserError: as ``prove_pin``.
    """
    application_id = prove_pin(kiosk, resume_code, pin)
    with kiosk.store.write() as session:
        add_entry(session, application_id, kiosk.clock.now(), "resumed")
    return load_draft(kiosk, application_id)


def prove_pin(kiosk: Kiosk, resume_code: str, pin: str) -> str:
    """Return the application that this code and this PIN open.

    What is true if it dies: the try is counted before the PIN is looked at, so no try is ever free;
    a right PIN wipes the count afterwards, or the next one does.

    Raises:
        UserError: ``resume_code_unknown`` for a wrong code and a wrong PIN alike, the latter with
            the tries ``left``; ``pin_locked`` with ``minutes`` after five wrong ones.
    """
    lock = _count_try(kiosk, parse_code(resume_code))
    if lock is None:
        waste_time(pin)
        raise UserError("resume_code_unknown")
    if not is_right(pin, lock.pin_digest):
        raise UserError("resume_code_unknown", left=MOST_FAILURES - lock.failures)
    with kiosk.store.write() as session:
        stored.set_pin_lock(session, lock.application_id, 0, None)
    return lock.application_id


def _count_try(kiosk: Kiosk, resume_code: str) -> stored.PinLock | None:
    now = kiosk.clock.now()
    with kiosk.store.write() as session:
        lock = stored.pin_lock(session, resume_code)
        if lock is None:
            return None
        failures, until = count_try(lock.failures, lock.locked_until, now, "pin_locked")
        stored.set_pin_lock(session, lock.application_id, failures, until)
    return msgspec.structs.replace(lock, failures=failures)


def load_draft(kiosk: Kiosk, application_id: str) -> Draft:
    """Return an application as it stands.

    Raises:
        UserError: ``application_unknown`` when it was deleted meanwhile.
    """
    with kiosk.store.read() as session:
        found = stored.load(session, application_id)
        pages = stored_pages.pages_of(session, application_id)
    if found is None:
        raise UserError("application_unknown")
    return Draft(
        application_id=application_id,
        resume_code=found.resume_code,
        service=service_of(kiosk, found.catalogue_version, found.service_id),
        catalogue_version=found.catalogue_version,
        answers=found.answers,
        overrides=found.overrides,
        pages=tuple(page_view(page) for page in pages),
        page=found.page,
        revision=found.revision,
        returned=found.returned,
        note=found.note,
        state=found.state,
        reference=found.reference,
        office_state=found.office_state,
        is_training=found.is_training,
    )


def save_answer(kiosk: Kiosk, application_id: str, field_id: str, value: str) -> AnswerSaved:
    """Store one answer as typed, put into its usual form; an empty one clears it.

    A wrong answer is stored too: what a person typed is never lost, and the problems say what to
    mend.

    Raises:
        UserError: ``not_a_draft`` once the application is finalized, ``application_unknown``.
    """
    now = kiosk.clock.now()
    with kiosk.store.write() as session:
        head = refuse_unless_draft(stored.head(session, application_id))
        service = service_of(kiosk, head.catalogue_version, head.service_id)
        kept = normalize_answer(_field(service, field_id), value)
        stored.save_answer(session, application_id, field_id, kept, now)
        answers = stored.answers(session, application_id)
    if not kept:
        return AnswerSaved(kept, ())
    problems = check_field(service, field_id, answers, kiosk.today(), kiosk.regions())
    return AnswerSaved(kept, problems)


def keep_warning(kiosk: Kiosk, application_id: str, where: str, code: str, reason: str) -> None:
    """Keep a warning with a reason; a new answer to the same field asks again.

    Raises:
        UserError: ``reason_missing``, ``not_a_draft``, ``application_unknown``.
    """
    why = writing_only(reason)
    if not why:
        raise UserError("reason_missing")
    with kiosk.store.write() as session:
        refuse_unless_draft(stored.head(session, application_id))
        override = Override(where, code, why)
        stored.keep_override(session, application_id, override, kiosk.clock.now())


def remember_page(kiosk: Kiosk, application_id: str, page: str) -> None:
    """Note the page the applicant is on, so that the draft reopens there."""
    with kiosk.store.write() as session:
        stored.remember_page(session, application_id, page)


def delete_draft(kiosk: Kiosk, application_id: str) -> None:
    """Delete a draft that was never finalized.

    What is true if it dies: the rows go first, in one transaction; files left behind are sealed,
    named by nothing, and swept at the next start.

    Raises:
        UserError: ``not_a_draft``, ``application_unknown``; ``already_sent`` for a correction.
    """
    with kiosk.store.write() as session:
        head = refuse_unless_draft(stored.head(session, application_id))
        if head.revision > 1:
            raise UserError("already_sent")
        pages = stored_pages.pages_of(session, application_id)
        stored.delete_draft(session, application_id)
    for digest in {digest for page in pages for digest in page.digests()}:
        kiosk.store.blobs.delete(digest)
    kiosk.announcer.announce(ApplicationChanged(application_id, "deleted"))


def page_view(page: stored_pages.StoredPage) -> PageView:
    """Return a stored page as a screen lists it."""
    return PageView(
        id=page.id,
        need=page.need,
        type=page.type,
        position=page.position,
        turns=page.turns,
        media_type=page.media_type,
        size_bytes=page.size_bytes,
        is_at_office=page.is_purged,
        verdict=page.verdict,
        outline=page.outline,
        confidence=page.confidence,
        tries=page.tries,
        kept_reason=page.kept_reason,
        may_keep=not page.verdict.is_good and not page.kept_reason and page.tries >= TRIES_TO_KEEP,
        is_developed=page.is_developed,
        encoded_bytes=page.encoded_bytes,
        source=page.source,
    )


def refuse_unless_draft(head: stored.DraftHead | None) -> stored.DraftHead:
    """Return the head of an application that may be changed.

    Raises:
        UserError: ``application_unknown``, ``not_a_draft``.
    """
    if head is None:
        raise UserError("application_unknown")
    if head.state != DRAFT:
        raise UserError("not_a_draft")
    return head


def service_of(kiosk: Kiosk, version: str, service_id: str) -> Service:
    """Return the service an application was started under."""
    try:
        return kiosk.catalogues.of(version).service(service_id)
    except KeyError:
        raise BugError("service_unknown", service=service_id) from None


def _field(service: Service, field_id: str) -> Field:
    for field in service.fields():
        if field.id == field_id:
            return field
    raise BugError("field_unknown", field=field_id)
