"""An office that asks other agencies, and agencies that note what they are asked."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.errors import RemoteError
from app.office import progress, review
from app.office.agencies.changes import take_changes
from app.office.agencies.contract import (
    Delivered,
    Delivery,
    Export,
    Exported,
    RegistryAnswer,
    RegistryQuestion,
)
from app.office.agencies.orders import queue_orders, send_orders
from app.office.agencies.simulated import SimulatedMinistry, SimulatedRegistry
from app.office.agencies.tables import AgencyOrderRow, MinistryNumberRow
from app.office.context import Office
from app.office.tables import ApplicationRow
from app.protocol.manifest import Manifest
from tests.office.desk import ANSWERS, Desk

RINA = review.Officer("rina", "Rina Pemeriksa", ("adjudicator",))


class Registry(SimulatedRegistry):
    """The simulated registry, which notes what it is asked and may be away."""

    def __init__(self) -> None:
        self.asked: list[RegistryQuestion] = []
        self.fails: RemoteError | None = None

    def check(self, question: RegistryQuestion) -> RegistryAnswer:
        self.asked.append(question)
        if self.fails is not None:
            raise self.fails
        return super().check(question)


class Ministry(SimulatedMinistry):
    """The simulated ministry, which notes what it is handed and may lie."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.clock)
        self.handed: list[Export] = []
        self.numbers: list[str] = []
        #: What was delivered, and what is done before it is.
        self.delivered: list[Delivery] = []
        self.before: Callable[[], object] = lambda: None

    def export(self, export: Export) -> Exported:
        self.handed.append(export)
        told = super().export(export)
        return Exported(told.id, self.numbers.pop()) if self.numbers else told

    def forget(self) -> None:
        """Lose every document."""
        self._held.clear()

    def deliver(self, delivery: Delivery) -> Delivered:
        self.before()
        self.delivered.append(delivery)
        return super().deliver(delivery)


def send(desk: Desk, number: str, **answers: str) -> Manifest:
    return desk.kiosk.send({**ANSWERS, "nik": f"999901450890{number}", **answers}, [])


def a_round(office: Office) -> None:
    queue_orders(office)
    send_orders(office)
    take_changes(office)


def orders(office: Office, manifest: Manifest) -> list[tuple[str, str, str]]:
    with office.database.read() as session:
        rows = session.scalars(
            select(AgencyOrderRow).where(AgencyOrderRow.application_id == manifest.application_id)
        )
        return [(row.agency, row.state, row.last_error) for row in rows]


def accept(office: Office, manifest: Manifest) -> None:
    review.start_review(office, RINA, manifest.application_id)
    review.accept(office, RINA, manifest.application_id, manifest.revision)


def state(office: Office, manifest: Manifest) -> str:
    with office.database.read() as session:
        return session.get_one(ApplicationRow, manifest.application_id).state


def step(office: Office, manifest: Manifest, name: str, seen: str) -> None:
    """Take one of Rina's steps, with a reason where it needs one."""
    needs = progress.STEPS[name].needs_reason
    reason = "Perlu diperiksa" if needs else ""
    progress.take_step(office, RINA, manifest.application_id, name, seen, reason)


def number_of(office: Office, manifest: Manifest) -> str:
    with office.database.read() as session:
        return session.get_one(MinistryNumberRow, manifest.application_id).number
