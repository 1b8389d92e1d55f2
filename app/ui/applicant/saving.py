"""Writes answers behind the screens, each when its question is left, and checks them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.domain.answers import Problem
from app.domain.checking import check_field
from app.domain.papers.suggesting import Suggestion
from app.services.drafts import Draft, load_draft, save_answer
from app.services.finalizing import check_draft
from app.services.suggesting import suggestions

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk


class Saved(NamedTuple):
    """One answer as stored, and what is wrong with it beside the other answers."""

    value: str
    problems: tuple[Problem, ...]


class Papers(NamedTuple):
    """What the papers that are there suggest for questions that nobody answered."""

    draft: Draft
    suggestions: tuple[Suggestion, ...]


def save(kiosk: Kiosk, draft: Draft, field_id: str, value: str, answers: dict[str, str]) -> Saved:
    """Store one answer; runs in the store thread.

    Args:
        kiosk: the parts.
        draft: of which application.
        field_id: of which question.
        value: as typed.
        answers: the other answers as the screen knows them.
    """
    saved = save_answer(kiosk, draft.application_id, field_id, value)
    if not saved.value:
        return Saved("", ())
    known = {**answers, field_id: saved.value}
    found = check_field(draft.service, field_id, known, kiosk.today(), kiosk.regions())
    return Saved(saved.value, found)


def check_page(
    kiosk: Kiosk, application_id: str, field_ids: frozenset[str]
) -> tuple[Draft, tuple[Problem, ...]]:
    """Return the draft as stored and what is wrong on one page of it; in the store thread."""
    draft = load_draft(kiosk, application_id)
    found = check_draft(kiosk, application_id)
    return draft, tuple(problem for problem in found if problem.where in field_ids)


def read_papers(kiosk: Kiosk, application_id: str) -> Papers:
    """Return the draft as stored and what its papers suggest; in the store thread."""
    return Papers(load_draft(kiosk, application_id), suggestions(kiosk, application_id))
