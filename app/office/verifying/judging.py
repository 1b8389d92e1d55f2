"""Gathers an application's findings and keeps what officers say of each.

Never moves an application: a confirmed finding is a note for whoever decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import UserError
from app.office import audit
from app.office.review import told_reason
from app.office.roles import Officer, check_may
from app.office.tables import ApplicationRow, OfficerRow
from app.office.verifying.differing import check_differing
from app.office.verifying.expiring import check_expiring
from app.office.verifying.findings import Case, Finding
from app.office.verifying.form import check_form
from app.office.verifying.quality import check_quality
from app.office.verifying.region import check_region
from app.office.verifying.registered import check_registered
from app.office.verifying.tables import VERDICTS, JudgementRow
from app.office.verifying.twice import check_twice
from app.protocol.sealing import seal, unseal

if TYPE_CHECKING:
    from app.office.context import Office


class Judgement(msgspec.Struct, frozen=True):
    """What an officer said of a finding."""

    verdict: str
    #: Shown name.
    officer: str
    at: datetime
    word: str


class Found(msgspec.Struct, frozen=True):
    """One finding, its name in forms, and what was said of it."""

    name: str
    finding: Finding
    judgement: Judgement | None


def findings_of(office: Office, case: Case) -> tuple[Found, ...]:
    """Return an opened application's findings; those nobody has judged come first."""
    application_id = case.manifest.application_id
    with office.database.read() as session:
        found = {name_of(office, case, finding): finding for finding in _all(session, office, case)}
        judged = _judged(session, office, application_id)
    every = (Found(name, finding, judged.get(name)) for name, finding in found.items())
    return tuple(sorted(every, key=lambda one: one.judgement is not None))


def judge(office: Office, officer: Officer, case: Case, name: str, verdict: str, word: str) -> None:
    """Confirm or dismiss one finding with a word.

    Raises:
        UserError: ``finding_unknown`` when the application has no such finding (any more);
            ``request_malformed`` for another verdict; ``reason_missing``, ``reason_too_long``.
    """
    check_may(office, officer, "review", case.manifest.application_id)
    if verdict not in VERDICTS:
        raise UserError("request_malformed")
    told = told_reason(word)
    application_id = case.manifest.application_id
    with office.database.write() as session:
        if session.get(ApplicationRow, application_id) is None:
            raise UserError("application_unknown")
        named = {name_of(office, case, one): one for one in _all(session, office, case)}
        if name not in named:
            raise UserError("finding_unknown")
        now = office.clock.now()
        row = session.get(JudgementRow, (application_id, name))
        if row is None:
            row = JudgementRow(application_id=application_id, finding=name)
            session.add(row)
        row.verdict, row.officer, row.at = verdict, officer.name, now
        row.sealed_word = seal(told.encode(), office.keys.keys.public().recipient)
        facts = {"check": named[name].check, "verdict": verdict, "finding": name[:16]}
        audit.note(
            session, now, audit.officer(officer.name), "judge_finding", application_id, **facts
        )


def name_of(office: Office, case: Case, finding: Finding) -> str:
    """Return the finding's name: the same evidence has the same one, in every revision."""
    others = [other.id for other in finding.others]
    said = (finding.check, finding.code, finding.where, sorted(finding.params.items()), others)
    text = msgspec.json.encode((case.manifest.application_id, said)).decode()
    return office.keys.digest_for("finding", text)


def _all(session: Session, office: Office, case: Case) -> tuple[Finding, ...]:
    return (
        *check_twice(session, case),
        *check_registered(session, office, case),
        *check_form(case),
        *check_region(case),
        *check_differing(case),
        *check_expiring(case),
        *check_quality(case),
    )


def _judged(session: Session, office: Office, application_id: str) -> Mapping[str, Judgement]:
    rows = session.execute(
        select(JudgementRow, OfficerRow.shown_name)
        .join(OfficerRow, OfficerRow.name == JudgementRow.officer)
        .where(JudgementRow.application_id == application_id)
    )
    identity = office.keys.keys.identity
    return {
        row.finding: Judgement(
            row.verdict, shown_name, row.at, unseal(row.sealed_word, identity).decode()
        )
        for row, shown_name in rows
    }
