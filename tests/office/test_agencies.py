"""Other agencies: asked by an outbox that blocks nobody, believed with care, told as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from app.office.agencies.contract import (
    Change,
    Changes,
    ChangesQuestion,
    Delivered,
    Delivery,
    Export,
    Exported,
    RegistryAnswer,
    RegistryQuestion,
)
from app.office.agencies.orders import queue_orders, send_orders
from app.office.agencies.simulated import (
    OTHER_NAME_ENDING,
    UNKNOWN_ENDING,
    SimulatedMinistry,
    SimulatedRegistry,
)
from app.office.agencies.tables import AgencyOrderRow, MinistryChangeRow, MinistryNumberRow
from app.office.console.findings import shown_findings
from app.office.console.reading import read_dossier
from app.office.context import Office
from app.office.events import say
from app.office.officers import add_officer
from app.office.tables import ApplicationRow, AuditRow, WayRow
from app.protocol.manifest import Manifest
from app.resources import load_words
from app.storage.timeline import entries
from tests.office.desk import ANSWERS, PASSWORD, Browser, Desk, open_desk, served
from tests.office.house import Served
from tests.sync.island import Island

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


def send(desk: Desk, number: str, **answers: str) -> Manifest:
    return desk.kiosk.send({**ANSWERS, "nik": f"999901450890{number}", **answers}, [])


def a_round(office: Office) -> None:
    queue_orders(office)
    send_orders(office)
    take_changes(office)


def says(office: Office, manifest: Manifest) -> dict[str, str]:
    """Return what the registry is shown to have said, by question."""
    dossier = read_dossier(office, RINA, load_words("id"), manifest.application_id)
    return {
        one.about: one.says for one in shown_findings(office, dossier) if one.check == "registry"
    }


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


def step(office: Office, manifest: Manifest, name: str, seen: str) -> None:
    """Take one of Rina's steps, with a reason where it needs one."""
    needs = progress.STEPS[name].needs_reason
    reason = "Perlu diperiksa" if needs else ""
    progress.take_step(office, RINA, manifest.application_id, name, seen, reason)


def test_an_office_that_names_no_agency_asks_none(desk: Desk) -> None:
    sent = send(desk, "0222")
    a_round(desk.office)
    assert orders(desk.office, sent) == []


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


def number_of(office: Office, manifest: Manifest) -> str:
    with office.database.read() as session:
        return session.get_one(MinistryNumberRow, manifest.application_id).number


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


def page(office: Office, *people: Manifest) -> list[str]:
    """Return what the console shows of other agencies for each of these."""
    with served(office) as address:
        browser = Browser(address)
        browser.sign_in("rina")
        texts = [browser.get(f"/console/applications/{one.application_id}").text for one in people]
    return [text.partition('id="agencies"')[2].partition("</section>")[0] for text in texts]


def test_an_officer_reads_what_was_asked_and_told_beside_the_answers(
    desk: Desk, exporting: Office, ministry: Ministry, registry: Registry
) -> None:
    words = load_words("id")
    sent, other, unasked = send(desk, "0250"), send(desk, "0251", sex="male"), send(desk, "0252")
    office = replace(exporting, registry=registry)
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
