"""The diagrams in docs/sync.md are those of the tables; run this file to write them anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.domain.lifecycle import KIOSK_STATES, OFFICE_STATES

PAGE = Path(__file__).parent.parent.parent / "docs" / "sync.md"
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


if __name__ == "__main__":
    PAGE.write_text(with_diagrams(PAGE.read_text("utf-8")), "utf-8")
