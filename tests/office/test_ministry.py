"""The ministry: what it is handed, the number it gives, and how far its word is followed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import select

from app.domain.events import NumberGiven, ReturnedItem
from app.errors import RemoteError
from app.imaging.pool import ImagingPool
from app.office import progress, review
from app.office.agencies.changes import take_changes
from app.office.agencies.contract import Change, Changes, ChangesQuestion, Export, Exported
from app.office.agencies.orders import queue_orders, send_orders
from app.office.agencies.simulated import SimulatedMinistry
from app.office.agencies.tables import AgencyOrderRow, MinistryChangeRow, MinistryNumberRow
from app.office.context import Office
from app.office.events import say
from app.office.officers import add_officer
from app.office.tables import ApplicationRow, AuditRow, WayRow
from app.protocol.manifest import Manifest
from app.resources import load_words
from app.storage.timeline import entries
from tests.office.asking import (
    RINA,
    Ministry,
    Registry,
    a_round,
    accept,
    number_of,
    orders,
    send,
    state,
    step,
)
from tests.office.desk import ANSWERS, PASSWORD, Browser, Desk, open_desk, served
from tests.office.house import Served
from tests.sync.island import Island


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[Desk]:
    """One office for all: each test sends people of its own."""
    with open_desk(tmp_path_factory.mktemp("desk"), shared_database_url) as opened:
        yield opened


@pytest.fixture
def ministry(desk: Desk) -> Ministry:
    return Ministry(desk)


@pytest.fixture(scope="module")
def imaging() -> Iterator[ImagingPool]:
    """One worker for all: starting it takes longer than its work here."""
    with closing(ImagingPool(has_engine=False)) as pool:
        yield pool


@pytest.fixture
def exporting(desk: Desk, ministry: Ministry, imaging: ImagingPool) -> Office:
    """The office with the ministry, which knows nothing of earlier tests."""
    with desk.office.database.write() as session:
        for application in session.scalars(select(ApplicationRow)):
            application.state = "handed_over"
        for table in (MinistryChangeRow, MinistryNumberRow, WayRow):
            for row in session.scalars(select(table)).all():
                session.delete(row)
    return replace(desk.office, ministry=ministry, imaging=imaging)


def test_an_accepted_application_is_handed_over_once_and_its_number_kept(
    desk: Desk, exporting: Office, ministry: Ministry
) -> None:
    sent, waiting = desk.kiosk.send({**ANSWERS, "nik": "9999014508900230"}), send(desk, "0231")
    accept(exporting, sent)
    a_round(exporting)
    a_round(exporting)
    # Asked again once everything was delivered.
    handed, again = ministry.handed
    assert again == handed
    assert (handed.reference, handed.answers["full_name"]) == (
        sent.reference,
        "SITI CONTOH ANAMBAS",
    )
    assert [paper.digest for paper in handed.documents] == [
        paper.content_digest for paper in sent.documents
    ]
    assert {one.id for one in ministry.delivered} == {paper.digest for paper in handed.documents}
    assert all(one.pdf.startswith(b"%PDF-") for one in ministry.delivered)
    assert opened_for_the_ministry(exporting, sent) == ["birth_proof", "kk", "ktp"]
    assert len(number_of(exporting, sent)) == 16
    assert orders(exporting, waiting) == []
    # An office restored from a backup asks under the same name and gets the same number.
    with exporting.database.write() as session:
        session.delete(session.get_one(MinistryNumberRow, sent.application_id))
        session.delete(session.scalars(select(AgencyOrderRow).where(
            AgencyOrderRow.application_id == sent.application_id
        )).one())  # fmt: skip
    a_round(exporting)
    assert {export.id for export in ministry.handed} == {handed.id}


def test_an_application_that_was_examined_as_its_turn_came_is_handed_over_once_it_is_cleared(
    desk: Desk, exporting: Office, ministry: Ministry
) -> None:
    sent = desk.kiosk.send({**ANSWERS, "nik": "9999014508900239"})
    accept(exporting, sent)

    def cut() -> None:
        raise RemoteError("agency_away", way="ministry")

    ministry.before = cut
    a_round(exporting)
    step(exporting, sent, "examine", "accepted")
    ministry.before = lambda: None
    desk.clock.pass_time(61)
    a_round(exporting)
    assert orders(exporting, sent) == [("ministry", "void", "agency_away")]
    step(exporting, sent, "clear", "under_examination")
    a_round(exporting)
    assert orders(exporting, sent) == [("ministry", "done", "")]


def opened_for_the_ministry(office: Office, manifest: Manifest) -> list[str]:
    """Return the documents that the trail says were opened for it."""
    with office.database.read() as session:
        rows = session.scalars(
            select(AuditRow.params).where(
                AuditRow.what == "ask_ministry_document",
                AuditRow.application_id == manifest.application_id,
            )
        )
        return sorted(msgspec.json.decode(params)["need"] for params in rows)


def test_documents_go_one_by_one_and_after_a_cut_or_a_long_round_only_those_that_are_missing(
    desk: Desk, exporting: Office, ministry: Ministry
) -> None:
    sent = desk.kiosk.send({**ANSWERS, "nik": "9999014508900236"})
    accept(exporting, sent)

    def cut() -> None:
        if ministry.delivered:
            raise RemoteError("agency_away", way="ministry")

    ministry.before = cut
    a_round(exporting)
    assert orders(exporting, sent) == [("ministry", "waiting", "agency_away")]
    assert len(number_of(exporting, sent)) == 16
    ministry.before = lambda: desk.clock.pass_time(61)
    desk.clock.pass_time(61)
    a_round(exporting)
    assert len(ministry.delivered) == 2
    assert orders(exporting, sent)[0][1] == "waiting"
    a_round(exporting)
    assert orders(exporting, sent) == [("ministry", "done", "")]
    assert len({one.id for one in ministry.delivered}) == len(ministry.delivered) == 3


def test_a_ministry_that_loses_documents_is_asked_again_later_and_holds_up_no_other(
    desk: Desk, exporting: Office, ministry: Ministry
) -> None:
    sent, other = desk.kiosk.send({**ANSWERS, "nik": "9999014508900237"}), send(desk, "0238")
    accept(exporting, sent)
    accept(exporting, other)
    ministry.before = ministry.forget
    a_round(exporting)
    assert orders(exporting, sent) == [("ministry", "waiting", "agency_incomplete")]
    assert orders(exporting, other) == [("ministry", "done", "")]
    ministry.before = lambda: None
    desk.clock.pass_time(61)
    a_round(exporting)
    assert orders(exporting, sent) == [("ministry", "done", "")]


def test_the_ministrys_number_is_told_at_the_kiosk_once_and_on_the_status_page(
    served: Served, island: Island
) -> None:
    office = replace(served.office, ministry=SimulatedMinistry(served.office.clock))
    add_officer(office, RINA.name, RINA.shown_name, PASSWORD, RINA.roles)
    frozen = island.freeze()
    island.cycle()
    asked = {"reference": frozen.reference, "day": "5", "month": "8", "year": "1990"}
    label = load_words("id")("public_status.ministry_number")
    assert label not in Browser(served.url).post("/status", asked).text
    review.accept(office, RINA, frozen.application_id, 1)
    a_round(office)
    island.cycle()
    with office.database.read() as session:
        number = session.get_one(MinistryNumberRow, frozen.application_id).number
    shown = Browser(served.url).post("/status", asked).text
    assert label in shown
    assert number in shown
    with office.database.write() as session:
        # As an office says it that came back from a backup.
        say(
            session,
            office,
            island.enrolment().device_id,
            NumberGiven(number),
            frozen.application_id,
        )
    island.cycle()
    with island.store.read() as session:
        lines = entries(session, frozen.application_id)
    assert [line.params for line in lines if line.what == "ministry_number"] == [{"number": number}]


def test_states_of_the_ministry_move_an_application_only_where_its_life_allows_it(
    desk: Desk, exporting: Office, ministry: Ministry
) -> None:
    sent = send(desk, "0232")
    accept(exporting, sent)
    a_round(exporting)
    number = number_of(exporting, sent)
    ministry.tell(number, "printing")
    a_round(exporting)
    assert state(exporting, sent) == "accepted"
    with exporting.database.write() as session:
        session.get_one(ApplicationRow, sent.application_id).state = "attended"
    for told in ("adjudication", "rejected", "printing", "ready", "handed_over", "unheard_of"):
        ministry.tell(number, told)
    a_round(exporting)
    a_round(exporting)
    assert state(exporting, sent) == "ready"
    with exporting.database.read() as session:
        rows = session.scalars(select(MinistryChangeRow).order_by(MinistryChangeRow.serial)).all()
    assert [(row.state, row.outcome) for row in rows] == [
        ("registered", "noted"),
        ("printing", "noted"),
        ("adjudication", "moved"),
        ("rejected", "noted"),
        ("printing", "moved"),
        ("ready", "moved"),
        ("handed_over", "noted"),
        ("unheard_of", "noted"),
    ]
    assert progress.steps_from("ready")
    trail = [line.to_state for line in review.history(exporting, sent.application_id)]
    assert trail[-3:] == ["adjudication", "printing", "ready"]


@pytest.mark.parametrize("put_aside", ["suspend", "examine"])
def test_an_officer_who_puts_an_application_aside_is_not_overruled_by_the_ministry(
    desk: Desk, exporting: Office, ministry: Ministry, put_aside: str
) -> None:
    sent = send(desk, "0245" if put_aside == "suspend" else "0246")
    accept(exporting, sent)
    a_round(exporting)
    with exporting.database.write() as session:
        session.get_one(ApplicationRow, sent.application_id).state = "attended"
    step(exporting, sent, put_aside, "attended")
    aside = progress.STEPS[put_aside].to_state
    for told in ("adjudication", "printing", "ready"):
        ministry.tell(number_of(exporting, sent), told)
    a_round(exporting)
    assert state(exporting, sent) == aside
    trail = [line.to_state for line in review.history(exporting, sent.application_id)]
    assert trail[-1] == aside


def test_what_the_ministry_told_of_an_application_put_aside_counts_once_it_is_taken_up(
    desk: Desk, exporting: Office, ministry: Ministry
) -> None:
    sent = send(desk, "0249")
    accept(exporting, sent)
    a_round(exporting)
    number = number_of(exporting, sent)
    # Too early, and no more than shown then as now.
    ministry.tell(number, "printing")
    a_round(exporting)
    desk.clock.pass_time(60)
    with exporting.database.write() as session:
        application = session.get_one(ApplicationRow, sent.application_id)
        application.state = "scheduled"
    step(exporting, sent, "attend", "scheduled")
    step(exporting, sent, "examine", "attended")
    desk.clock.pass_time(60)
    step(exporting, sent, "clear", "under_examination")
    step(exporting, sent, "suspend", "attended")
    ministry.tell(number, "adjudication")
    a_round(exporting)
    step(exporting, sent, "resume", "suspended")
    a_round(exporting)
    assert state(exporting, sent) == "in_review"
    review.accept(exporting, RINA, sent.application_id, 1)
    a_round(exporting)
    a_round(exporting)
    assert state(exporting, sent) == "adjudication"
    step(exporting, sent, "examine", "adjudication")
    for told in ("printing", "ready"):
        ministry.tell(number, told)
    a_round(exporting)
    step(exporting, sent, "adjudicate", "under_examination")
    a_round(exporting)
    assert state(exporting, sent) == "ready"


def test_a_number_that_belongs_to_another_application_is_not_believed_and_holds_up_no_other(
    desk: Desk, exporting: Office, ministry: Ministry
) -> None:
    first, second, third = send(desk, "0233"), send(desk, "0234"), send(desk, "0247")
    accept(exporting, first)
    a_round(exporting)
    ministry.numbers = [number_of(exporting, first)]
    accept(exporting, second)
    accept(exporting, third)
    a_round(exporting)
    assert orders(exporting, second) == [("ministry", "waiting", "agency_number_wrong")]
    assert orders(exporting, third) == [("ministry", "done", "")]
    with exporting.database.read() as session:
        assert session.get_one(WayRow, "ministry").last_error == ""
        assert session.get(MinistryNumberRow, second.application_id) is None
    desk.clock.pass_time(61)
    a_round(exporting)
    assert number_of(exporting, second) != number_of(exporting, first)


def test_a_correction_that_is_accepted_later_is_handed_over_under_the_same_number(
    desk: Desk, exporting: Office, ministry: Ministry
) -> None:
    first = send(desk, "0248")
    accept(exporting, first)
    a_round(exporting)
    number = number_of(exporting, first)
    step(exporting, first, "examine", "accepted")
    step(exporting, first, "resume", "under_examination")
    wrong = ReturnedItem("field", "full_name", "Tidak sama dengan KTP")
    review.return_for_correction(exporting, RINA, first.application_id, 1, (wrong,))
    second = desk.kiosk.send({**first.answers, "full_name": "SITI BETUL"}, [], after=first)
    accept(exporting, second)
    a_round(exporting)
    assert [one.revision for one in ministry.handed] == [1, 2]
    assert {one.reference for one in ministry.handed} == {first.reference}
    assert orders(exporting, second) == [("ministry", "done", "")] * 2
    assert number_of(exporting, second) == number


def test_what_is_told_of_a_number_before_it_is_known_here_is_acted_on_when_it_is(
    desk: Desk, exporting: Office
) -> None:
    sent = send(desk, "0235")
    accept(exporting, sent)
    with exporting.database.write() as session:
        session.get_one(ApplicationRow, sent.application_id).state = "attended"
    early = Early(desk)
    office = replace(exporting, ministry=early)
    take_changes(office)
    with office.database.read() as session:
        assert session.scalars(select(MinistryChangeRow.outcome)).all() == ["unknown_number"]
    a_round(office)
    assert state(office, sent) == "adjudication"


class Early(SimulatedMinistry):
    """Gave the number to an office that died before it could write it down."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.clock)
        self._now = desk.clock.now()

    def export(self, export: Export) -> Exported:
        return Exported(export.id, "1179000000123456")

    def changes(self, question: ChangesQuestion) -> Changes:
        told = Change(1, "1179000000123456", "adjudication", self._now)
        return Changes((told,) if question.after < 1 else ())


