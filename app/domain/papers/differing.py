"""Says where answers differ from what papers say, before anything is sent.

Only warns: papers are misread, and papers are wrong. Small slips of the engine never count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rapidfuzz.distance import Levenshtein

from app.domain.answers import Answers, Problem
from app.domain.catalogue import Catalogue, Field, Service
from app.domain.checking import standing_answers
from app.domain.papers.fitting import Offer, Offers, ReadPaper
from app.domain.papers.rows import folded
from app.domain.regions import Regions

#: From here on a line was read as surely as the engine ever is.
_SURE = 0.9
#: Less sure, and one letter in so many may be the engine's slip.
_LETTERS_PER_SLIP = 5
_STRICT = ("nik", "kk", "passport_number", "date")
#: Letters and digits that print alike.
_TWINS = str.maketrans("015286L", "OISZBGI")


def differences(
    catalogue: Catalogue,
    service: Service,
    answers: Answers,
    papers: Sequence[ReadPaper],
    today: date,
    regions: Regions,
) -> tuple[Problem, ...]:
    """Return a warning for each answer that is not what a paper says, in the form's order.

    ``params`` hold the document type as ``paper`` and what it says, as printed, as ``read``.
    """
    offers = Offers(catalogue, tuple(papers), regions, today)
    standing = standing_answers(service, answers, today)
    problems = []
    for field in service.fields():
        if field.id not in standing:
            continue
        for offer in offers.of(field, standing, to_compare=True):
            if _differs(field, standing[field.id], offer):
                params = {"paper": offer.paper.type, "read": offer.shown}
                problems.append(Problem(field.id, "differs_from_paper", "warning", params))
                break
    return tuple(problems)


def _differs(field: Field, answer: str, offer: Offer) -> bool:
    is_sure = offer.read.score >= _SURE
    if field.kind in _STRICT:
        return (offer.paper.reading.is_vouched or is_sure) and answer != offer.value
    if field.kind in ("choice", "yes_no"):
        return is_sure and answer != offer.value
    said, read = folded(answer).translate(_TWINS), folded(offer.value).translate(_TWINS)
    if said == read:
        return False
    if field.kind != "name" and _is_part(answer, offer.value):
        return False
    slips = Levenshtein.distance(said, read)
    return is_sure or slips > max(1, len(read) // _LETTERS_PER_SLIP)


def _is_part(one: str, other: str) -> bool:
    """Tell whether all words of one stand in the other: Dabo and Dabo Singkep."""
    left, right = ({folded(word) for word in text.split()} for text in (one, other))
    return bool(left and right) and (left <= right or right <= left)
