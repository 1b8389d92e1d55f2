"""Enrolment from the kiosk's side: proofs both ways, and a lost answer that is asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.errors import AppError
from app.office.context import Office
from app.office.enrolling import new_enrolment_code
from app.protocol.enrolment import EnrolmentAnswer
from app.protocol.keys import new_keys
from app.storage import contact
from app.sync.enrolling import enrol, first_link
from tests.link import WeakLink
from tests.office.house import Served
from tests.sync.hostile import Asked, HostileServer, answer, passing_on
from tests.sync.island import Island


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Island]:
    """A kiosk before its enrolment."""
    fresh = Island(tmp_path / "fresh", seed=9)
    yield fresh
    fresh.close()


@pytest.fixture
def code(office: Office) -> str:
    return new_enrolment_code(office, "Kiosk Letung", "LET")


def ask(fresh: Island, url: str, code: str) -> str:
    """Enrol; return the code of what went wrong, or nothing."""
    try:
        enrol(fresh.store, fresh.clock, url, code, "Kiosk", open_link=first_link(fresh.clock))
    except AppError as error:
        return error.code
    return ""


def is_enrolled(fresh: Island) -> bool:
    with fresh.store.read() as session:
        return contact.read_contact(session) is not None


def test_a_typed_code_makes_the_kiosk_known(fresh: Island, served: Served, code: str) -> None:
    assert ask(fresh, served.url, f" {code.lower()} ") == ""
    row = fresh.enrolment()
    assert (row.device_code, row.office_id, row.cursor) == ("LET", "tarempa", 0)
    assert row.token
    with fresh.store.read() as session:
        assert contact.read_pending(session) is None
    assert fresh.cycle().error is None


def test_a_lost_answer_is_asked_for_again_with_the_same_keys(
    fresh: Island, weak: WeakLink, code: str
) -> None:
    weak.swallow_answer_after(1)
    assert ask(fresh, weak.url, code) == "office_away"
    assert not is_enrolled(fresh)
    fresh.reopen()
    assert ask(fresh, weak.url, code) == ""
    assert fresh.cycle().error is None


def test_a_code_serves_one_device(
    fresh: Island, island: Island, served: Served, office: Office
) -> None:
    code = new_enrolment_code(office, "Kiosk", "JEM")
    other = Island(fresh.folder.parent / "third", seed=3)
    assert ask(other, served.url, code) == ""
    assert ask(fresh, served.url, code) == "enrolment_code_used"
    assert not is_enrolled(fresh)
    other.close()


def test_a_wrong_code_is_refused(fresh: Island, served: Served, code: str) -> None:
    wrong = code[:-1] + ("7" if code[-1] != "7" else "8")
    assert ask(fresh, served.url, wrong) == "enrolment_refused"
    assert ask(fresh, served.url, "too short") == "enrolment_code_malformed"


def test_an_enrolled_kiosk_is_not_enrolled_again(
    island: Island, served: Served, office: Office
) -> None:
    code = new_enrolment_code(office, "Kiosk", "JEM")
    assert ask(island, served.url, code) == "already_enrolled"


@pytest.mark.parametrize("change", ["keys", "token", "office_id", "serial"])
def test_an_answer_changed_on_the_way_enrols_nobody(
    fresh: Island, served: Served, code: str, change: str
) -> None:
    """Somebody in the middle who does not know the code's secret puts something of his own in."""

    def tamper(asked: Asked, status: int, told: dict[str, str], body: bytes) -> bytes:
        given = msgspec.json.decode(body, type=EnrolmentAnswer)
        changes: dict[str, Any] = {
            "keys": {"keys": new_keys().public()},
            "token": {"sealed_token": "00" + given.sealed_token[2:]},
            "office_id": {"office_id": "lingga"},
            "serial": {"first_serial": 500},
        }
        changed = msgspec.structs.replace(given, **changes[change])
        return answer(status, {"Loket-Office": "", **told}, msgspec.json.encode(changed))

    with HostileServer(passing_on(served.address, tamper)) as server:
        assert ask(fresh, server.url, code) == "office_lied"
    assert not is_enrolled(fresh)


def test_the_secret_of_the_code_never_travels(fresh: Island, served: Served, code: str) -> None:
    def keep(asked: Asked, status: int, told: dict[str, str], body: bytes) -> bytes:
        return answer(status, {"Loket-Office": "", **told}, body)

    with HostileServer(passing_on(served.address, keep)) as server:
        assert ask(fresh, server.url, code) == ""
        letters = code.replace("-", "")[4:]
        assert letters.encode() not in server.asked[0].body
    assert b"AGE-SECRET" not in server.asked[0].body
