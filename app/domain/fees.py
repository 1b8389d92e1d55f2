"""What a service costs: fees that hold for the answers, in force on the day, offered by the office.

Money never passes through the kiosk; these amounts are told, not taken.
"""

from __future__ import annotations

from datetime import date

from app.domain.answers import Answers
from app.domain.catalogue import Catalogue, Fee, Office, Service
from app.domain.checking import standing_answers
from app.domain.conditions import holds


def fees_due(
    catalogue: Catalogue, service: Service, office_id: str, answers: Answers, day: date
) -> tuple[Fee, ...]:
    """Return the fees to add up, in the order of the service's rules.

    Args:
        catalogue: where tariffs and offices stand.
        service: what is applied for.
        office_id: where; empty or unknown = as if every fee were offered there.
        answers: as far as given.
        day: whose tariff.
    """
    return _in_force(catalogue, office_id, _codes_due(service, answers, day), day)


def whole_fees_due(
    catalogue: Catalogue, service: Service, office_id: str, answers: Answers, day: date
) -> tuple[Fee, ...]:
    """Return the fees that are due as ``fees_due`` does; none when one of them is not known.

    A sum without the one that has no tariff, or is not offered any more, is nobody's to pay.
    """
    due = fees_due(catalogue, service, office_id, answers, day)
    is_whole = {fee.code for fee in due} == set(_codes_due(service, answers, day))
    return due if is_whole else ()


def possible_fees(
    catalogue: Catalogue, service: Service, office_id: str, day: date
) -> tuple[Fee, ...]:
    """Return every fee that the service may cost, for showing before anything is answered."""
    return _in_force(catalogue, office_id, [rule.code for rule in service.fees], day)


def _codes_due(service: Service, answers: Answers, day: date) -> list[str]:
    given = standing_answers(service, answers, day)
    return [rule.code for rule in service.fees if holds(rule.when, given, day)]


def _in_force(catalogue: Catalogue, office_id: str, codes: list[str], day: date) -> tuple[Fee, ...]:
    office = _office(catalogue, office_id)
    offered = [code for code in codes if office is None or office.has_offer(code, day)]
    found = (fee_on(catalogue, code, day) for code in dict.fromkeys(offered))
    return tuple(fee for fee in found if fee)


def fee_on(catalogue: Catalogue, code: str, day: date) -> Fee | None:
    """Return the tariff line of a code in force on that day."""
    for fee in catalogue.fees:
        is_begun = fee.valid_from <= day
        if fee.code == code and is_begun and (fee.valid_until is None or day <= fee.valid_until):
            return fee
    return None


def _office(catalogue: Catalogue, office_id: str) -> Office | None:
    return next((office for office in catalogue.offices if office.id == office_id), None)
