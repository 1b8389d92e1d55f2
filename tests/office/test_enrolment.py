"""Enrolment: once, with the right proof, in time; a lost answer may be asked for again."""

from __future__ import annotations

import msgspec
import pytest
import requests

from app.errors import UserError
from app.office.context import Office
from app.office.enrolling import enrol, new_enrolment_code
from app.office.tables import EnrolmentCodeRow
from app.protocol.enrolment import EnrolmentAnswer, is_same_proof, office_proof
from app.protocol.keys import PublicKeys, new_keys
from tests.fakes import FakeClock
from tests.office.house import OpenHere, Served, Village


def _refused(office: Office, village: Village, **changes: object) -> str:
    with pytest.raises(UserError) as refused:
        enrol(office, village.request(**changes))
    return refused.value.code


def test_a_device_is_taken_in_and_trusts_the_office(office: Office) -> None:
    village = Village(new_enrolment_code(office, "Letung", "let"))
    answer = enrol(office, village.request())
    proof = office_proof(village.code.secret, answer, village.keys.public())
    assert is_same_proof(proof, answer.proof)
    village.take(answer)
    assert (answer.device_code, answer.first_serial, answer.last_serial) == ("LET", 1, 99_999)
    assert answer.keys == office.keys.keys.public()


def test_a_lost_answer_is_given_again_to_the_same_device_alone(office: Office) -> None:
    shown = new_enrolment_code(office, "Letung", "LET")
    village = Village(shown)
    first = enrol(office, village.request())
    assert enrol(office, village.request()) == first
    assert _refused(office, Village(shown)) == "enrolment_code_used"


def test_wrong_proof_unknown_and_expired_codes_look_alike(open_here: OpenHere) -> None:
    clock = FakeClock()
    office = open_here(clock=clock)
    village = Village(new_enrolment_code(office, "Letung", "LET"))
    assert _refused(office, village, proof="0" * 64) == "enrolment_refused"
    assert _refused(office, village, device_name="Other") == "enrolment_refused"
    assert _refused(office, village, keys=new_keys().public()) == "enrolment_refused"
    assert _refused(office, village, code_name="ZZZZ") == "enrolment_refused"
    clock.pass_time(3 * 24 * 3600)
    assert _refused(office, village) == "enrolment_refused"


@pytest.mark.parametrize(
    "changes",
    [
        {"keys": PublicKeys("zz", "age1")},
        {"keys": PublicKeys("00" * 32, "age1notakey")},
        {"device_name": ""},
        {"device_name": "a\0b"},
        {"device_name": "x" * 200},
    ],
)
def test_a_malformed_request_is_refused(office: Office, changes: dict[str, object]) -> None:
    village = Village(new_enrolment_code(office, "Letung", "LET"))
    assert _refused(office, village, **changes) == "request_malformed"


def test_no_two_devices_share_the_letters_of_their_references(office: Office) -> None:
    enrol(office, Village(new_enrolment_code(office, "Letung", "LET")).request())
    new_enrolment_code(office, "Tarempa", "TRM")
    for code in ("LET", "trm"):
        with pytest.raises(UserError) as taken:
            new_enrolment_code(office, "Other", code)
        assert taken.value.code == "device_code_taken"
    with pytest.raises(UserError) as malformed:
        new_enrolment_code(office, "Other", "L-T")
    assert malformed.value.code == "device_code_malformed"


def test_a_copied_database_holds_no_secret_to_enrol_with(office: Office) -> None:
    village = Village(new_enrolment_code(office, "Letung", "LET"))
    with office.database.read() as session:
        row = session.get_one(EnrolmentCodeRow, village.code.name)
        assert village.code.secret.encode() not in row.sealed_secret
    enrol(office, village.request())
    for file in office.settings.folder.glob("office.db*"):
        assert village.code.secret.encode() not in file.read_bytes()


def test_answers_over_the_wire_are_problems_with_a_code(served: Served) -> None:
    url = f"{served.url}/v1/enrolments"
    shown = new_enrolment_code(served.office, "Letung", "LET")
    village = Village(shown)

    def post(body: bytes) -> requests.Response:
        return requests.post(url, data=body, timeout=30)

    wrong = post(msgspec.json.encode(village.request(proof="0")))
    assert (wrong.status_code, wrong.json()["code"]) == (403, "enrolment_refused")
    assert wrong.headers["Content-Type"] == "application/problem+json"
    right = post(msgspec.json.encode(village.request()))
    assert right.status_code == 201
    assert msgspec.json.decode(right.content, type=EnrolmentAnswer).office_id == "tarempa"
    used = post(msgspec.json.encode(Village(shown).request()))
    assert (used.status_code, used.json()["code"]) == (409, "enrolment_code_used")
    assert post(b"{").status_code == 400
    assert post(b"x" * 20_000).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b'{"x":' + b"[" * 8000 + b"]" * 8000 + b"}",
        b'{"code_name":"\xff"}',
        b'{"code_name":"\\ud800"}',
        b"",
    ],
)
def test_a_body_that_breaks_its_reader_is_a_malformed_request(served: Served, body: bytes) -> None:
    answer = requests.post(f"{served.url}/v1/enrolments", data=body, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, "request_malformed")


def test_a_proof_in_any_script_is_only_a_wrong_proof(office: Office) -> None:
    village = Village(new_enrolment_code(office, "Kiosk", "LET"))
    assert _refused(office, village, proof="\u0e01" * 64) == "enrolment_refused"


def test_a_code_with_a_letter_that_no_database_keeps_is_refused(office: Office) -> None:
    asked = Village(new_enrolment_code(office, "Kiosk", "LET")).request(code_name="AB\0C")
    with pytest.raises(UserError) as refused:
        enrol(office, asked)
    assert refused.value.code == "enrolment_refused"


def test_guessing_is_slowed_down(served: Served) -> None:
    url = f"{served.url}/v1/enrolments"
    answers = [requests.post(url, data=b'{"code_name":"AAAA"}', timeout=30) for _ in range(25)]
    assert answers[0].status_code == 400
    assert answers[-1].status_code in (400, 429)
    village = Village(new_enrolment_code(served.office, "Letung", "LET"))
    body = msgspec.json.encode(village.request(proof="0"))
    last = [requests.post(url, data=body, timeout=30) for _ in range(25)][-1]
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0
