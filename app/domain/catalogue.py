"""The catalogue: every service with its fields, documents, fees and clocks, as frozen data.

Shapes only; reading and checking files is ``app.domain.catalogue_reading``. Labels are pairs of
Indonesian and English. A service is changed by editing data, never by editing this file.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

FieldKind = Literal[
    "text",
    "note",
    "name",
    "nik",
    "kk",
    "passport_number",
    "date",
    "choice",
    "region",
    "phone",
    "email",
    "yes_no",
]
Confidence = Literal["high", "medium", "low"]
Severity = Literal["error", "warning"]
Text = Annotated[str, msgspec.Meta(min_length=1)]
#: In a condition, the name of the day of judging in place of a field's id.
TODAY = "today"


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One text in both languages."""

    id: Text
    en: Text

    def in_language(self, language: str) -> str:
        """Return the text in ``id`` or ``en``."""
        return self.en if language == "en" else self.id


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a fact comes from and how sure we are."""

    text: str
    confidence: Confidence


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a choice, field, document, fee or check applies; exactly one form below is filled.

    ``field`` (a field's id, or ``today``) with exactly one of ``equals``, ``one_of``,
    ``is_answered``; for dates ``on_or_after``, ``before`` (ISO dates), ``after_field`` (later than
    the date in another field), ``age_below`` (whole years lived on the day of judging),
    ``within_days`` (at most so many days after today) or ``beyond_days`` (more than so many days
    after today); or one of ``all_of``, ``any_of``, ``none_of``. An unanswered field meets nothing
    but ``is_answered = false``.
    """

    field: str = ""
    equals: str | None = None
    one_of: tuple[str, ...] = ()
    is_answered: bool | None = None
    on_or_after: date | None = None
    before: date | None = None
    after_field: str | None = None
    age_below: int | None = None
    within_days: int | None = None
    beyond_days: int | None = None
    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    none_of: tuple[Condition, ...] = ()

    def parts(self) -> tuple[Condition, ...]:
        """Return the conditions joined in this one; empty for a condition on a field."""
        return self.all_of or self.any_of or self.none_of

    def fields(self) -> frozenset[str]:
        """Return the ids of all fields that this condition looks at, ``today`` left out."""
        if parts := self.parts():
            return frozenset().union(*(part.fields() for part in parts))
        return frozenset({self.field, self.after_field or TODAY} - {TODAY})


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One answer that a choice field takes."""

    code: str
    label: Label
    help: Label | None = None
    #: Offered only when this holds.
    when: Condition | None = None


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question."""

    id: str
    kind: FieldKind
    label: Label
    #: Why we ask, or where to find it.
    help: Label | None = None
    #: What a good answer looks like, shown beside the field.
    example: Label | None = None
    choices: tuple[Choice, ...] = ()
    is_required: bool = True
    #: Asked only when this holds.
    when: Condition | None = None
    max_length: int = 120
    #: For dates: may not lie before or after today.
    is_past: bool = False
    is_future: bool = False
    #: The usual shape as a regular expression over the whole answer; another shape is a warning.
    pattern: str = ""


class FieldGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A small group of questions that share one page; its title is the page's heading."""

    id: str
    title: Label
    fields: tuple[Field, ...]
    when: Condition | None = None


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a kind of paper looks like, as far as the kiosk can tell one from another."""

    #: A card is 85.6 x 54 mm, a passport page 125 x 88 mm.
    shape: Literal["any", "card", "passport", "a4"] = "any"
    #: Words printed on every such paper and hardly on any other, as they stand there: half of them
    #: must be readable, or it is not the paper.
    labels: tuple[str, ...] = ()
    #: Words printed on it that other papers have too: they tell only whether its print is readable.
    shared_labels: tuple[str, ...] = ()
    #: On the first page only when the next ones look otherwise, such as a passport's.
    labels_on: Literal["every_page", "first_page"] = "every_page"
    #: Words printed on its other side only: reading them means that it lies the wrong way round.
    back_labels: tuple[str, ...] = ()
    #: Which reader understands what is written on it.
    reads: Literal["", "ktp", "passport", "family_card", "birth_deed"] = ""

    def on_page(self, number: int) -> Look:
        """Return what to expect of one page of the paper; the first one is 0."""
        if number == 0 or self.labels_on == "every_page":
            return self
        return msgspec.structs.replace(self, labels=(), shared_labels=(), back_labels=())


class DocumentType(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One kind of paper, and how to bring and picture it."""

    id: str
    label: Label
    help: Label
    max_pages: int = 20
    look: Look = Look()


class DocumentNeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A paper that a service asks for; with ``one_of`` any one of several kinds will do."""

    #: Stable id inside the service: the document type's id, or a name for a group of alternatives.
    id: str
    #: Acceptable document types, best first.
    one_of: tuple[str, ...]
    is_required: bool = True
    when: Condition | None = None
    #: What to mind about this paper in this service: whom it is for, who signs it.
    note: Label | None = None


class Fee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One tariff line (PNBP) in whole rupiah, in force between two dates (last one included)."""

    code: str
    label: Label
    rupiah: int
    valid_from: date
    source: Source
    valid_until: date | None = None


class FeeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which fee a service costs and when; all rules that hold are added up."""

    code: str
    when: Condition | None = None


class ClockRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A deadline or promise, such as 4 working days after the interview."""

    id: str
    label: Label
    source: Source
    #: Exactly one of the four is filled.
    working_days: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0


class Office(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An immigration office and the fee codes it offers, with dates."""

    id: str
    label: Label
    address: str
    #: Fee code to the first day on which this office offers it; absent = not offered.
    offers: dict[str, date]
    source: Source
    #: Fee code to the last day on which this office offers it.
    offered_until: dict[str, date] = {}
    #: Codes above of which nobody has confirmed that this office still offers them: ask first.
    unconfirmed: tuple[str, ...] = ()

    def has_offer(self, fee_code: str, day: date) -> bool:
        """Tell whether this office offers the fee's service on that day."""
        since, until = self.offers.get(fee_code), self.offered_until.get(fee_code)
        return since is not None and since <= day and (until is None or day <= until)


class ServiceCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule of one service across its answers: when it holds, ``where`` has a problem."""

    where: str
    #: One of ``app.domain.catalogue_rules.CHECK_CODES``; its words are ``problems.<code>``.
    code: str
    when: Condition
    severity: Severity = "warning"


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a person can apply for."""

    id: str
    family: Literal["passport", "stay_permit"]
    label: Label
    summary: Label
    #: What happens in person afterwards, in order.
    steps: tuple[Label, ...]
    groups: tuple[FieldGroup, ...]
    documents: tuple[DocumentNeed, ...]
    fees: tuple[FeeRule, ...]
    clocks: tuple[str, ...]
    source: Source
    #: Which age rule holds: ``adult`` = 17 or married, ``child`` = under 17 and unmarried, ``any``.
    for_whom: Literal["adult", "child", "any"] = "any"
    #: An examination (BAP, berita acara pemeriksaan) at the office follows; said before typing.
    has_examination: bool = False
    checks: tuple[ServiceCheck, ...] = ()
    #: What is not certain about the fees, when something is not.
    fee_note: Label | None = None

    def fields(self) -> tuple[Field, ...]:
        """Return all questions in order."""
        return tuple(field for group in self.groups for field in group.fields)


class Fill(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which questions one kind of paper answers, once it was read; a person confirms each."""

    #: Document type.
    type: str
    #: Question to what the paper's reader calls it (``app.domain.papers.lines.READ_FIELDS``).
    fields: dict[str, str]
    #: Only where the paper says this: what the reader calls it, to its text.
    when: dict[str, str] = {}
    #: Question of choices to what may be printed there and the choice it means; ``*`` = all else.
    words: dict[str, dict[str, str]] = {}
    #: Whether another answer than the paper's is worth a warning.
    is_compared: bool = True


class DecisionChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One answer in the decision tree; leads to a further question or to a service."""

    label: Label
    question: str = ""
    service: str = ""
    help: Label | None = None


class DecisionQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step of the tree that picks the service; the first question's id is ``start``."""

    id: str
    title: Label
    choices: tuple[DecisionChoice, ...]


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything that can be applied for, under one version such as ``2026.11.1``."""

    version: str
    services: tuple[Service, ...]
    document_types: tuple[DocumentType, ...]
    fees: tuple[Fee, ...]
    clocks: tuple[ClockRule, ...]
    offices: tuple[Office, ...]
    decision: tuple[DecisionQuestion, ...]
    #: Earlier ones win where two papers answer one question.
    fills: tuple[Fill, ...] = ()

    def filled_by(self, type_id: str) -> frozenset[str]:
        """Return the ids of the questions that a kind of paper can answer."""
        return frozenset(
            name for fill in self.fills if fill.type == type_id for name in fill.fields
        )

    def service(self, service_id: str) -> Service:
        """Return one service; KeyError when the catalogue has none of that id."""
        for service in self.services:
            if service.id == service_id:
                return service
        raise KeyError(service_id)

    def document_type(self, type_id: str) -> DocumentType:
        """Return one kind of paper; KeyError when unknown."""
        for kind in self.document_types:
            if kind.id == type_id:
                return kind
        raise KeyError(type_id)

    def office(self, office_id: str) -> Office:
        """Return one office; KeyError when unknown."""
        for office in self.offices:
            if office.id == office_id:
                return office
        raise KeyError(office_id)

    def clock(self, clock_id: str) -> ClockRule:
        """Return one deadline or promise; KeyError when unknown."""
        for clock in self.clocks:
            if clock.id == clock_id:
                return clock
        raise KeyError(clock_id)
