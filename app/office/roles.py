"""Who at the office may do what: roles as data, and the one place where that is asked.

Never says who somebody is; signing in belongs to the console.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from app.errors import UserError
from app.office import audit
from app.office.officer_tables import ROLES as ROLES

if TYPE_CHECKING:
    from app.office.context import Office

Action = Literal[
    "look",
    "review",
    "write",
    "decide",
    "interview",
    "arrange",
    "payments",
    "hand_over",
    "courier",
    "figures",
    "rules",
    "trail",
    "accounts",
    "devices",
]
#: Action to the roles that may take it; an account may have several roles, as in a small office.
ACTIONS: Mapping[Action, frozenset[str]] = {
    # See lists, applications and documents.
    "look": frozenset({"intake", "interviewer", "adjudicator", "cashier", "supervisor"}),
    # Take into review, return for correction, ask for a page in full, judge findings.
    "review": frozenset({"intake", "adjudicator", "supervisor"}),
    # Messages and letters to the applicant.
    "write": frozenset({"intake", "interviewer", "adjudicator", "cashier", "supervisor"}),
    # Accept or reject, and everything else that ends in a yes or no.
    "decide": frozenset({"adjudicator", "supervisor"}),
    # Note that somebody came, and what the interview brought.
    "interview": frozenset({"interviewer", "adjudicator", "supervisor"}),
    # Give an interview slot back because the office or the sea could not hold it.
    "arrange": frozenset({"intake", "interviewer", "adjudicator", "supervisor"}),
    # What concerns money.
    "payments": frozenset({"cashier", "supervisor"}),
    # Hand a passport over or post it.
    "hand_over": frozenset({"intake", "adjudicator", "supervisor"}),
    # Files that came by stick.
    "courier": frozenset({"intake", "adjudicator", "supervisor", "administrator"}),
    # Figures without personal data.
    "figures": frozenset({"supervisor", "administrator"}),
    # Opening hours, quotas, holidays, reasons, takings-over.
    "rules": frozenset({"supervisor"}),
    # Who did and saw what.
    "trail": frozenset({"supervisor", "administrator"}),
    "accounts": frozenset({"administrator"}),
    "devices": frozenset({"administrator"}),
}
#: Who may do one of these proves at sign-in that more than a password is theirs.
NEEDING_A_SECOND_FACTOR: tuple[Action, ...] = (
    "decide",
    "payments",
    "rules",
    "accounts",
    "devices",
)


class Officer(msgspec.Struct, frozen=True):
    """Who acts."""

    name: str
    shown_name: str
    roles: tuple[str, ...]

    def may(self, action: Action) -> bool:
        """Tell whether one of the roles allows it."""
        return not ACTIONS[action].isdisjoint(self.roles)

    @property
    def needs_second_factor(self) -> bool:
        """Tell whether a password alone is too little for what this officer may do."""
        return any(self.may(action) for action in NEEDING_A_SECOND_FACTOR)


def check_may(office: Office, officer: Officer, action: Action, application_id: str = "") -> None:
    """Refuse an officer whose roles do not allow it; the try stands in the trail.

    Asked before a transaction is begun, because the trail keeps the line whatever follows.

    Raises:
        UserError: ``forbidden``.
    """
    if officer.may(action):
        return
    with office.database.write() as session:
        who = audit.officer(officer.name)
        audit.note(session, office.clock.now(), who, "forbidden", application_id, action=action)
    raise UserError("forbidden", action=action)
