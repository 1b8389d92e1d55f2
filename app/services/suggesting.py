"""What an application's papers say: answers suggested for empty questions, answers that differ.

Never writes an answer: a person takes a suggestion over, or types something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeAlias, TypeVar

from app.domain.answers import Answers, Problem
from app.domain.catalogue import Catalogue, Service
from app.domain.checking import needed_documents
from app.domain.papers import differing, suggesting
from app.domain.papers.suggesting import ReadPaper, Suggestion
from app.domain.regions import Regions
from app.errors import UserError
from app.services.drafts import service_of
from app.services.kiosk import Kiosk
from app.storage import drafts as stored_drafts
from app.storage import pages as stored_pages
from app.storage.drafts import StoredDraft
from app.storage.pages import StoredPage

_Found = TypeVar("_Found", Suggestion, Problem)
_Looks: TypeAlias = Callable[
    [Catalogue, Service, Answers, Sequence[ReadPaper], date, Regions], tuple[_Found, ...]
]


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
    return _of_papers(suggesting.suggestions, kiosk, draft, pages)


def differences(
    kiosk: Kiosk, draft: StoredDraft, pages: Iterable[StoredPage]
) -> tuple[Problem, ...]:
    """Return a warning for each answer that is not what one of these pages says."""
    return _of_papers(differing.differences, kiosk, draft, pages)


def _of_papers(
    look: _Looks[_Found], kiosk: Kiosk, draft: StoredDraft, pages: Iterable[StoredPage]
) -> tuple[_Found, ...]:
    """Look at the pages that were read, of papers that are asked for."""
    service = service_of(kiosk, draft.catalogue_version, draft.service_id)
    today = kiosk.today()
    needs = {need.id for need in needed_documents(service, draft.answers, today)}
    papers = tuple(
        ReadPaper(page.type, page.id, page.reading)
        for page in pages
        if page.need in needs and page.reading and page.reading.fields
    )
    if not papers:
        return ()
    catalogue = kiosk.catalogues.of(draft.catalogue_version)
    return look(catalogue, service, draft.answers, papers, today, kiosk.regions())
