"""Judges the answers again by the office's own day; a kiosk is believed in nothing.

The NIK against birth date, sex and region, dates among each other, papers that are missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.checking import check_application
from app.office.verifying.findings import Case, Finding


def check_form(case: Case) -> Iterator[Finding]:
    """Find what is wrong with the answers themselves."""
    if case.service is None:
        return
    manifest = case.manifest
    papers = {paper.need: paper.type for paper in manifest.documents}
    for problem in check_application(
        case.service, manifest.answers, papers, case.today, case.regions
    ):
        evidence = manifest.answers.get(problem.where, "")
        params = {**problem.params, "answer": evidence} if evidence else problem.params
        yield Finding("form", problem.code, problem.where, params)
