"""What the civil registry says of the person; its answer is evidence, never a decision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.office.agencies.contract import RegistryAnswer
from app.office.agencies.tables import AgencyOrderRow
from app.office.verifying.findings import Case, Finding
from app.protocol.sealing import unseal

if TYPE_CHECKING:
    from app.office.context import Office


def check_registered(session: Session, office: Office, case: Case) -> Iterator[Finding]:
    """Find what the registry knows otherwise; nothing as long as it has not answered."""
    answers = case.manifest.answers
    told = registry_answer(session, office, case.manifest.application_id, case.manifest.revision)
    if told is None:
        return
    if told.nik == "unknown":
        yield Finding("registry", "registry_nik_unknown", "nik", {"answer": answers.get("nik", "")})
    for field, likeness in sorted(told.fields.items()):
        if likeness == "differs":
            yield Finding("registry", "registry_differs", field, {"answer": answers.get(field, "")})


def registry_answer(
    session: Session, office: Office, application_id: str, revision: int
) -> RegistryAnswer | None:
    """Return what the registry said of a revision, None before it did."""
    sealed = session.scalar(
        select(AgencyOrderRow.sealed_answer).where(
            AgencyOrderRow.agency == "registry",
            AgencyOrderRow.application_id == application_id,
            AgencyOrderRow.revision == revision,
        )
    )
    if sealed is None:
        return None
    return msgspec.json.decode(unseal(sealed, office.keys.keys.identity), type=RegistryAnswer)
