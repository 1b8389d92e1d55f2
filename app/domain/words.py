"""The words a person reads, in Indonesian and English, by key.

Every front door (screens, slips, console, command line) takes its words from here; the tables are
JSON files under ``resources/translations/<language>/``. Reading files is not done here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal

from app.errors import AppError

if TYPE_CHECKING:
    # The first screen needs words, and none of these.
    from app.domain.answers import Problem
    from app.domain.catalogue import Label

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")
#: Western Indonesian time: the clock on the wall in Anambas and Lingga; no daylight saving.
WIB = timezone(timedelta(hours=7), "WIB")


class Words:
    """One language's table.

    Args:
        language: ``id`` or ``en``.
        table: key to text with ``{name}`` placeholders.
    """

    def __init__(self, language: Language, table: Mapping[str, str]) -> None:
        self.language: Language = language
        self._table = table

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of ``key``; KeyError when the table lacks it."""
        text = self._table[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Tell whether the table knows the key."""
        return key in self._table

    def below(self, start: str) -> dict[str, str]:
        """Return the texts whose keys begin so, under the rest of their keys."""
        return {
            key.removeprefix(start): text
            for key, text in self._table.items()
            if key.startswith(start)
        }

    def label(self, label: Label) -> str:
        """Return a catalogue text in this language."""
        return label.in_language(self.language)

    def problem(self, problem: Problem) -> str:
        """Return what is wrong and how to mend it."""
        values = dict(problem.params)
        if "paper" in values:
            values["paper"] = self.paper(values["paper"])
        return self(f"problems.{problem.code}", **values)

    def paper(self, type_id: str) -> str:
        """Return the short name of a document type; a catalogue may bring one that has none."""
        key = f"papers.{type_id}"
        return self(key if self.has(key) else "papers.other")

    def error(self, error: AppError) -> tuple[str, str]:
        """Return what happened, and what to do next; an unknown code gets the general words."""
        key = f"errors.{error.code}"
        if not self.has(f"{key}.title"):
            return self("errors.unknown.title"), self("errors.unknown.detail", code=error.code)
        return self(f"{key}.title", **error.params), self(f"{key}.detail", **error.params)

    def error_title(self, code: str) -> str:
        """Return what happened by its code alone; an unknown one gets the general words."""
        key = f"errors.{code}.title"
        return self(key if self.has(key) else "errors.unknown.title")

    def date(self, day: date) -> str:
        """Return a date as 21 November 2026."""
        return f"{day.day} {self(f'calendar.month_{day.month}')} {day.year}"

    def moment(self, moment: datetime) -> str:
        """Return a time as 21 November 2026 14.05, by the islands' clock."""
        local = moment.astimezone(WIB)
        mark = "." if self.language == "id" else ":"
        return f"{self.date(local.date())} {local.hour:02d}{mark}{local.minute:02d}"

    def rupiah(self, amount: int) -> str:
        """Return money as Rp650.000."""
        return f"Rp{amount:,}".replace(",", ".")

    def size(self, size_bytes: int) -> str:
        """Return a size in KB or MB (powers of ten)."""
        if size_bytes < 1_000_000:
            return f"{max(1, round(size_bytes / 1000)) if size_bytes else 0} KB"
        megabytes = f"{size_bytes / 1_000_000:.1f}"
        return f"{megabytes.replace('.', ',') if self.language == 'id' else megabytes} MB"
