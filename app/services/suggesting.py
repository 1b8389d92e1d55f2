"""What an application's papers say: answers suggested for empty questions, answers that differ.

Never writes an answer: a person takes a suggestion over, or types something else.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.answers import Problem
from app.domain.checking import needed_documents
from app.domain.papers import differing, suggesting
from app.domain.papers.suggesting import ReadPaper, Suggestion
from app.errors import UserError
from app.services.drafts import service_of
from app.services.kiosk import Kiosk
from app.storage import drafts as stored_drafts
from app.storage import pages as stored_pages
from app.storage.drafts import StoredDraft
from app.storage.pages import StoredPage


def suggestions(kiosk: Kiosk, application_id: str) -> tuple[Suggestion, ...]:
    """Return what the papers read so far answer of the questions still empty, in the form's order.

    Raises:
        UserError: ``application_unknown``.
    """
    with kiosk.store.read() as session:
        draft = stored_drafts.load(session, application_id)
        pages = stored_pages.pages_of(session, application_id)
    if draft is None:
        raise UserError("application_unknown")
    papers = _papers(kiosk, draft, pages)
    if not papers:
        return ()
    return suggesting.suggestions(
        kiosk.catalogues.of(draft.catalogue_version),
        service_of(kiosk, draft.catalogue_version, draft.service_id),
        draft.answers,
        papers,
        kiosk.today(),
        kiosk.regions(),
    )


def differences(
    kiosk: Kiosk, draft: StoredDraft, pages: Iterable[StoredPage]
) -> tuple[Problem, ...]:
    """Return a warning for each answer that is not what one of these pages says."""
    papers = _papers(kiosk, draft, pages)
    if not papers:
        return ()
    return differing.differences(
        kiosk.catalogues.of(draft.catalogue_version),
        service_of(kiosk, draft.catalogue_version, draft.service_id),
        draft.answers,
        papers,
        kiosk.today(),
        kiosk.regions(),
    )


def _papers(kiosk: Kiosk, draft: StoredDraft, pages: Iterable[StoredPage]) -> tuple[ReadPaper, ...]:
    """Return the pages that were read, of papers that are asked for."""
    service = service_of(kiosk, draft.catalogue_version, draft.service_id)
    needs = {need.id for need in needed_documents(service, draft.answers, kiosk.today())}
    return tuple(
        ReadPaper(page.type, page.id, page.reading)
        for page in pages
        if page.need in needs and page.reading and page.reading.fields
    )
