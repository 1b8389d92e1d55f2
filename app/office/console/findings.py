"""Findings as an officer reads them, and the form by which each is confirmed or dismissed.

Never finds or decides anything itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.domain.words import WIB, Words
from app.errors import UserError
from app.office.console.dossier import Reading, document_label, field_named, shown_value
from app.office.console.pages import office_of, pages_of
from app.office.console.reading import Dossier, need_label, read_dossier
from app.office.console.return_form import MOST_REASON_LETTERS
from app.office.console.visitors import PostedForm, Reviewer, check_form
from app.office.verifying.findings import Case, Finding, Other
from app.office.verifying.judging import Judgement, findings_of, judge

if TYPE_CHECKING:
    from app.office.context import Office

router = APIRouter(prefix="/console/applications/{application_id}")
_LETTERS_SHOWN = 300


class ShownFinding(msgspec.Struct, frozen=True):
    """One finding in words."""

    name: str
    check: str
    #: What it is about: a question or a document.
    about: str
    says: str
    #: What stands in the form there; empty when nothing does.
    answer: str
    others: tuple[Other, ...]
    #: What it leads to on the page; empty for answers.
    anchor: str
    judgement: Judgement | None


@router.post("/findings/{name}")
def judge_finding(
    request: Request, asking: Reviewer, form: PostedForm, application_id: str, name: str
) -> Response:
    """Keep what the officer says of one finding."""
    check_form(asking, form)
    word = form.text("word")
    if len(word) > MOST_REASON_LETTERS:
        raise UserError("reason_too_long", most=MOST_REASON_LETTERS)
    office, words = office_of(request), pages_of(request).words(request)
    dossier = read_dossier(office, asking.officer, words, application_id)
    judge(office, asking.officer, case_of(office, dossier), name, form.text("verdict"), word)
    return RedirectResponse(f"/console/applications/{application_id}?done=finding#findings", 303)


def shown_findings(office: Office, dossier: Dossier) -> tuple[ShownFinding, ...]:
    """Return an opened application's findings in words; none for an older revision."""
    if not dossier.is_latest:
        return ()
    reading = dossier.reading
    return tuple(
        ShownFinding(
            one.name,
            one.finding.check,
            _about(reading, one.finding),
            _says(reading, one.finding),
            _answer(reading, one.finding),
            one.finding.others,
            _anchor(one.finding),
            one.judgement,
        )
        for one in findings_of(office, case_of(office, dossier))
    )


def case_of(office: Office, dossier: Dossier) -> Case:
    """Return what the checks look at, on this day."""
    reading = dossier.reading
    today = office.clock.now().astimezone(WIB).date()
    return Case(reading.manifest, reading.catalogue, reading.service(), reading.regions, today)


def _about(reading: Reading, finding: Finding) -> str:
    kind, _, rest = finding.where.partition(":")
    if kind == "page":
        need, _, number = rest.partition(":")
        return reading.words(
            "review.findings.page", document=need_label(reading, need), number=number
        )
    if kind == "document" and rest:
        return need_label(reading, rest)
    if finding.where == "passport":
        return reading.words("review.findings.passport")
    field = field_named(reading.service(), finding.where)
    return reading.words.label(field.label) if field else finding.where


def _says(reading: Reading, finding: Finding) -> str:
    words = reading.words
    values = {name: value[:_LETTERS_SHOWN] for name, value in finding.params.items()}
    if "paper" in values:
        values["paper"] = document_label(reading.catalogue, values["paper"], words)
    for key in (
        f"review.finding.{finding.code}",
        f"judgement.{finding.code}.title",
        f"problems.{finding.code}",
    ):
        if (said := _worded(words, key, values)) is not None:
            return said
    return finding.code


def _worded(words: Words, key: str, values: dict[str, str]) -> str | None:
    try:
        return words(key, **values) if words.has(key) else None
    except KeyError:
        # A kiosk named less than the words want.
        return None


def _answer(reading: Reading, finding: Finding) -> str:
    value = finding.params.get("answer", "")[:_LETTERS_SHOWN]
    field = field_named(reading.service(), finding.where)
    return shown_value(field, value, reading.regions, reading.words)


def _anchor(finding: Finding) -> str:
    kind, _, rest = finding.where.partition(":")
    if kind == "page":
        return f"paper-{rest.replace(':', '-')}"
    return f"paper-{rest}" if kind == "document" else ""
