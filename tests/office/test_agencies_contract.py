"""One contract for each agency: held by the simulator itself and by our client over HTTP to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import msgspec
import pytest

from app.bootstrap import MachineClock
from app.errors import LocalFault, RemoteError
from app.office.agencies.clients import HttpMinistry, HttpRegistry
from app.office.agencies.contract import (
    ChangesQuestion,
    CivilRegistry,
    Delivered,
    Delivery,
    Export,
    ExportedDocument,
    Ministry,
    RegistryAnswer,
    RegistryQuestion,
)
from app.office.agencies.reaching import ministry_of, provider_of, registry_of
from app.office.agencies.simulated import SimulatedMinistry, SimulatedRegistry
from app.office.agencies.simulator_app import Simulator
from app.office.billing.provider import CHANNELS, Order, Provider
from app.office.billing.provider_client import HttpProvider
from app.office.billing.simulator import SimulatedProvider
from app.office.context import OfficeSettings
from app.office.ways.asking import Asker
from app.office.ways.signing import HEADER, sign
from tests.fakes import FakeClock
from tests.office.agencies import SECRETS, misbehaving, simulated
from tests.office.house import noise
from tests.sync.hostile import make_certificate, server_tls

CLOCK = FakeClock()
SITI = {
    "full_name": "SITI CONTOH",
    "birth_place": "Tarempa",
    "birth_date": "1990-08-05",
    "sex": "female",
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[tuple[Simulator, str]]:
    with simulated(CLOCK) as running:
        yield running


@pytest.fixture(params=["simulator", "http"])
def is_http(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "http")


def asker(url: str, secret: str, way: str = "registry", deadline_s: float = 10.0) -> Asker:
    return Asker(way, url, secret, CLOCK, deadline_s=deadline_s)


@pytest.fixture
def provider(simulator: tuple[Simulator, str], is_http: bool) -> Provider:
    if is_http:
        return HttpProvider(asker(simulator[1] + "/payments", SECRETS.payments, "payments"))
    return SimulatedProvider(CLOCK)


@pytest.fixture
def registry(simulator: tuple[Simulator, str], is_http: bool) -> CivilRegistry:
    if is_http:
        return HttpRegistry(asker(simulator[1] + "/registry", SECRETS.registry))
    return SimulatedRegistry()


@pytest.fixture
def ministry(simulator: tuple[Simulator, str], is_http: bool) -> tuple[Ministry, SimulatedMinistry]:
    """The ministry as the office sees it, and the one behind."""
    if is_http:
        url = simulator[1] + "/ministry"
        return HttpMinistry(asker(url, SECRETS.ministry, "ministry")), simulator[0].ministry
    plain = SimulatedMinistry(CLOCK)
    return plain, plain


def test_an_order_gets_one_payable_code_however_often_it_is_asked(provider: Provider) -> None:
    order = Order("order-1", "TRM-00001-A", 650_000)
    issued = provider.issue(order)
    assert len(issued.code) == 15
    assert issued.code.isdigit()
    assert issued.issued_at <= CLOCK.now() < issued.expires_at
    assert set(issued.channels) <= set(CHANNELS)
    CLOCK.pass_time(60)
    assert provider.issue(order) == issued
    assert provider.issue(Order("order-2", "TRM-00002-B", 650_000)).code != issued.code


def test_the_registry_says_of_each_field_how_far_it_agrees_and_never_what_is_registered(
    registry: CivilRegistry,
) -> None:
    told = registry.check(RegistryQuestion("q-1", "9999014508900001", {**SITI, "sex": "male"}))
    assert told == RegistryAnswer(
        "q-1",
        "match",
        {
            "full_name": "match",
            "birth_place": "unknown",
            "birth_date": "match",
            "sex": "differs",
        },
    )
    assert registry.check(RegistryQuestion("q-2", "9999014508909404", SITI)).nik == "unknown"


def export(name: str) -> Export:
    paper = ExportedDocument("ktp", "ktp", 1, 1000, "0" * 64)
    return Export(name, "tarempa", name.upper(), 1, "passport", "2026.11.1", SITI, (paper,))


def test_an_application_gets_one_number_and_its_states_come_in_order_once(
    ministry: tuple[Ministry, SimulatedMinistry],
) -> None:
    ours, behind = ministry
    first, second = ours.export(export("a")), ours.export(export("b"))
    assert len(first.number) == 16
    assert first.number.isdigit()
    assert ours.export(export("a")) == first
    assert first.number != second.number
    # A later revision: the reference names the application, the name of the question does not.
    revised = ours.export(msgspec.structs.replace(export("a"), id="a-2", revision=2))
    assert (revised.id, revised.number) == ("a-2", first.number)
    behind.tell(first.number, "printing")
    changes = ours.changes(ChangesQuestion("tarempa", 0)).changes
    assert [(change.number, change.state) for change in changes] == [
        (first.number, "registered"),
        (second.number, "registered"),
        (first.number, "printing"),
    ]
    later = ours.changes(ChangesQuestion("tarempa", changes[1].serial)).changes
    assert later == changes[2:]
    assert len(ours.changes(ChangesQuestion("tarempa", 0, most=1)).changes) == 1
    assert ours.changes(ChangesQuestion("dabo", 0)).changes == ()


def test_documents_are_missing_until_they_are_held_and_once_more_changes_nothing(
    ministry: tuple[Ministry, SimulatedMinistry],
) -> None:
    ours, _ = ministry
    papers = tuple(ExportedDocument("kk", "kk", 2, 1000, digit * 64) for digit in "12")
    about = msgspec.structs.replace(export("papers"), documents=papers)
    told = ours.export(about)
    assert sorted(told.missing) == [paper.digest for paper in papers]
    pages = Delivery("1" * 64, "tarempa", b"%PDF-1.4" + noise(400_000))
    for _ in range(2):
        assert ours.deliver(pages) == Delivered("1" * 64)
    with pytest.raises(RemoteError, match="agency_refused"):
        ours.deliver(Delivery("2" * 64, "tarempa", b"LP pages of ours"))
    assert ours.export(about) == msgspec.structs.replace(told, missing=("2" * 64,))
    # What one office has handed over says nothing to another.
    assert len(ours.export(msgspec.structs.replace(about, id="q", office="dabo")).missing) == 2


def test_a_ministry_that_wants_what_it_was_never_told_of_is_not_believed() -> None:
    said = b'{"id":"a","number":"1179000000123456","missing":["' + b"1" * 64 + b'"]}'
    with misbehaving(lambda it, _: answer(it, said, secret=SECRETS.ministry)) as url:
        wanting = HttpMinistry(asker(url, SECRETS.ministry, "ministry"))
        with pytest.raises(RemoteError, match="agency_lied"):
            wanting.export(export("a"))
        with pytest.raises(RemoteError, match="agency_lied"):
            wanting.deliver(Delivery("1" * 64, "tarempa", b"%PDF-1.4"))


def refusal(url: str, secret: str = SECRETS.registry, deadline_s: float = 10.0) -> RemoteError:
    """Ask the registry and return what went wrong."""
    with pytest.raises(RemoteError) as told:
        HttpRegistry(asker(url, secret, deadline_s=deadline_s)).check(
            RegistryQuestion("q-1", "9999014508900001", SITI)
        )
    assert "SITI" not in str(told.value)
    return told.value


def test_a_wrong_secret_and_a_wrong_clock_are_told_as_a_denial(
    simulator: tuple[Simulator, str],
) -> None:
    assert refusal(simulator[1] + "/registry", "guessed").code == "agency_denied"
    late = FakeClock(CLOCK.now() + timedelta(minutes=6))
    with pytest.raises(RemoteError, match="agency_denied"):
        HttpRegistry(Asker("registry", simulator[1] + "/registry", SECRETS.registry, late)).check(
            RegistryQuestion("q-1", "9999014508900001", SITI)
        )


def answer(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, secret: str = SECRETS.registry
) -> None:
    handler.send_response(status)
    handler.send_header(HEADER, sign(body, secret, CLOCK.now()))
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("Location", "/elsewhere")
    handler.end_headers()
    handler.wfile.write(body)


_RIGHT = b'{"id":"q-1","nik":"match","fields":{"sex":"match"}}'


@pytest.mark.parametrize(
    ("said", "status", "secret", "code"),
    [
        (_RIGHT, 200, "another", "agency_lied"),
        (b'{"id":"q-2","nik":"match"}', 200, "", "agency_lied"),
        (b'{"id":"q-1","nik":"maybe"}', 200, "", "agency_lied"),
        (b'{"id":"q-1","nik":"match","fields":{"mother":"match"}}', 200, "", "agency_lied"),
        (b"[" * 50_000, 200, "", "agency_lied"),
        (b"\xff\xfe", 200, "", "agency_lied"),
        (_RIGHT + b" " * 70_000, 200, "", "agency_lied"),
        (_RIGHT, 302, "", "agency_denied"),
        (_RIGHT, 404, "", "agency_denied"),
        (_RIGHT, 422, "", "agency_refused"),
        (_RIGHT, 429, "", "agency_away"),
        (_RIGHT, 503, "", "agency_away"),
    ],
)
def test_a_server_that_lies_or_refuses_is_believed_in_nothing(
    said: bytes, status: int, secret: str, code: str
) -> None:
    with misbehaving(lambda it, _: answer(it, said, status, secret or SECRETS.registry)) as url:
        error = refusal(url)
    assert error.code == code
    assert error.is_retryable is (code != "agency_refused")


def test_the_same_server_is_believed_when_it_tells_the_truth() -> None:
    with misbehaving(lambda it, _: answer(it, _RIGHT)) as url:
        question = RegistryQuestion("q-1", "9999014508900001", SITI)
        told = HttpRegistry(asker(url, SECRETS.registry)).check(question)
    assert told.fields == {"sex": "match"}


def test_what_is_asked_stands_in_no_address_and_carries_its_key() -> None:
    seen: list[tuple[str, str | None, bytes]] = []

    def note(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        seen.append((handler.path, handler.headers["Idempotency-Key"], body))
        answer(handler, _RIGHT)

    with misbehaving(note) as url:
        HttpRegistry(asker(url, SECRETS.registry)).check(
            RegistryQuestion("q-1", "9999014508900001", {"sex": "female"})
        )
    said = {"id": "q-1", "nik": "9999014508900001", "fields": {"sex": "female"}}
    assert [(path, key, msgspec.json.decode(body)) for path, key, body in seen] == [
        ("/v1/checks", "q-1", said)
    ]


@pytest.mark.parametrize("where", ["before the head", "in the head", "in the body"])
def test_a_server_that_drips_is_left_after_the_deadline(where: str) -> None:
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        if where == "in the body":
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
        while where != "before the head" and not over.wait(0.05):
            handler.wfile.write(b"x")
        over.wait(5)

    with misbehaving(drip) as url:
        try:
            assert refusal(url, deadline_s=0.4).code == "agency_away"
        finally:
            over.set()


def test_nobody_there_is_away() -> None:
    assert refusal("http://127.0.0.1:1").code == "agency_away"


def test_noise_is_no_answer() -> None:
    def make_noise(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    with misbehaving(make_noise) as url:
        assert refusal(url).code == "agency_lied"


def test_a_certificate_of_somebody_else_stops_everything_and_the_named_one_does_not(
    tmp_path: Path,
) -> None:
    certificate, key, _ = make_certificate(tmp_path / "theirs")
    other, _, _ = make_certificate(tmp_path / "other")
    with misbehaving(lambda it, _: answer(it, _RIGHT), server_tls(certificate, key)) as url:
        assert refusal(url).code == "agency_forged"
        for trusted, is_right in ((other, False), (certificate, True)):
            named = Asker("registry", url, SECRETS.registry, CLOCK, str(trusted))
            question = RegistryQuestion("q-1", "9999014508900001", SITI)
            if is_right:
                assert HttpRegistry(named).check(question).nik == "match"
            else:
                with pytest.raises(RemoteError, match="agency_forged"):
                    HttpRegistry(named).check(question)
    with pytest.raises(LocalFault, match="agency_ca_unreadable"):
        Asker("registry", url, SECRETS.registry, CLOCK, str(tmp_path / "none.pem"))


def test_agencies_are_off_unless_named_and_may_be_made_up_within_the_office() -> None:
    settings = OfficeSettings(Path(), payments="simulator")
    assert isinstance(provider_of(settings, CLOCK), SimulatedProvider)
    settings = OfficeSettings(Path(), registry_url="simulator", ministry_url="simulator")
    assert isinstance(registry_of(settings, CLOCK), SimulatedRegistry)
    assert isinstance(ministry_of(settings, CLOCK), SimulatedMinistry)
    plain = OfficeSettings(Path())
    for off in (provider_of, registry_of, ministry_of):
        assert off(plain, CLOCK) is None
    named_one = OfficeSettings(Path(), registry_url="https://registry.example", registry_secret="x")
    assert "secret='x'" not in repr(named_one)
    with pytest.raises(LocalFault, match="agency_url_wrong"):
        registry_of(OfficeSettings(Path(), registry_url="https://registry.example"), CLOCK)


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://registry.example", "s"),
        ("https://user:word@registry.example", "s"),
        ("https://registry.example/?nik=", "s"),
        ("https://", "s"),
        ("https://registry.example:99999", "s"),
        ("https://registry.example", ""),
    ],
)
def test_an_address_that_would_leak_is_refused_at_the_start(url: str, secret: str) -> None:
    with pytest.raises(LocalFault, match="agency_url_wrong") as told:
        asker(url, secret)
    assert "word" not in str(told.value)


def test_the_simulator_that_ships_answers_an_office_that_names_no_secret() -> None:
    command = [sys.executable, "-m", "app", "office", "simulate-agencies", "--port", "0"]
    named = {name: value for name, value in os.environ.items() if not name.startswith("LOKET_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=named) as running:
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        try:
            near = Asker("registry", told["LOKET_REGISTRY_URL"], "simulator", MachineClock())
            question = RegistryQuestion("q-1", "9999014508900001", SITI)
            assert HttpRegistry(near).check(question).nik == "match"
        finally:
            running.terminate()
