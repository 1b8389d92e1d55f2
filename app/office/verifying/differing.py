"""Names, numbers and dates that differ between the form and what the kiosk read from papers."""

from __future__ import annotations

from collections.abc import Iterator

from app.office.verifying.findings import Case, Finding

_MOST = 50
_MOST_LETTERS = 200


def check_differing(case: Case) -> Iterator[Finding]:
    """Pass on what the kiosk found; a lying one fills no screen."""
    for said in case.manifest.findings[:_MOST]:
        params = {
            name[:_MOST_LETTERS]: value[:_MOST_LETTERS]
            for name, value in list(said.params.items())[:5]
        }
        params["answer"] = case.manifest.answers.get(said.where, "")[:_MOST_LETTERS]
        yield Finding("differing", said.code[:_MOST_LETTERS], said.where[:_MOST_LETTERS], params)
