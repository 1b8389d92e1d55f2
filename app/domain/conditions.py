"""Judges the catalogue's conditions against answers.

Pure: the day of judging is handed in, and an answer that cannot be read meets no condition.
"""

from __future__ import annotations

from datetime import date, timedelta

from app.domain.answers import Answers
from app.domain.catalogue import TODAY, Condition
from app.domain.dates import age_on, read_iso


def holds(condition: Condition | None, answers: Answers, today: date) -> bool:
    """Tell whether the condition holds; no condition always does."""
    if condition is None:
        return True
    if condition.all_of:
        return all(holds(part, answers, today) for part in condition.all_of)
    if condition.any_of:
        return any(holds(part, answers, today) for part in condition.any_of)
    if condition.none_of:
        return not any(holds(part, answers, today) for part in condition.none_of)
    answer = today.isoformat() if condition.field == TODAY else answers.get(condition.field, "")
    return _answer_meets(condition, answer, answers, today)


def _answer_meets(condition: Condition, answer: str, answers: Answers, today: date) -> bool:
    if condition.is_answered is not None:
        return bool(answer) == condition.is_answered
    if not answer:
        return False
    if condition.equals is not None:
        return answer == condition.equals
    if condition.one_of:
        return answer in condition.one_of
    day = read_iso(answer)
    if condition.after_field is not None:
        other = read_iso(answers.get(condition.after_field, ""))
        return day is not None and other is not None and day > other
    return day is not None and _date_meets(condition, day, today)


def _date_meets(condition: Condition, day: date, today: date) -> bool:
    if condition.on_or_after is not None:
        return day >= condition.on_or_after
    if condition.before is not None:
        return day < condition.before
    if condition.age_below is not None:
        return day <= today and age_on(day, today) < condition.age_below
    if condition.within_days is not None:
        return day <= today + timedelta(days=condition.within_days)
    if condition.beyond_days is not None:
        return day > today + timedelta(days=condition.beyond_days)
    return False
