"""Agencies that are nobody's: for the demo, training and tests; all they know is made up.

Forget everything when they end. Never used beside real ones.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

from app.domain.dates import read_iso
from app.domain.nik import Nik, read_nik
from app.errors import RemoteError
from app.office.agencies.contract import (
    Change,
    Changes,
    ChangesQuestion,
    Delivered,
    Delivery,
    Export,
    Exported,
    Likeness,
    RegistryAnswer,
    RegistryQuestion,
)

if TYPE_CHECKING:
    from app.domain.clock import Clock

#: NIKs with these last digits are unknown, or registered under another name.
UNKNOWN_ENDING, OTHER_NAME_ENDING = "9404", "9405"


class SimulatedRegistry:
    """Believes the NIK: birth date and sex must be the ones it holds."""

    def check(self, question: RegistryQuestion) -> RegistryAnswer:
        """As ``CivilRegistry.check``."""
        nik = read_nik(question.nik)
        if not isinstance(nik, Nik) or question.nik.endswith(UNKNOWN_ENDING):
            return RegistryAnswer(question.id, "unknown")
        fields = {name: _likeness(nik, name, said) for name, said in question.fields.items()}
        if question.nik.endswith(OTHER_NAME_ENDING) and "full_name" in fields:
            fields["full_name"] = "differs"
        return RegistryAnswer(question.id, "match", fields)


class SimulatedMinistry:
    """Gives numbers, and the states it is told to.

    Args:
        clock: of its changes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        #: Of each application, which office and reference name.
        self._numbers: dict[tuple[str, str], str] = {}
        self._changes: list[tuple[str, Change]] = []
        #: Office and digest of every document.
        self._held: set[tuple[str, str]] = set()

    def export(self, export: Export) -> Exported:
        """As ``Ministry.export``."""
        about = (export.office, export.reference)
        number = "11" + str(int(hashlib.sha256(" ".join(about).encode()).hexdigest(), 16))[:14]
        with self._lock:
            is_new = about not in self._numbers
            self._numbers[about] = number
            named = {document.digest for document in export.documents}
            missing = {one for one in named if (export.office, one) not in self._held}
        if is_new:
            self.tell(number, "registered")
        return Exported(export.id, number, tuple(sorted(missing)))

    def deliver(self, delivery: Delivery) -> Delivered:
        """As ``Ministry.deliver``."""
        if not delivery.pdf.startswith(b"%PDF-"):
            raise RemoteError("agency_refused", is_retryable=False, way="ministry")
        with self._lock:
            self._held.add((delivery.office, delivery.id))
        return Delivered(delivery.id)

    def changes(self, question: ChangesQuestion) -> Changes:
        """As ``Ministry.changes``."""
        with self._lock:
            found = [
                change
                for office, change in self._changes
                if office == question.office and change.serial > question.after
            ]
        return Changes(tuple(found[: question.most]))

    def tell(self, number: str, state: str) -> None:
        """Let an application there change its state.

        Raises:
            RemoteError: ``agency_refused`` for a number it never gave.
        """
        with self._lock:
            offices = {given: office for (office, _), given in self._numbers.items()}
            if number not in offices:
                raise RemoteError("agency_refused", is_retryable=False)
            serial = len(self._changes) + 1
            change = Change(serial, number, state, self._clock.now())
            self._changes.append((offices[number], change))


def _likeness(nik: Nik, name: str, said: str) -> Likeness:
    if name == "birth_date":
        return "match" if read_iso(said) in nik.birth_dates else "differs"
    if name == "sex":
        return "match" if said == nik.sex else "differs"
    return "match" if name == "full_name" else "unknown"
