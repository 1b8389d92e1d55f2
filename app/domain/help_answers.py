"""Questions people ask and their answers, by topic, found by words; read from TOML and judged.

Pure: opens no file. An answer tells where it comes from and how sure we are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from app.domain.catalogue import Label, Source
from app.errors import BugError

_T = TypeVar("_T")


class HelpTopic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a group of answers is about."""

    id: str
    label: Label


class HelpEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question and its answer."""

    id: str
    topic: str
    question: Label
    answer: Label
    source: Source


class HelpFault(BugError):
    """The help data contradict themselves or the shapes."""

    def __init__(self, file: str, entry: str, reason: str) -> None:
        super().__init__("help_fault", file=file, entry=entry, reason=reason)


class HelpAnswers(msgspec.Struct, frozen=True):
    """All topics and answers, in the order in which people see them."""

    topics: tuple[HelpTopic, ...]
    entries: tuple[HelpEntry, ...]

    def about(self, topic_id: str) -> tuple[HelpEntry, ...]:
        """Return the answers of one topic."""
        return tuple(entry for entry in self.entries if entry.topic == topic_id)

    def search(self, text: str, language: str) -> tuple[HelpEntry, ...]:
        """Return the answers that hold any of the words, those with most of them first.

        A word in the question counts more than one in the answer.
        """
        words = {word for word in re.findall(r"\w+", text.lower()) if len(word) > 2}
        scored = [(_score(entry, words, language), entry) for entry in self.entries]
        found = [(score, entry) for score, entry in scored if score]
        return tuple(entry for _, entry in sorted(found, key=lambda pair: -pair[0]))


def _score(entry: HelpEntry, words: set[str], language: str) -> int:
    question = entry.question.in_language(language).lower()
    answer = entry.answer.in_language(language).lower()
    return sum(3 * (word in question) + (word in answer) for word in words)


def read_help(files: Mapping[str, bytes]) -> HelpAnswers:
    """Return the answers made of ``topics.toml`` and the other files given.

    Raises:
        HelpFault: names the file and the entry at fault.
    """
    topics: list[HelpTopic] = []
    entries: list[HelpEntry] = []
    for file, content in sorted(files.items()):
        try:
            table = tomllib.loads(content.decode("utf-8"))
        except ValueError as exc:
            raise HelpFault(file, "", str(exc)) from exc
        for key in table.keys() - {"topic", "entry"}:
            raise HelpFault(file, key, "unknown key")
        topics += [_convert(row, HelpTopic, file) for row in table.get("topic", [])]
        entries += [_convert(row, HelpEntry, file) for row in table.get("entry", [])]
    order = {topic.id: place for place, topic in enumerate(topics)}
    ids: set[str] = set()
    for entry in entries:
        if entry.topic not in order or entry.id in ids:
            raise HelpFault("", entry.id, "unknown topic, or an id that stands twice")
        ids.add(entry.id)
    entries.sort(key=lambda entry: order[entry.topic])
    return HelpAnswers(tuple(topics), tuple(entries))


def _convert(row: Any, kind: type[_T], file: str) -> _T:  # noqa: ANN401
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as exc:
        raise HelpFault(file, str(row.get("id", "")), str(exc)) from exc
