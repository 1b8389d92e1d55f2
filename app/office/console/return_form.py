"""The form by which an application is returned: what can be ticked, was typed, and is missing.

Never returns anything by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from app.domain.checking import needed_documents
from app.domain.events import ReturnedItem
from app.domain.words import WIB
from app.office.console.pages import counted
from app.office.console.reading import Dossier, need_label
from app.office.console.visitors import Form

MOST_REASON_LETTERS = 300
MOST_NOTE_LETTERS = 1_000


class Tick(msgspec.Struct, frozen=True):
    """One field or document that can be named."""

    kind: Literal["field", "document"]
    id: str
    label: str
    #: The answer, or that a document was not brought.
    shown: str
    change: str = ""
    is_ticked: bool = False
    reason: str = ""
    #: What is wrong with the reason.
    says: str = ""


class TickGroup(msgspec.Struct, frozen=True):
    """Fields under the catalogue's heading."""

    title: str
    fields: tuple[Tick, ...]


class ReturnForm(msgspec.Struct, frozen=True):
    """The form, empty or as filled in."""

    documents: tuple[Tick, ...]
    groups: tuple[TickGroup, ...]
    note: str = ""
    #: For the summary: anchor and text.
    problems: tuple[Mapping[str, str], ...] = ()

    def items(self) -> tuple[ReturnedItem, ...]:
        """Return what was ticked, documents first."""
        return tuple(
            ReturnedItem(tick.kind, tick.id, tick.reason) for tick in self.ticks() if tick.is_ticked
        )

    def ticks(self) -> tuple[Tick, ...]:
        """Return everything that can be ticked, in the order of the page."""
        return (*self.documents, *(tick for group in self.groups for tick in group.fields))


def return_form(dossier: Dossier) -> ReturnForm:
    """Return the empty form."""
    service = dossier.reading.service()
    known = {field.id for field in service.fields()} if service else set()
    groups = (
        TickGroup(
            group.title,
            tuple(
                Tick("field", answer.id, answer.label, _shown(dossier, answer.value), answer.change)
                for answer in group.answers
                if answer.id in known
            ),
        )
        for group in dossier.groups
    )
    return ReturnForm(_document_ticks(dossier), tuple(group for group in groups if group.fields))


def read_return_form(dossier: Dossier, form: Form) -> ReturnForm:
    """Return the form as filled in, with what is missing; what cannot be ticked is left out."""
    empty = return_form(dossier)
    filled = ReturnForm(
        tuple(_filled(dossier, tick, form) for tick in empty.documents),
        tuple(
            TickGroup(group.title, tuple(_filled(dossier, tick, form) for tick in group.fields))
            for group in empty.groups
        ),
        form.text("note"),
    )
    words = dossier.reading.words
    problems = [
        {"at": f"{tick.kind}-{tick.id}", "text": tick.says} for tick in filled.ticks() if tick.says
    ]
    if not filled.items():
        problems.append({"at": "", "text": words("console.return.problem.nothing")})
    if len(filled.note) > MOST_NOTE_LETTERS:
        says = words("console.return.problem.note_too_long", most=MOST_NOTE_LETTERS)
        problems.append({"at": "note", "text": says})
    return msgspec.structs.replace(filled, problems=tuple(problems))


def _document_ticks(dossier: Dossier) -> tuple[Tick, ...]:
    reading = dossier.reading
    brought = tuple(
        Tick(
            "document",
            paper.need,
            paper.label,
            counted(reading.words, "console.dossier.pages", paper.page_count),
            paper.change,
        )
        for paper in dossier.papers
    )
    service = reading.service()
    if service is None:
        return brought
    day = reading.manifest.finalized_at.astimezone(WIB).date()
    here = {paper.need for paper in dossier.papers}
    absent = tuple(
        Tick(
            "document",
            need.id,
            need_label(reading, need.id),
            reading.words("console.return.missing_document"),
        )
        for need in needed_documents(service, reading.manifest.answers, day)
        if need.id not in here
    )
    return brought + absent


def _filled(dossier: Dossier, tick: Tick, form: Form) -> Tick:
    is_ticked = tick.id in form.all(tick.kind)
    reason = form.text(f"reason.{tick.kind}.{tick.id}")
    words = dossier.reading.words
    says = ""
    if is_ticked and not reason:
        says = words("console.return.problem.reason_missing", name=tick.label)
    elif is_ticked and len(reason) > MOST_REASON_LETTERS:
        says = words("console.return.problem.too_long", name=tick.label, most=MOST_REASON_LETTERS)
    return msgspec.structs.replace(tick, is_ticked=is_ticked, reason=reason, says=says)


def _shown(dossier: Dossier, value: str) -> str:
    return value or dossier.reading.words("console.dossier.not_answered")
