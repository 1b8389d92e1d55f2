"""Checks an application and freezes it: sealed, signed, queued; needs no network.

Never changes what was frozen; an edit afterwards is the next revision.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import msgspec

from app.domain.answers import Answers, Override, Problem
from app.domain.catalogue import DocumentNeed, Service
from app.domain.checking import check_application, needed_documents, standing_answers
from app.domain.ids import make_reference, new_id
from app.domain.lifecycle import DRAFT
from app.domain.news import ApplicationChanged
from app.errors import BugError, LocalFault, UserError
from app.protocol.manifest import (
    FORMAT,
    Consent,
    Manifest,
    ManifestDocument,
    ManifestFinding,
    ManifestPage,
    encode_manifest,
)
from app.protocol.sealing import digest_of, seal
from app.services.developing import develop_page
from app.services.drafts import service_of
from app.services.kiosk import Kiosk
from app.services.picturing import unsealed
from app.services.room import refuse_without_room
from app.services.suggesting import differences
from app.storage import drafts as stored_drafts
from app.storage import pages as stored_pages
from app.storage import submissions as stored
from app.storage.drafts import StoredDraft
from app.storage.pages import StoredPage
from app.storage.session import Session
from app.storage.submissions import SealedDocument, SealedManifest, Sender

#: Which wording of the consent the screens show; raised with every change of its meaning.
CONSENT_VERSION = "2026.1"
#: The warning that a paper says something else than an answer.
DIFFERS = "differs_from_paper"


class Finalized(msgspec.Struct, frozen=True):
    """What was frozen; the last four are empty for training."""

    application_id: str
    submission_id: str
    reference: str
    manifest_digest: str
    queued_bytes: int


class NotComplete(UserError):
    """``not_complete``: problems are open; ``problems`` says which."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("not_complete", count=len(problems), where=problems[0].where)
        self.problems = problems


class _Checked(msgspec.Struct, frozen=True):
    draft: StoredDraft
    service: Service
    #: Answers to questions that apply; nothing else travels.
    answers: Answers
    needs: tuple[DocumentNeed, ...]
    pages: dict[str, list[StoredPage]]
    problems: tuple[Problem, ...]
    #: Of earlier revisions, those of the newest first.
    earlier: tuple[SealedDocument, ...]


def check_draft(kiosk: Kiosk, application_id: str) -> tuple[Problem, ...]:
    """Return everything open in the order of the form; warnings kept with a reason are left out."""
    return _open(_check(kiosk, application_id))


def _open(checked: _Checked) -> tuple[Problem, ...]:
    kept = {(override.where, override.code) for override in checked.draft.overrides}
    return tuple(
        problem
        for problem in checked.problems
        if problem.severity == "error" or (problem.where, problem.code) not in kept
    )


