"""Suggests answers to questions that are still empty, out of what papers say.

A suggestion is never an answer: a person looks at each before it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from app.domain.answers import Answers
from app.domain.catalogue import Catalogue, Field, Service
from app.domain.checking import visible_groups
from app.domain.papers.fitting import Offer, Offers
from app.domain.papers.fitting import ReadPaper as ReadPaper
from app.domain.regions import Regions

#: Numbers in which one wrong digit is another person: only where the paper's own check holds.
_NUMBERS = ("nik", "kk", "passport_number")


class Suggestion(msgspec.Struct, frozen=True):
    """What a paper answers to a question that is still empty."""

    field_id: str
    value: str
    #: Document type of the paper.
    type: str
    page_id: str


def suggestions(
    catalogue: Catalogue,
    service: Service,
    answers: Answers,
    papers: Sequence[ReadPaper],
    today: date,
    regions: Regions,
) -> tuple[Suggestion, ...]:
    """Return one suggestion for each empty question that a paper answers, in the form's order.

    A question that is asked only because of another suggestion is answered too.
    """
    offers = Offers(catalogue, tuple(papers), regions, today)
    given = {name: value for name, value in answers.items() if value}
    found: dict[str, Suggestion] = {}
    while True:
        merged = given | {name: one.value for name, one in found.items()}
        new = {
            field.id: suggestion
            for field in _asked(service, merged, today)
            if field.id not in merged and (suggestion := _best(offers.of(field, merged)))
        }
        if not new:
            break
        found |= new
    order = [field.id for field in service.fields()]
    return tuple(sorted(found.values(), key=lambda one: order.index(one.field_id)))


def _asked(service: Service, answers: Answers, today: date) -> Iterator[Field]:
    for group in visible_groups(service, answers, today):
        yield from group.fields


def _best(offers: Iterator[Offer]) -> Suggestion | None:
    for offer in offers:
        if offer.field.kind not in _NUMBERS or offer.paper.reading.is_vouched:
            return Suggestion(offer.field.id, offer.value, offer.paper.type, offer.paper.page_id)
    return None
