"""Judges a whole catalogue: everything that is named exists, and the decision tree leads somewhere.

Each fault names the file, the service and the field. Reading files is not done here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from app.domain.catalogue import (
    TODAY,
    Catalogue,
    Condition,
    DecisionQuestion,
    Field,
    Fill,
    Service,
)
from app.domain.papers.lines import READ_FIELDS
from app.errors import BugError

#: Every code that a service's own checks may give; each has words under ``problems``.
CHECK_CODES = frozenset(
    {
        "old_passport_still_long",
        "old_passport_expiring",
        "voa_only_once",
        "itas_not_extendable",
        "permit_expired",
        "permit_soon",
        "permit_too_early",
        "change_not_from_voa",
        "passport_ends_soon",
        "issued_after_expiry",
        "report_before_loss",
    }
)
_DATE_TESTS = ("on_or_after", "before", "after_field", "age_below", "within_days", "beyond_days")
#: A hundred years; farther off, a date could leave the calendar.
_MOST_DAYS = 36_525
_START = "start"
#: Such as 2026.11.1: the kiosk takes the newest, so any two must have an order.
_VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}")


class CatalogueFault(BugError):
    """The catalogue's data contradict themselves or the shapes.

    Args:
        file: name of the file at fault, relative to the catalogue's folder.
        reason: what is wrong, for whoever edits the data.
        service: id of the service, or empty.
        field: id of the field, document, fee, question ... at fault, or empty.
    """

    def __init__(self, file: str, reason: str, service: str = "", field: str = "") -> None:
        super().__init__("catalogue_fault", file=file, service=service, field=field, reason=reason)


def judge(catalogue: Catalogue, files: Mapping[str, str]) -> None:
    """Raise CatalogueFault for the first contradiction found.

    Args:
        catalogue: as read.
        files: service id to its file, and ``fees``, ``clocks``, ``offices``, ``documents`` and
            ``decision`` to theirs; a missing one is shown as the catalogue.
    """
    for fault in _faults(catalogue, files):
        raise fault


def _faults(catalogue: Catalogue, files: Mapping[str, str]) -> Iterator[CatalogueFault]:
    def file_of(name: str) -> str:
        return files.get(name, "catalogue")

    if not _VERSION.fullmatch(catalogue.version):
        yield CatalogueFault("catalogue.toml", "the version must be numbers", field="version")
    yield from _fee_faults(catalogue, file_of("fees"))
    yield from _clock_faults(catalogue, file_of("clocks"))
    yield from _twice((kind.id for kind in catalogue.document_types), file_of("documents"))
    yield from _office_faults(catalogue, file_of("offices"))
    yield from _twice((service.id for service in catalogue.services), file_of("services"))
    for service in catalogue.services:
        yield from _service_faults(catalogue, service, file_of(service.id))
    yield from _decision_faults(catalogue, file_of("decision"))
    for fill in catalogue.fills:
        for reason in _fill_reasons(catalogue, fill):
            yield CatalogueFault(file_of("reading"), reason, field=fill.type)


def _twice(ids: Iterable[str], file: str, service: str = "") -> Iterator[CatalogueFault]:
    for one, times in Counter(ids).items():
        if times > 1:
            yield CatalogueFault(file, "this id stands twice", service, one)


def _fee_faults(catalogue: Catalogue, file: str) -> Iterator[CatalogueFault]:
    for number, fee in enumerate(catalogue.fees):
        if fee.rupiah < 0 or (fee.valid_until and fee.valid_until < fee.valid_from):
            yield CatalogueFault(file, "the amount or the dates are impossible", field=fee.code)
        for other in catalogue.fees[:number]:
            is_apart = (fee.valid_until and fee.valid_until < other.valid_from) or (
                other.valid_until and other.valid_until < fee.valid_from
            )
            if other.code == fee.code and not is_apart:
                yield CatalogueFault(file, "two tariffs hold on one day", field=fee.code)


def _clock_faults(catalogue: Catalogue, file: str) -> Iterator[CatalogueFault]:
    yield from _twice((clock.id for clock in catalogue.clocks), file)
    for clock in catalogue.clocks:
        lengths = (clock.working_days, clock.months, clock.days, clock.hours)
        if sum(length > 0 for length in lengths) != 1 or min(lengths) < 0:
            yield CatalogueFault(file, "exactly one length must be given", field=clock.id)


def _office_faults(catalogue: Catalogue, file: str) -> Iterator[CatalogueFault]:
    yield from _twice((office.id for office in catalogue.offices), file)
    fees = {fee.code for fee in catalogue.fees}
    for office in catalogue.offices:
        for code in office.offers.keys() - fees:
            yield CatalogueFault(
                file, f"offers the fee {code}, which is not defined", field=office.id
            )
        for code in {*office.offered_until, *office.unconfirmed} - office.offers.keys():
            yield CatalogueFault(
                file, f"speaks of {code}, which it does not offer", field=office.id
            )


def _service_faults(catalogue: Catalogue, service: Service, file: str) -> Iterator[CatalogueFault]:
    def fault(reason: str, field: str = "") -> CatalogueFault:
        return CatalogueFault(file, reason, service.id, field)

    fields = service.fields()
    yield from _twice((group.id for group in service.groups), file, service.id)
    yield from _twice((field.id for field in fields), file, service.id)
    yield from _twice((need.id for need in service.documents), file, service.id)
    for part in ("groups", "documents", "fees", "steps"):
        if not getattr(service, part):
            yield fault(f"has no {part}")
    for field in fields:
        yield from (fault(reason, field.id) for reason in _field_reasons(field))
    known = {field.id: field for field in fields}
    for where, condition in _conditions(service):
        yield from (fault(reason, where) for reason in _condition_reasons(condition, known))
    yield from (fault(reason, where) for where, reason in _unknown_names(catalogue, service))


def _field_reasons(field: Field) -> Iterator[str]:
    if field.id == TODAY:
        yield f"no field may be called {TODAY}"
    if bool(field.choices) != (field.kind == "choice"):
        yield "choices belong to fields of the kind choice, and to all of them"
    if max(Counter(choice.code for choice in field.choices).values(), default=1) > 1:
        yield "a choice stands twice"
    if (field.is_past or field.is_future) and field.kind != "date":
        yield "is_past and is_future belong to dates"
    try:
        re.compile(field.pattern)
    except re.error:
        yield "the pattern is not a regular expression"


def _conditions(service: Service) -> Iterator[tuple[str, Condition]]:
    """Yield every condition of the service with the id of what it belongs to."""
    found: list[tuple[str, Condition | None]] = []
    for group in service.groups:
        found.append((group.id, group.when))
        for field in group.fields:
            found.append((field.id, field.when))
            found += [(field.id, choice.when) for choice in field.choices]
    found += [(need.id, need.when) for need in service.documents]
    found += [(rule.code, rule.when) for rule in service.fees]
    found += [(check.where, check.when) for check in service.checks]
    yield from ((where, condition) for where, condition in found if condition is not None)


def _condition_reasons(condition: Condition, known: Mapping[str, Field]) -> Iterator[str]:
    tests = [
        condition.equals is not None,
        bool(condition.one_of),
        condition.is_answered is not None,
        *(getattr(condition, test) is not None for test in _DATE_TESTS),
    ]
    joins = (condition.all_of, condition.any_of, condition.none_of)
    if sum(map(bool, joins)) + bool(condition.field) != 1 or sum(tests) != bool(condition.field):
        yield "a condition must be a field with one test, or one of all_of, any_of, none_of"
        return
    if any(abs(days or 0) > _MOST_DAYS for days in (condition.within_days, condition.beyond_days)):
        yield "a condition counts more days than a hundred years have"
    for part in condition.parts():
        yield from _condition_reasons(part, known)
    if unknown := {condition.field, condition.after_field or TODAY} - known.keys() - {TODAY, ""}:
        yield f"a condition names the unknown field {min(unknown)}"
    elif condition.field:
        kind = "date" if condition.field == TODAY else known[condition.field].kind
        if kind != "date" and any(getattr(condition, test) is not None for test in _DATE_TESTS):
            yield f"a condition tests {condition.field} as a date, which it is not"
        if condition.field in known:
            for code in _unknown_codes(condition, known[condition.field]):
                yield f"a condition names {code}, which {condition.field} does not offer"


def _unknown_codes(condition: Condition, field: Field) -> set[str]:
    named = {*condition.one_of} | ({condition.equals} if condition.equals is not None else set())
    if field.kind == "choice":
        return named - {choice.code for choice in field.choices}
    return named - {"yes", "no"} if field.kind == "yes_no" else set()


def _unknown_names(catalogue: Catalogue, service: Service) -> Iterator[tuple[str, str]]:
    """Yield what the service names and the catalogue lacks: where, and the reason."""
    kinds = {kind.id for kind in catalogue.document_types}
    fees = {fee.code for fee in catalogue.fees}
    clocks = {clock.id for clock in catalogue.clocks}
    fields = {field.id for field in service.fields()}
    for need in service.documents:
        if not need.one_of:
            yield need.id, "no kind of document would do"
        for kind in set(need.one_of) - kinds:
            yield need.id, f"the document {kind} is not defined"
    for rule in service.fees:
        if rule.code not in fees:
            yield rule.code, "this fee is not defined"
    for clock in set(service.clocks) - clocks:
        yield clock, "this clock is not defined"
    for check in service.checks:
        if check.where not in fields:
            yield check.where, "a check points at an unknown field"
        if check.code not in CHECK_CODES:
            yield check.where, f"a check gives {check.code}, which has no words"


def _fill_reasons(catalogue: Catalogue, fill: Fill) -> Iterator[str]:
    """Yield what a rule names and nothing knows."""
    papers = {kind.id: kind.look.reads for kind in catalogue.document_types}
    if fill.type not in papers:
        yield "this document is not defined"
        return
    questions: dict[str, list[Field]] = {}
    for service in catalogue.services:
        for field in service.fields():
            questions.setdefault(field.id, []).append(field)
    for name in {*fill.fields, *fill.words} - questions.keys():
        yield f"fills the unknown field {name}"
    for name in {*fill.fields.values(), *fill.when} - READ_FIELDS.get(papers[fill.type], set()):
        yield f"nobody reads {name} off this document"
    for name, meanings in fill.words.items():
        offered = {choice.code for field in questions.get(name, ()) for choice in field.choices}
        for code in set(meanings.values()) - offered:
            yield f"means {code}, which {name} does not offer"


def _decision_faults(catalogue: Catalogue, file: str) -> Iterator[CatalogueFault]:
    questions = {question.id: question for question in catalogue.decision}
    services = {service.id for service in catalogue.services}
    yield from _twice((question.id for question in catalogue.decision), file)
    if _START not in questions:
        yield CatalogueFault(file, "the tree has no question called start", field=_START)
        return
    for question in catalogue.decision:
        if not question.choices:
            yield CatalogueFault(file, "this question leads nowhere", field=question.id)
        for choice in question.choices:
            if bool(choice.question) == bool(choice.service):
                reason = "each choice leads to one question or one service"
                yield CatalogueFault(file, reason, field=question.id)
            if choice.question and choice.question not in questions:
                reason = f"leads to the unknown question {choice.question}"
                yield CatalogueFault(file, reason, field=question.id)
            if choice.service and choice.service not in services:
                reason = f"leads to the unknown service {choice.service}"
                yield CatalogueFault(file, reason, choice.service, question.id)
    yield from _walk_faults(questions, services, file)


def _walk_faults(
    questions: Mapping[str, DecisionQuestion], services: set[str], file: str
) -> Iterator[CatalogueFault]:
    reached: set[str] = set()
    offered: set[str] = set()
    paths: list[tuple[str, ...]] = [(_START,)]
    while paths:
        path = paths.pop()
        reached.add(path[-1])
        for choice in questions[path[-1]].choices:
            offered.add(choice.service)
            if choice.question in path:
                yield CatalogueFault(file, "the tree runs in a circle", field=choice.question)
            elif choice.question in questions:
                paths.append((*path, choice.question))
    for question in sorted(questions.keys() - reached):
        yield CatalogueFault(file, "no choice leads to this question", field=question)
    for service in sorted(services - offered):
        yield CatalogueFault(file, "no choice leads to this service", service)
