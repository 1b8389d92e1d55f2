"""Says a stored answer as a person would: a choice by its words, a place by its name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from app.domain.answers import NO, YES
from app.domain.catalogue import Field
from app.domain.words import Words

if TYPE_CHECKING:
    from app.domain.regions import Regions


def shown_answer(field: Field, value: str, words: Words, places: dict[str, str]) -> str:
    """Return the words for one answer.

    Args:
        field: the question.
        value: as stored.
        words: in which language.
        places: labels of region codes, as ``place_names`` found them.
    """
    match field.kind:
        case "choice":
            labels = {one.code: words.label(one.label) for one in field.choices}
            return labels.get(value, value)
        case "yes_no":
            return {YES: words("ui.yes"), NO: words("ui.no")}.get(value, value)
        case "date":
            try:
                return words.date(date.fromisoformat(value))
            except ValueError:
                return value
        case "region":
            return places.get(value, value)
        case "nik" | "kk":
            return " ".join(value[at : at + 4] for at in range(0, len(value), 4))
        case _:
            return value


def place_names(
    fields: tuple[Field, ...], answers: dict[str, str], regions: Regions
) -> dict[str, str]:
    """Return the label of every place named in the answers; reads the table, so not on screen."""
    codes = {answers[one.id] for one in fields if one.kind == "region" and answers.get(one.id)}
    return {code: regions.label(code) for code in codes}
