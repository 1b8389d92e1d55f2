"""Turns what the services list into what a row shows and a reader says."""

from __future__ import annotations

from datetime import datetime

from app.domain.words import Words
from app.services.lists import ApplicationLine
from app.ui.operator.line_model import Line
from app.ui.operator.moments import near
from app.ui.operator.states import state_look


def line_of(words: Words, line: ApplicationLine, now: datetime) -> Line:
    """Return one row; an application without a name yet says so."""
    name = line.name or words("operator.list.no_name")
    state = state_look(words, line.state, line.office_state)
    service, changed = words.label(line.service), near(words, line.updated_at, now)
    numbers = [line.reference] if line.reference else []
    if line.nik:
        numbers.append(words("operator.list.nik", nik=line.nik))
    if line.is_training:
        numbers.append(words("operator.list.training"))
    spoken = words(
        "operator.list.spoken",
        name=name,
        service=service,
        reference=line.reference or words("operator.application.no_reference"),
        state=state.words,
        moment=changed,
    )
    return Line(line.application_id, name, service, tuple(numbers), state, changed, spoken)
