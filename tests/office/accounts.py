"""The accounts that the desk's offices begin with."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher

from app.office import audit
from app.office.context import Office
from app.office.officer_tables import OfficerRoleRow
from app.office.tables import OfficerRow

PASSWORD = "laut biru sekali"
ADJUDICATOR = ("adjudicator",)
_USUAL = (
    ("rina", "Rina Pemeriksa", ADJUDICATOR),
    ("dodi", "Dodi Pemeriksa", ADJUDICATOR),
    ("hadi", "Hadi Kepala", ("supervisor", "administrator")),
)


def add_usual_officers(office: Office) -> None:
    """Make two adjudicators, ``rina`` and ``dodi``, and the head, ``hadi``."""
    add_weakly(office, *_USUAL)


def add_weakly(office: Office, *officers: tuple[str, str, tuple[str, ...]]) -> None:
    """Write what ``add_officer`` writes, for all of them at once.

    Their digests are real and of the weakest kind: some strong ones for each of hundreds of
    offices, and one more for each sign-in, took a tenth of the processor's time of these tests.

    Args:
        office: ours.
        officers: name, shown name and roles of each; the password is ``PASSWORD``.
    """
    now = office.clock.now()
    with office.database.write() as session:
        for name, shown_name, roles in officers:
            digest = _weak_digest(PASSWORD)
            session.add(
                OfficerRow(name=name, shown_name=shown_name, password_digest=digest, created_at=now)
            )
            session.flush()
            session.add_all(OfficerRoleRow(officer=name, role=role) for role in roles)
            noted = {"officer": name, "roles": " ".join(roles)}
            audit.note(session, now, audit.OFFICE, "officer_added", **noted)


@cache
def _weak_digest(password: str) -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