def page(office: Office, *people: Manifest) -> list[str]:
    """Return what the console shows of other agencies for each of these."""
    with served(office) as address:
        browser = Browser(address)
        browser.sign_in("rina")
        texts = [browser.get(f"/console/applications/{one.application_id}").text for one in people]
    return [text.partition('id="agencies"')[2].partition("</section>")[0] for text in texts]


def test_an_officer_reads_what_was_asked_and_told_beside_the_answers(
    desk: Desk, exporting: Office, ministry: Ministry
) -> None:
    words = load_words("id")
    sent, other, unasked = send(desk, "0250"), send(desk, "0251", sex="male"), send(desk, "0252")
    office = replace(exporting, registry=Registry())
    with desk.office.database.write() as session:
        session.get_one(ApplicationRow, unasked.application_id).state = "cancelled"
    queue_orders(office)
    assert words("console.agencies.state.registry_waiting") in page(desk.office, sent)[0]
    send_orders(office)
    accept(office, sent)
    a_round(office)
    number = number_of(office, sent)
    with office.database.write() as session:
        session.get_one(ApplicationRow, sent.application_id).state = "adjudication"
    ministry.tell(number, "printing")
    ministry.tell(number, "unheard_of")
    a_round(office)
    mine, theirs, none = page(desk.office, sent, other, unasked)
    assert words("console.agencies.state.registry_same") in mine
    assert f"{number[:4]} {number[4:8]}" in mine
    assert "unheard_of" in mine
    assert mine.count(words("console.agencies.moved")) == 1
    assert words("console.agencies.state.registry_differs") in theirs
    assert none == ""
