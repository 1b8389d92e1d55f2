"""Makes an answer of what a paper says: the choice that is meant, the village by its code.

Never returns what the form would refuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec
from rapidfuzz.distance import Levenshtein

from app.domain.answer_checks import check_answer, normalize_answer
from app.domain.answers import NO, YES, Answers
from app.domain.catalogue import Catalogue, Field, Fill
from app.domain.papers.family_rows import relatives
from app.domain.papers.lines import PaperReading, ReadField
from app.domain.papers.rows import key, nearest
from app.domain.regions import Regions

#: Below this a line is more guessed than read.
_READABLE = 0.7
_ANY = "*"
#: Villages of one name looked at, and letters by which a card's spelling may differ.
_MOST_VILLAGES = 20
_MOST_SLIPS = 1


class ReadPaper(msgspec.Struct, frozen=True):
    """One page of an application's papers, and what it says."""

    #: Document type.
    type: str
    page_id: str
    reading: PaperReading


class Offer(msgspec.Struct, frozen=True):
    """What one paper answers to one question."""

    field: Field
    value: str
    #: As a person finds it on the paper.
    shown: str
    read: ReadField
    paper: ReadPaper


class Offers:
    """What an application's papers have to say.

    Args:
        catalogue: with the rules of what fills what.
        papers: every page that was read.
        regions: for addresses.
        today: the day of judging.
    """

    def __init__(
        self, catalogue: Catalogue, papers: tuple[ReadPaper, ...], regions: Regions, today: date
    ) -> None:
        self._catalogue = catalogue
        self._papers = papers
        self._regions = regions
        self._today = today

    def of(self, field: Field, answers: Answers, *, to_compare: bool = False) -> Iterator[Offer]:
        """Yield what the papers answer to a question, the best paper first.

        Args:
            field: the question.
            answers: given so far; they tell the applicant's row on a family card.
            to_compare: leave out what may differ from the answer.
        """
        for fill in self._catalogue.fills:
            if field.id not in fill.fields or (to_compare and not fill.is_compared):
                continue
            for paper in self._papers:
                if self._is_of(paper, fill) and (offer := self._offer(field, fill, paper, answers)):
                    yield offer

    def _is_of(self, paper: ReadPaper, fill: Fill) -> bool:
        """Tell whether a rule is for this paper, and it was read as what it is said to be now."""
        reads = self._catalogue.document_type(fill.type).look.reads
        return paper.type == fill.type and paper.reading.paper == reads

    def _offer(self, field: Field, fill: Fill, paper: ReadPaper, answers: Answers) -> Offer | None:
        said = _said(paper.reading, answers)
        if any(name not in said or said[name].text != text for name, text in fill.when.items()):
            return None
        read = said.get(fill.fields[field.id])
        if read is None or read.score < _READABLE:
            return None
        value = self._value(field, fill, read, said)
        if not value or any(
            problem.severity == "error"
            for problem in check_answer(field, value, self._today, self._regions)
        ):
            return None
        return Offer(field, value, _shown(field, value, read), read, paper)

    def _value(
        self, field: Field, fill: Fill, read: ReadField, said: Mapping[str, ReadField]
    ) -> str:
        if field.kind == "choice":
            return _choice(field, fill.words.get(field.id, {}), read.text)
        if field.kind == "yes_no":
            return read.text if read.text in (YES, NO) else ""
        if field.kind == "region":
            return self._village(said)
        return normalize_answer(field, read.text)

    def _village(self, said: Mapping[str, ReadField]) -> str:
        """Return the code of the one village of this name in this district; empty when unsure."""
        village, district = (
            said[name].text if name in said else "" for name in ("village", "district")
        )
        if not village or not district:
            return ""
        regency = key(said["regency"].text) if "regency" in said else ""
        # Tarempa and Terempa are one village: the table's spelling is not always the card's.
        near = [
            (Levenshtein.distance(key(region.name), key(village)), region)
            for region in self._regions.search(f"{village} {district}", _MOST_VILLAGES)
            if key(region.above[0]) == key(district)
        ]
        least = min((slips for slips, _ in near), default=_MOST_SLIPS + 1)
        fitting = [region for slips, region in near if slips == least <= _MOST_SLIPS]
        if len(fitting) > 1:
            fitting = [one for one in fitting if regency and key(one.above[1]).endswith(regency)]
        return fitting[0].code if len(fitting) == 1 else ""


def _said(reading: PaperReading, answers: Answers) -> dict[str, ReadField]:
    """Return what a paper says by name; a family card's rows as the applicant sees them."""
    said: dict[str, ReadField] = {}
    for field in (*reading.fields, *relatives(reading, answers)):
        said.setdefault(field.id, field)
    return said


def _choice(field: Field, meanings: Mapping[str, str], text: str) -> str:
    codes = {choice.code for choice in field.choices}
    if not meanings:
        return text if text in codes else ""
    known = {word: code for word, code in meanings.items() if word != _ANY}
    return nearest(text, known) or meanings.get(_ANY, "")


def _shown(field: Field, value: str, read: ReadField) -> str:
    """Return a value as papers print it, in either language of the screen the same."""
    if field.kind == "date":
        return "-".join(reversed(value.split("-")))
    if field.kind == "choice":
        labels = {choice.code: choice.label.id for choice in field.choices}
        return labels.get(value, read.text).upper()
    if field.kind == "yes_no":
        return ""
    return read.text
