"""What documents say is so: diagrams of tables, files they name, words on the screens.

Run this file to write the diagrams of docs/sync.md anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from app.domain.lifecycle import KIOSK_STATES, OFFICE_STATES
from app.resources import resources_path

CHECKOUT = Path(__file__).parent.parent.parent
PAGE = CHECKOUT / "docs" / "sync.md"
TABLES: Mapping[str, tuple[str, Mapping[str, frozenset[str]]]] = {
    "kiosk states": ("draft", KIOSK_STATES),
    "office states": ("received", OFFICE_STATES),
}


def diagram(first: str, table: Mapping[str, frozenset[str]]) -> str:
    """Return a state table as a Mermaid diagram."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    for state, following in table.items():
        lines += [f"    {state} --> {after}" for after in table if after in following]
        if not following:
            lines.append(f"    {state} --> [*]")
    return "\n".join([*lines, "```"])


def with_diagrams(page: str) -> str:
    """Return the page with every diagram as the tables say."""
    for name, (first, table) in TABLES.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, after_begin = page.split(begin)
        _, after = after_begin.split(end)
        page = f"{before}{begin}{diagram(first, table)}\n{end}{after}"
    return page


def test_the_diagrams_are_those_of_the_tables() -> None:
    page = PAGE.read_text("utf-8")
    assert with_diagrams(page) == page, "run: python -m tests.unit.test_docs"


def test_every_state_that_is_named_leads_to_states_that_exist() -> None:
    for _, table in TABLES.values():
        assert {after for following in table.values() for after in following} <= set(table)


def test_every_file_and_heading_that_a_document_leads_to_exists() -> None:
    for page in (CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            if target.startswith(("http:", "https:")):
                continue
            name, _, heading = target.partition("#")
            there = page.parent / name if name else page
            assert there.exists(), f"{page.name}: {target}"
            titles = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.M) if heading else []
            anchors = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in titles}
            assert not heading or heading in anchors, f"{page.name}: {target}"


def test_what_the_operators_manual_quotes_stands_on_a_screen() -> None:
    said = " ".join(
        path.read_text("utf-8") for path in (resources_path() / "translations" / "id").iterdir()
    )
    manual = (CHECKOUT / "docs" / "operators.md").read_text("utf-8")
    quoted = re.findall(r"(?<!\*)\*(?!\*)([^*\n]+)\*(?!\*)", manual)
    # English names of chapters elsewhere are quoted too.
    assert {one for one in quoted if one not in said} == {"Backup"}


if __name__ == "__main__":
    PAGE.write_text(with_diagrams(PAGE.read_text("utf-8")), "utf-8")
