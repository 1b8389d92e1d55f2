"""What the applicant takes home: the slip after sending, what is missing before.

Never puts a name, a number or an answer on paper.
"""

from __future__ import annotations

from datetime import date

from app.domain.catalogue import Catalogue, DocumentNeed
from app.domain.checking import check_application, needed_documents
from app.domain.fees import fees_due
from app.domain.words import Words
from app.errors import UserError
from app.printing.slip import Paper, SlipContent, slip_pdf
from app.services.drafts import Draft, load_draft
from app.services.kiosk import Kiosk
from app.storage import submissions as stored


def slip(kiosk: Kiosk, application_id: str, paper: Paper, words: Words) -> bytes:
    """Draw the slip of a finalized application.

    Raises:
        UserError: ``application_unknown``; ``not_finalized`` while it is a draft never sent.
    """
    draft = load_draft(kiosk, application_id)
    with kiosk.store.read() as session:
        submitted = stored.submission_of(session, application_id)
    if submitted is None:
        raise UserError("not_finalized")
    _, reference, digest = submitted
    catalogue = kiosk.catalogues.of(draft.catalogue_version)
    content = SlipContent(
        kind="receipt",
        reference=reference,
        service=words.label(draft.service.label),
        office=_office(catalogue, draft, words),
        created_at=kiosk.clock.now(),
        steps=tuple(words.label(step) for step in draft.service.steps),
        bring=tuple(_labels(catalogue, need, words) for need in _needs(draft, kiosk.today())),
        deadlines=_deadlines(catalogue, draft, words),
        fees=_fees(catalogue, draft, kiosk.today(), words),
        digest=digest,
    )
    return slip_pdf(content, paper, words)


def checklist_slip(kiosk: Kiosk, application_id: str, paper: Paper, words: Words) -> bytes:
    """Draw the list of what is still missing ("Belum lengkap"), with the resume code.

    Raises:
        UserError: ``application_unknown``.
    """
    draft = load_draft(kiosk, application_id)
    catalogue = kiosk.catalogues.of(draft.catalogue_version)
    content = SlipContent(
        kind="checklist",
        reference=draft.reference or "",
        service=words.label(draft.service.label),
        office=_office(catalogue, draft, words),
        created_at=kiosk.clock.now(),
        missing=_missing(kiosk, catalogue, draft, words),
        fees=_fees(catalogue, draft, kiosk.today(), words),
        resume_code=draft.resume_code,
    )
    return slip_pdf(content, paper, words)


def _missing(kiosk: Kiosk, catalogue: Catalogue, draft: Draft, words: Words) -> tuple[str, ...]:
    """Return the labels of unanswered or wrong questions and of papers that are not there."""
    today = kiosk.today()
    kinds = {page.need: page.type for page in draft.pages}
    found = check_application(draft.service, draft.answers, kinds, today, kiosk.regions())
    wrong = {problem.where for problem in found if problem.severity == "error"}
    fields = [words.label(f.label) for f in draft.service.fields() if f.id in wrong]
    papers = [
        _labels(catalogue, need, words)
        for need in _needs(draft, today)
        if f"document:{need.id}" in wrong
    ]
    return (*papers, *fields)


def _needs(draft: Draft, today: date) -> tuple[DocumentNeed, ...]:
    return needed_documents(draft.service, draft.answers, today)


def _labels(catalogue: Catalogue, need: DocumentNeed, words: Words) -> str:
    return " / ".join(words.label(catalogue.document_type(kind).label) for kind in need.one_of)


def _office(catalogue: Catalogue, draft: Draft, words: Words) -> str:
    try:
        return words.label(catalogue.office(draft.answers.get("office", "")).label)
    except KeyError:
        return ""


def _deadlines(catalogue: Catalogue, draft: Draft, words: Words) -> tuple[str, ...]:
    return tuple(words.label(catalogue.clock(clock).label) for clock in draft.service.clocks)


def _fees(
    catalogue: Catalogue, draft: Draft, today: date, words: Words
) -> tuple[tuple[str, int], ...]:
    office = draft.answers.get("office", "")
    due = fees_due(catalogue, draft.service, office, draft.answers, today)
    return tuple((words.label(fee.label), fee.rupiah) for fee in due)
