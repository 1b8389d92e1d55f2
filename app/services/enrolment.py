"""Tells which office this kiosk is enrolled with; enrolling itself is ``app.sync``'s."""

from __future__ import annotations

from app.services.kiosk import Kiosk
from app.storage import enrolment as stored
from app.storage.enrolment import StoredEnrolment as EnrolmentView

__all__ = ["EnrolmentView", "read_enrolment"]


def read_enrolment(kiosk: Kiosk) -> EnrolmentView | None:
    """Return the enrolment, None before it."""
    with kiosk.store.read() as session:
        return stored.enrolment(session)
