"""Other agencies: asked by an outbox that blocks nobody, believed with care, told as findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.errors import RemoteError
from app.office import review
from app.office.agencies.simulated import OTHER_NAME_ENDING, UNKNOWN_ENDING
from app.office.agencies.tables import AgencyOrderRow
from app.office.console.findings import shown_findings
from app.office.console.reading import read_dossier
from app.office.context import Office
from app.office.tables import ApplicationRow, AuditRow, WayRow
from app.protocol.manifest import Manifest
from app.resources import load_words
from tests.office.asking import (
    RINA,
    Registry,
    a_round,
    accept,
    orders,
    send,
    state,
    step,
)
from tests.office.desk import ANSWERS, Browser, Desk, open_desk, served


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[Desk]:
    """One office for all: each test sends people of its own."""
    with open_desk(tmp_path_factory.mktemp("desk"), shared_database_url) as opened:
        yield opened


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def asking(desk: Desk, registry: Registry) -> Iterator[Office]:
    """The office with the registry; nothing of earlier tests waits, and its ways are as new."""
    yield replace(desk.office, registry=registry)
    with desk.office.database.write() as session:
        for row in session.scalars(select(WayRow)).all():
            session.delete(row)
        for application in session.scalars(select(ApplicationRow)):
            application.state = "handed_over"
        for order in session.scalars(select(AgencyOrderRow)):
            order.state = "void"


def says(office: Office, manifest: Manifest) -> dict[str, str]:
    """Return what the registry is shown to have said, by question."""
    dossier = read_dossier(office, RINA, load_words("id"), manifest.application_id)
    return {
        one.about: one.says for one in shown_findings(office, dossier) if one.check == "registry"
    }


def test_what_the_registry_knows_otherwise_is_a_finding_and_nothing_else_changes(
    desk: Desk, asking: Office, registry: Registry
) -> None:
    sent = send(desk, "0201", sex="male", birth_date="1990-08-06")
    fine, other = send(desk, "0202"), send(desk, OTHER_NAME_ENDING)
    unknown = send(desk, UNKNOWN_ENDING)
    assert says(asking, sent) == {}
    a_round(asking)
    a_round(asking)
    assert len(registry.asked) == 4
    words = load_words("id")
    differs = words("review.finding.registry_differs")
    assert says(asking, sent) == {"Tanggal lahir": differs, "Jenis kelamin": differs}
    assert says(asking, other) == {"Nama lengkap": differs}
    assert says(asking, unknown) == {"NIK": words("review.finding.registry_nik_unknown")}
    assert says(asking, fine) == {}
    assert state(asking, sent) == "received"


def test_no_more_leaves_than_the_registry_needs_and_the_trail_tells_of_it(
    desk: Desk, asking: Office, registry: Registry
) -> None:
    sent = send(desk, "0203")
    a_round(asking)
    (question,) = registry.asked
    assert set(question.fields) == {"full_name", "birth_place", "birth_date", "sex"}
    assert sent.reference not in question.id
    assert "0203" not in repr(question)
    with asking.database.read() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.what == "ask_registry")).all()[-1]
        assert (row.who, row.application_id) == ("office", sent.application_id)
        sealed = session.scalars(select(AgencyOrderRow.sealed_answer)).all()
    assert not any(b"match" in one for one in sealed if one)


def test_a_training_application_leaves_the_office_never(
    desk: Desk, asking: Office, registry: Registry
) -> None:
    desk.kiosk.send({**ANSWERS, "nik": "9999014508900204"}, [], training=True)
    a_round(asking)
    assert registry.asked == []


def test_a_newer_revision_is_asked_anew_and_an_answer_to_the_old_one_counts_no_more(
    desk: Desk, asking: Office, registry: Registry
) -> None:
    first = send(desk, "0205", sex="male")
    a_round(asking)
    assert set(says(asking, first)) == {"Jenis kelamin"}
    again = desk.kiosk.send({**first.answers, "sex": "female"}, [], after=first)
    assert says(asking, again) == {}
    a_round(asking)
    assert [one.fields["sex"] for one in registry.asked] == ["male", "female"]
    assert says(asking, again) == {}


def test_an_agency_that_is_away_is_asked_later_and_holds_up_no_officer(
    desk: Desk, asking: Office, registry: Registry
) -> None:
    people = [send(desk, f"021{number}") for number in range(3)]
    registry.fails = RemoteError("agency_away", way="registry")
    a_round(asking)
    a_round(asking)
    # One try for all that wait.
    assert len(registry.asked) == 1
    accept(asking, people[0])
    desk.clock.pass_time(61)
    registry.fails = RemoteError("agency_denied", way="registry")
    a_round(asking)
    assert len(registry.asked) == 2
    with asking.database.read() as session:
        way = session.get_one(WayRow, "registry")
        assert (way.last_error, way.failures) == ("agency_denied", 2)
    registry.fails = None
    desk.clock.pass_time(121)
    a_round(asking)
    # Decided in the meantime: of no use any more.
    assert [orders(asking, one)[0][1] for one in people] == ["void", "done", "done"]


def test_one_question_that_is_refused_for_good_holds_up_no_other(
    desk: Desk, asking: Office, registry: Registry
) -> None:
    first = send(desk, "0220")
    registry.fails = RemoteError("agency_refused", is_retryable=False, way="registry")
    a_round(asking)
    registry.fails = None
    second = send(desk, "0221")
    a_round(asking)
    assert orders(asking, first) == [("registry", "refused", "agency_refused")]
    assert orders(asking, second) == [("registry", "done", "")]


def test_what_was_not_needed_while_an_application_was_aside_is_asked_when_it_is_back(
    desk: Desk, asking: Office, registry: Registry
) -> None:
    sent = send(desk, "0223")
    review.start_review(asking, RINA, sent.application_id)
    registry.fails = RemoteError("agency_away", way="registry")
    a_round(asking)
    step(asking, sent, "examine", "in_review")
    registry.fails = None
    desk.clock.pass_time(61)
    a_round(asking)
    a_round(asking)
    assert len(registry.asked) == 1
    assert orders(asking, sent) == [("registry", "void", "agency_away")]
    step(asking, sent, "resume", "under_examination")
    a_round(asking)
    assert orders(asking, sent) == [("registry", "done", "")]


@pytest.mark.usefixtures("asking")
def test_an_office_that_names_no_agency_asks_none(desk: Desk) -> None:
    sent = send(desk, "0222")
    a_round(desk.office)
    assert orders(desk.office, sent) == []


def test_the_administrator_reads_which_way_is_shut_since_when_and_what_waits(
    desk: Desk, asking: Office, registry: Registry
) -> None:
    send(desk, "0240")
    registry.fails = RemoteError("agency_forged", way="registry")
    a_round(asking)
    with served(asking) as address:
        watching = Browser(address)
        watching.sign_in("hadi")
        shown = watching.get("/console/ways").text
        assert load_words("id")("errors.agency_forged.title") in shown
        assert load_words("id")("console.ways.failing") in watching.get("/console/devices").text
        row = shown.partition('id="way-registry"')[2].partition("</tr>")[0]
        assert ">1</td>" in row
        reading = Browser(address)
        reading.sign_in("rina")
        assert reading.get("/console/ways").status == 403
