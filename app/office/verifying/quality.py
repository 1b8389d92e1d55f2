"""Quality marks from the capture: pages that the kiosk thought poor and sent all the same."""

from __future__ import annotations

from collections.abc import Iterator

from app.imaging.limits import MOST_PAGES
from app.office.verifying.findings import Case, Finding

_MOST_SAID = 20
_MOST_LETTERS = 200


def check_quality(case: Case) -> Iterator[Finding]:
    """Find the pages with marks."""
    for paper in case.manifest.documents:
        for number, page in enumerate(paper.pages[:MOST_PAGES], 1):
            reason = page.kept_reason[:_MOST_LETTERS]
            for code in page.findings[:_MOST_SAID]:
                params = {"paper": paper.type, "page": str(number), "kept": reason}
                where = f"page:{paper.need}:{number}"
                yield Finding("quality", code[:_MOST_LETTERS], where, params)
