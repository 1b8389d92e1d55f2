"""Papers whose last day, as the form gives it, is over or near."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app.domain.checking import standing_answers
from app.domain.dates import read_iso
from app.office.verifying.findings import Case, Finding

#: Ids of questions that ask until when a paper is good end so.
_ENDINGS = ("_expiry", "_expiry_date", "_valid_until")
#: An expired passport is why people come; it is no finding for a replacement.
_MAY_BE_OVER = ("old_passport_expiry",)
_NEAR = timedelta(days=30)


def check_expiring(case: Case) -> Iterator[Finding]:
    """Find papers that have expired since the form was filled, or will before it is done."""
    if case.service is None:
        return
    answers = standing_answers(case.service, case.manifest.answers, case.today)
    for field_id, value in answers.items():
        day = read_iso(value) if field_id.endswith(_ENDINGS) else None
        if day is None or field_id in _MAY_BE_OVER:
            continue
        if day < case.today:
            yield Finding("expiring", "expired", field_id, {"answer": value})
        elif day - case.today <= _NEAR:
            yield Finding("expiring", "expires_soon", field_id, {"answer": value})
