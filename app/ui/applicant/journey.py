"""What one applicant's way through one application remembers between screens; forgotten at its end.

Pages are named as they are remembered in the store: ``group:<id>``, ``document:<id>``, and the
few names below. It never writes the store by itself: ``saving`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from app.domain.catalogue import Catalogue, DocumentNeed, FieldGroup
from app.domain.checking import needed_documents, visible_groups
from app.domain.events import ReturnedItem

if TYPE_CHECKING:
    from app.services.drafts import Draft, PageView
    from app.services.kiosk import Kiosk
    from app.ui.applicant.sources import Sources
    from app.ui.applicant.taking import Arrived, Instead

CORRECTION = "correction"
CHECK = "check"
CONSENT = "consent"


@dataclass
class Journey:
    """One application being filled.

    Attributes:
        answers: the newest known, also those still on their way to the store.
        is_from_check: the person came from the check page to change one thing, and returns there.
        returns_to: the person left this page to take a paper that fills it, and returns there.
        arrived: pictures that were taken on another page, for the paper's page to look at.
        instead: the way a person chose on another page, for the paper's page to go.
        has_asked_devices: the scanners were looked for since this person came.
        sources: where pages could come from when that was last seen.
    """

    catalogue: Catalogue
    draft: Draft
    today: date
    answers: dict[str, str] = field(default_factory=dict)
    is_from_check: bool = False
    returns_to: str = ""
    arrived: Arrived | None = None
    instead: Instead | None = None
    has_asked_devices: bool = False
    sources: Sources | None = None

    def __post_init__(self) -> None:
        self.answers = dict(self.draft.answers)

    @property
    def id(self) -> str:
        """The application's id."""
        return self.draft.application_id

    @property
    def is_correction(self) -> bool:
        """Whether the office sent it back with things to mend."""
        return bool(self.draft.returned)

    def take(self, draft: Draft) -> None:
        """Go on with the application as the store has it now."""
        self.draft = draft
        self.answers = dict(draft.answers)

    def groups(self) -> tuple[FieldGroup, ...]:
        """Return the groups of questions that apply."""
        return visible_groups(self.draft.service, self.answers, self.today)

    def group(self, group_id: str) -> FieldGroup | None:
        """Return one group, if it applies."""
        return next((group for group in self.groups() if group.id == group_id), None)

    def needs(self) -> tuple[DocumentNeed, ...]:
        """Return the papers that are asked for."""
        return needed_documents(self.draft.service, self.answers, self.today)

    def need(self, need_id: str) -> DocumentNeed | None:
        """Return one paper, if it is asked for."""
        return next((need for need in self.needs() if need.id == need_id), None)

    def pages_of(self, need_id: str) -> list[PageView]:
        """Return the pages there are of one paper, in order."""
        found = [page for page in self.draft.pages if page.need == need_id]
        return sorted(found, key=lambda page: page.position)

    def returned(self, kind: str, item_id: str) -> ReturnedItem | None:
        """Return what the office said of a field or document, if it named it."""
        found = (item for item in self.draft.returned if item.kind == kind and item.id == item_id)
        return next(found, None)

    # --- pages ------------------------------------------------------------------------------------

    def pages(self) -> tuple[str, ...]:
        """Return the pages of this journey, in order; in a correction only what was named."""
        groups: Sequence[FieldGroup] = self.groups()
        needs: Sequence[DocumentNeed] = self.needs()
        start: tuple[str, ...] = ()
        if self.is_correction:
            start = (CORRECTION,)
            groups = [
                group
                for group in groups
                if any(self.returned("field", one.id) for one in group.fields)
            ]
            needs = [need for need in needs if self.returned("document", need.id)]
        return (
            *start,
            *(f"group:{group.id}" for group in groups),
            *(f"document:{need.id}" for need in needs),
            CHECK,
            CONSENT,
        )

    def page_of(self, where: str) -> str:
        """Return the page on which a problem is mended."""
        if where.startswith("document:"):
            return where
        for group in self.groups():
            if any(one.id == where for one in group.fields):
                return f"group:{group.id}"
        return CHECK

    def usable(self, page: str) -> str:
        """Return the page, or the first one when it no longer applies."""
        kind, _, name = page.partition(":")
        if kind == "group" and self.group(name):
            return page
        if kind == "document" and self.need(name):
            return page
        pages = self.pages()
        return page if page in pages else pages[0]

    def beside(self, page: str, by: int) -> str | None:
        """Return the page after (1) or before (-1) this one; None at the ends."""
        pages = self.pages()
        if page not in pages:
            return CHECK
        at = pages.index(page) + by
        return pages[at] if 0 <= at < len(pages) else None

    def step(self, page: str) -> tuple[int, int]:
        """Return the place of the page and the number of pages."""
        pages = self.pages()
        return (pages.index(page) + 1 if page in pages else len(pages) - 1), len(pages)


def journey_of(kiosk: Kiosk, draft: Draft) -> Journey:
    """Return a journey through a draft, with the catalogue it was started under."""
    return Journey(kiosk.catalogues.of(draft.catalogue_version), draft, kiosk.today())