def finalize(
    kiosk: Kiosk,
    application_id: str,
    consent_language: str,
    stop: threading.Event | None = None,
) -> Finalized:
    """Freeze a draft as its next submission and queue it for sending.

    Pages that were not developed yet are developed first, which may bring to light that a paper
    says something else than the answers.

    What is true if it dies: a developed page stays developed. While documents are joined and
    sealed, and after each of their files
    and the manifest's is whole on the disk, the draft is untouched and the files are orphans that
    the sweep removes. Then one transaction writes reference, submission, records, outbox, state and
    timeline; before its commit nothing is submitted, after it everything is and the sending engine
    finds it at its next cycle. Doing it again gives other sealed bytes but uses up no second
    reference.

    Raises:
        NotComplete: errors are open, or warnings that nobody kept with a reason.
        UserError: ``not_a_draft``, ``application_unknown``, ``not_enrolled``, ``stopped``,
            ``changed_meanwhile``, ``document_too_large``.
        LocalFault: ``references_used_up``, ``disk_nearly_full``, ``disk_full``, the store's others.
    """
    checked = _complete(kiosk, application_id)
    if checked.draft.is_training:
        return _finish_training(kiosk, checked)
    # Pages that were taken above the floor may become a submission below it, down to its half.
    refuse_without_room(kiosk.store.folder, kiosk.least_free_bytes // 2)
    with kiosk.store.read() as session:
        sender = stored.sender(session)
    if sender is None:
        raise UserError("not_enrolled")
    if to_develop := _undeveloped(checked):
        for page in to_develop:
            develop_page(kiosk, page.id, stop)
        checked = _complete(kiosk, application_id)
    documents = tuple(
        _sealed(kiosk, need.id, checked.pages[need.id], checked.earlier, sender)
        for need in checked.needs
        if checked.pages.get(need.id)
    )
    return _freeze(kiosk, checked, documents, sender, consent_language)


def _complete(kiosk: Kiosk, application_id: str) -> _Checked:
    checked = _check(kiosk, application_id)
    if open_problems := _open(checked):
        raise NotComplete(open_problems)
    return checked


def _undeveloped(checked: _Checked) -> list[StoredPage]:
    return [
        page
        for need in checked.needs
        for page in checked.pages.get(need.id, [])
        if not page.is_developed and not page.is_purged
    ]


def _check(kiosk: Kiosk, application_id: str) -> _Checked:
    with kiosk.store.read() as session:
        draft = stored_drafts.load(session, application_id)
        found = stored_pages.pages_of(session, application_id)
        earlier = stored.earlier_documents(session, application_id)
    if draft is None:
        raise UserError("application_unknown")
    if draft.state != DRAFT:
        raise UserError("not_a_draft")
    service = service_of(kiosk, draft.catalogue_version, draft.service_id)
    today = kiosk.today()
    pages: dict[str, list[StoredPage]] = {}
    for page in found:
        pages.setdefault(page.need, []).append(page)
    kinds = {need: of_need[0].type for need, of_need in pages.items()}
    needs = needed_documents(service, draft.answers, today)
    problems = check_application(service, draft.answers, kinds, today, kiosk.regions())
    lost = (need for need in needs if _is_lost(pages.get(need.id, []), earlier))
    bad = (problem for need in needs for problem in _of_bad_pages(need.id, pages))
    return _Checked(
        draft=draft,
        service=service,
        answers=standing_answers(service, draft.answers, today),
        needs=needs,
        pages=pages,
        problems=_in_form_order(
            service,
            (
                *problems,
                *differences(kiosk, draft, found),
                *(Problem(f"document:{n.id}", "document_missing") for n in lost),
                *bad,
            ),
        ),
        earlier=earlier,
    )


def _in_form_order(service: Service, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    places = {field.id: place for place, field in enumerate(service.fields())}
    return tuple(sorted(problems, key=lambda problem: places.get(problem.where, len(places))))


def _of_bad_pages(need: str, pages: dict[str, list[StoredPage]]) -> Iterator[Problem]:
    """Yield a problem for the first page of a document that is not good and that nobody kept."""
    for number, page in enumerate(pages.get(need, []), start=1):
        if not (page.is_purged or page.kept_reason or page.verdict.is_good):
            yield Problem(f"document:{need}", "page_not_good", params={"page": str(number)})
            return


def _is_lost(pages: list[StoredPage], earlier: tuple[SealedDocument, ...]) -> bool:
    """Tell whether a document's pictures went because the office held it, and it does no more."""
    return any(page.is_purged and not _at_office(page.need, earlier) for page in pages)


def _at_office(need: str, earlier: tuple[SealedDocument, ...]) -> SealedDocument | None:
    """Return the need's newest document if the office holds it; an older one is another paper."""
    newest = next((document for document in earlier if document.need == need), None)
    return newest if newest and newest.is_at_office else None


def _sealed(
    kiosk: Kiosk,
    need: str,
    pages: list[StoredPage],
    earlier: tuple[SealedDocument, ...],
    sender: Sender,
) -> SealedDocument:
    if any(page.is_purged for page in pages):
        # The pictures are gone because the office holds the document; it was not touched since.
        held = _at_office(need, earlier)
        if held is None:
            raise BugError("document_gone", need=need)
        return msgspec.structs.replace(held, type=pages[0].type)
    encoded = tuple((unsealed(kiosk, page.encoded_digest), page.turns) for page in pages)
    made = kiosk.imaging.assemble(encoded)
    content_digest = digest_of(made.content)
    for document in earlier:
        if document.content_digest == content_digest and _is_whole(kiosk, document):
            return msgspec.structs.replace(document, need=need, type=pages[0].type)
    sealed = seal(made.content, sender.office_recipient)
    return SealedDocument(
        need=need,
        type=pages[0].type,
        blob_digest=kiosk.store.blobs.put(sealed),
        content_digest=content_digest,
        media_type=made.media_type,
        page_count=made.page_count,
        size_bytes=len(made.content),
        sealed_bytes=len(sealed),
    )


def _is_whole(kiosk: Kiosk, document: SealedDocument) -> bool:
    """Tell whether a record can still be had: what rotted here must not be named again."""
    if document.is_at_office:
        return True
    try:
        kiosk.store.blobs.read(document.blob_digest)
    except LocalFault:
        return False
    return True


def _freeze(
    kiosk: Kiosk,
    checked: _Checked,
    documents: tuple[SealedDocument, ...],
    sender: Sender,
    consent_language: str,
) -> Finalized:
    application_id = checked.draft.application_id
    now = kiosk.clock.now()
    with kiosk.store.write() as session:
        _refuse_if_changed(session, checked)
        reference = _reference(session, application_id)
        manifest = Manifest(
            format=FORMAT,
            submission_id=new_id(now, kiosk.dice),
            application_id=application_id,
            revision=checked.draft.revision,
            reference=reference,
            device_id=sender.device_id,
            service=checked.service.id,
            catalogue_version=checked.draft.catalogue_version,
            answers=dict(checked.answers),
            overrides=_standing_overrides(checked),
            documents=tuple(_named(document, checked.pages) for document in documents),
            consent=Consent(CONSENT_VERSION, consent_language, now),
            finalized_at=now,
            clock_offset_s=sender.clock_offset_s,
            operator=checked.draft.operator,
            findings=_standing_differences(checked),
        )
        record = encode_manifest(manifest, sender.keys, sender.office_recipient)
        kiosk.store.blobs.put(record.sealed)
        sealed = SealedManifest(manifest.submission_id, record.digest, len(record.sealed))
        queued = stored.freeze(session, application_id, reference, sealed, documents, now)
    kiosk.announcer.announce(ApplicationChanged(application_id, "finalized"))
    return Finalized(application_id, manifest.submission_id, reference, record.digest, queued)


def _refuse_if_changed(session: Session, checked: _Checked) -> None:
    """Make sure that the draft is still the one that was checked and sealed."""
    application_id = checked.draft.application_id
    draft = stored_drafts.load(session, application_id)
    pages = stored_pages.pages_of(session, application_id)
    seen = msgspec.structs.replace(checked.draft, page=draft.page if draft else "")
    if draft != seen or set(pages) != {
        page for of_need in checked.pages.values() for page in of_need
    }:
        raise UserError("changed_meanwhile")


def _reference(session: Session, application_id: str) -> str:
    reserved = stored.reserve_reference(session, application_id)
    return reserved if isinstance(reserved, str) else make_reference(*reserved)


def _standing_overrides(checked: _Checked) -> tuple[Override, ...]:
    open_warnings = {(problem.where, problem.code) for problem in checked.problems}
    return tuple(
        override
        for override in checked.draft.overrides
        if (override.where, override.code) in open_warnings
    )


def _standing_differences(checked: _Checked) -> tuple[ManifestFinding, ...]:
    return tuple(
        ManifestFinding(problem.where, problem.code, problem.params)
        for problem in checked.problems
        if problem.code == DIFFERS
    )


def _named(document: SealedDocument, pages: dict[str, list[StoredPage]]) -> ManifestDocument:
    return ManifestDocument(
        need=document.need,
        type=document.type,
        blob_digest=document.blob_digest,
        content_digest=document.content_digest,
        media_type=document.media_type,
        page_count=document.page_count,
        size_bytes=document.size_bytes,
        pages=tuple(_page_named(page) for page in pages.get(document.need, [])),
    )


def _page_named(page: StoredPage) -> ManifestPage:
    return ManifestPage(
        source=page.source,
        findings=tuple(finding.code for finding in page.verdict.findings),
        kept_reason=page.kept_reason,
        codes=page.reading.codes if page.reading else (),
        form=page.form,
        has_original=bool(page.original_digest) and not page.is_purged,
    )


def _finish_training(kiosk: Kiosk, checked: _Checked) -> Finalized:
    application_id = checked.draft.application_id
    with kiosk.store.write() as session:
        _refuse_if_changed(session, checked)
        stored.close(session, application_id, kiosk.clock.now())
    kiosk.announcer.announce(ApplicationChanged(application_id, "finalized"))
    return Finalized(application_id, "", "", "", 0)
