"""Says what of a service applies to the answers given, and what is wrong across a whole form.

Pure: the day of judging and the regions are handed in. One answer alone is judged in
``app.domain.answer_checks``. It never changes an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from app.domain.answer_checks import check_answer as check_answer
from app.domain.answer_checks import normalize_answer as normalize_answer
from app.domain.answer_checks import writing_only as writing_only
from app.domain.answers import Answers, Problem
from app.domain.catalogue import DocumentNeed, Field, FieldGroup, Service
from app.domain.conditions import holds
from app.domain.dates import age_on, read_iso
from app.domain.nik import Nik, read_nik
from app.domain.regions import Regions

ADULT_AGE = 17
#: A parent younger than this at the birth is possible, and more often a slip of the pen.
_USUAL_PARENT_AGE = 13
_PARENTS = ("mother_birth_date", "father_birth_date")


def visible_groups(service: Service, answers: Answers, today: date) -> tuple[FieldGroup, ...]:
    """Return the groups, fields and choices that apply; nothing else is asked."""
    return _visible(service, standing_answers(service, answers, today), today)


def standing_answers(service: Service, answers: Answers, today: date) -> dict[str, str]:
    """Return the answers to questions that apply.

    What was answered before another answer hid its question no longer counts, nor does what
    hung on it.
    """
    standing = {name: value for name, value in answers.items() if value}
    while True:
        asked = {field.id for field in _asked(service, standing, today)}
        kept = {name: value for name, value in standing.items() if name in asked}
        if kept == standing:
            return kept
        standing = kept


def _asked(service: Service, answers: Answers, today: date) -> Iterator[Field]:
    for group in service.groups:
        if group.when is None or holds(group.when, answers, today):
            for field in group.fields:
                if field.when is None or holds(field.when, answers, today):
                    yield field


def _visible(service: Service, answers: Answers, today: date) -> tuple[FieldGroup, ...]:
    groups = []
    for group in service.groups:
        if holds(group.when, answers, today):
            fields = tuple(
                _with_offered_choices(field, answers, today)
                for field in group.fields
                if holds(field.when, answers, today)
            )
            if fields:
                groups.append(msgspec.structs.replace(group, fields=fields))
    return tuple(groups)


def _with_offered_choices(field: Field, answers: Answers, today: date) -> Field:
    if all(choice.when is None for choice in field.choices):
        return field
    offered = tuple(choice for choice in field.choices if holds(choice.when, answers, today))
    return msgspec.structs.replace(field, choices=offered)


def needed_documents(service: Service, answers: Answers, today: date) -> tuple[DocumentNeed, ...]:
    """Return the papers asked for by these answers, the optional ones too."""
    given = standing_answers(service, answers, today)
    return tuple(need for need in service.documents if holds(need.when, given, today))


def undecided_documents(
    service: Service, answers: Answers, today: date
) -> tuple[DocumentNeed, ...]:
    """Return the papers that questions not yet answered may still ask for."""
    given = standing_answers(service, answers, today)
    return tuple(
        need
        for need in service.documents
        if need.when is not None
        and not holds(need.when, given, today)
        and not need.when.fields() <= given.keys()
    )


def check_application(
    service: Service,
    answers: Answers,
    documents: Mapping[str, str],
    today: date,
    regions: Regions,
) -> tuple[Problem, ...]:
    """Return everything wrong, in the order of the form, the documents last.

    Args:
        service: what is applied for.
        answers: field id to answer.
        documents: document need id to the type id of the paper that is there.
        today: the day of judging.
        regions: for NIK and addresses.
    """
    given = standing_answers(service, answers, today)
    across = list(_across(service, given, today, regions))
    problems: list[Problem] = []
    for group in _visible(service, given, today):
        for field in group.fields:
            problems += _check_field(field, given, today, regions)
            problems += [problem for problem in across if problem.where == field.id]
    return (*problems, *_check_documents(service, given, documents, today))


def check_field(
    service: Service, field_id: str, answers: Answers, today: date, regions: Regions
) -> tuple[Problem, ...]:
    """Return what is wrong at one field, seen with the other answers; for the moment it is left."""
    given = standing_answers(service, answers, today)
    for field in _asked(service, given, today):
        if field.id == field_id:
            own = _check_field(_with_offered_choices(field, given, today), given, today, regions)
            across = _across(service, given, today, regions)
            return (*own, *(problem for problem in across if problem.where == field_id))
    return ()


def _check_field(
    field: Field, given: Answers, today: date, regions: Regions
) -> tuple[Problem, ...]:
    value = given.get(field.id, "")
    if value:
        return check_answer(field, value, today, regions)
    return (Problem(field.id, "answer_missing"),) if field.is_required else ()


def _check_documents(
    service: Service, given: Answers, documents: Mapping[str, str], today: date
) -> Iterator[Problem]:
    for need in needed_documents(service, given, today):
        kind = documents.get(need.id, "")
        if not kind and need.is_required:
            yield Problem(f"document:{need.id}", "document_missing")
        elif kind and kind not in need.one_of:
            yield Problem(f"document:{need.id}", "document_kind_wrong")


def _across(service: Service, given: Answers, today: date, regions: Regions) -> Iterator[Problem]:
    born = read_iso(given.get("birth_date", ""))
    nik = read_nik(given.get("nik", ""))
    if isinstance(nik, Nik):
        yield from _nik_against_form(nik, born, given)
    if given.get("nik", "") and given.get("nik") == given.get("kk_number"):
        yield Problem("kk_number", "kk_same_as_nik", "warning")
    if born and born <= today:
        yield from _for_whom(service, given, born, today)
        yield from _parents(given, born)
    if service.family == "passport" and len(given.get("full_name", "").split()) == 1:
        yield Problem("full_name", "name_one_word", "warning")
    for check in service.checks:
        if holds(check.when, given, today):
            yield Problem(check.where, check.code, check.severity)


def _nik_against_form(nik: Nik, born: date | None, given: Answers) -> Iterator[Problem]:
    if born and born not in nik.birth_dates:
        yield Problem("nik", "nik_birth_date_differs", "warning")
    if given.get("sex", nik.sex) != nik.sex:
        yield Problem("nik", "nik_sex_differs", "warning")


def _for_whom(service: Service, given: Answers, born: date, today: date) -> Iterator[Problem]:
    is_child = age_on(born, today) < ADULT_AGE and given.get("marital_status") != "married"
    if service.for_whom == "adult" and is_child:
        yield Problem("birth_date", "too_young_for_service")
    if service.for_whom == "child" and not is_child:
        yield Problem("birth_date", "too_old_for_service")


def _parents(given: Answers, born: date) -> Iterator[Problem]:
    for field_id in _PARENTS:
        parent_born = read_iso(given.get(field_id, ""))
        if parent_born is None:
            continue
        if parent_born >= born:
            yield Problem(field_id, "parent_younger")
        elif age_on(parent_born, born) < _USUAL_PARENT_AGE:
            yield Problem(field_id, "parent_very_young", "warning")
