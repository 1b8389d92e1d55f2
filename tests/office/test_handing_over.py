"""A passport goes into hands that somebody has seen, and the office can say into whose."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import select

from app.domain.requests import CollectingChosen
from app.errors import UserError
from app.office.officers import add_officer
from app.office.roles import Officer
from app.office.tables import ApplicationRow, AuditRow, CollectingRow
from app.office.talking.handing import Handing, hand_over
from app.office.talking.handing_tables import HandoverRow
from app.protocol.manifest import Manifest
from app.protocol.sealing import seal
from tests.office.desk import PASSWORD, Answer, Desk, open_desk

DODI = Officer("dodi", "Dodi Pemeriksa", ("adjudicator",))
PROXY = {"receiver": "proxy", "name": "UMAR CONTOH", "authority": "power_of_attorney"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("desk"), shared_database_url) as opened:
        add_officer(opened.office, "kasir", "Kasir", PASSWORD, ("cashier",))
        yield opened


def ready(desk: Desk, choice: CollectingChosen | None = None, tracking: str = "") -> Manifest:
    """Return an application whose passport lies ready."""
    sent = desk.kiosk.send(papers=[])
    recipient = desk.office.keys.keys.public().recipient
    with desk.office.database.write() as session:
        session.get_one(ApplicationRow, sent.application_id).state = "ready"
        if choice is not None:
            now = desk.clock.now()
            session.add(
                CollectingRow(
                    application_id=sent.application_id, how=choice.how, chosen_at=now,
                    sealed=seal(msgspec.json.encode(choice), recipient),
                    tracking=tracking, sent_at=now if tracking else None,
                )
            )  # fmt: skip
    return sent


def page_of(sent: Manifest) -> str:
    return f"/console/applications/{sent.application_id}"


def give(desk: Desk, sent: Manifest, **fields: str) -> Answer:
    browser = desk.browser("dodi")
    path = f"{page_of(sent)}/steps/hand_over"
    return browser.send_form(path, path, {"state": "ready", **fields})


def held(desk: Desk, sent: Manifest) -> tuple[str, HandoverRow | None]:
    with desk.office.database.read() as session:
        state = session.get_one(ApplicationRow, sent.application_id).state
        return state, session.get(HandoverRow, sent.application_id)


def test_the_applicant_takes_it_once_the_identity_was_seen(desk: Desk) -> None:
    sent = ready(desk)
    answer = give(desk, sent, receiver="applicant")
    assert answer.status == 422
    assert "Lihat identitas pengambil dulu" in answer.text
    assert held(desk, sent) == ("ready", None)
    assert give(desk, sent, receiver="applicant", identity="yes").status == 303
    state, row = held(desk, sent)
    assert state == "handed_over"
    assert row is not None
    assert (row.receiver, row.officer, row.sealed_name) == ("applicant", "dodi", None)
    assert "Diserahkan kepada pemohon" in desk.browser("dodi").get(page_of(sent)).text
    assert give(desk, sent, receiver="applicant", identity="yes").status == 409


def test_a_proxy_needs_a_name_a_right_and_an_identity_that_was_seen(desk: Desk) -> None:
    choice = CollectingChosen("proxy", "UMAR <CONTOH>", "other")
    sent = ready(desk, choice)
    asked = desk.browser("dodi").get(f"{page_of(sent)}/steps/hand_over").text
    assert 'value="UMAR &lt;CONTOH&gt;"' in asked, "what the applicant said at the kiosk"
    assert 'value="power_of_attorney" checked' in asked
    for wrong in (
        {**PROXY, "name": " ", "identity": "yes"},
        {**PROXY, "authority": "", "identity": "yes"},
        {**PROXY, "authority": "friend", "identity": "yes"},
        {**PROXY, "name": "X" * 200, "identity": "yes"},
        PROXY,
        {**PROXY, "receiver": "", "identity": "yes"},
    ):
        assert give(desk, sent, **wrong).status == 422
    assert held(desk, sent) == ("ready", None)
    assert give(desk, sent, **PROXY, identity="yes").status == 303
    page = desk.browser("dodi").get(page_of(sent)).text
    assert "UMAR CONTOH (Surat kuasa bermeterai sudah diterima)" in page
    with desk.office.database.read() as session:
        mine = AuditRow.application_id == sent.application_id
        lines = session.scalars(select(AuditRow).where(mine)).all()
        row = session.get_one(HandoverRow, sent.application_id)
    told = [msgspec.json.decode(one.params) for one in lines if one.what == "handed_to"]
    assert told == [{"receiver": "proxy", "authority": "power_of_attorney"}]
    assert not any("UMAR" in one.params for one in lines)
    assert row.sealed_name is not None
    assert b"UMAR" not in row.sealed_name


def test_the_post_takes_only_what_has_a_tracking_number(desk: Desk) -> None:
    choice = CollectingChosen("post", "SITI CONTOH", "", "Jalan Contoh 12")
    assert give(desk, ready(desk, choice), receiver="post").status == 422
    assert give(desk, ready(desk), receiver="post").status == 422
    sent = ready(desk, choice, tracking="P2612345")
    asked = desk.browser("dodi").get(f"{page_of(sent)}/steps/hand_over").text
    assert 'value="post" checked' in asked
    assert give(desk, sent, receiver="post").status == 303
    assert held(desk, sent)[0] == "handed_over"


def test_who_hands_nothing_over_sees_no_form_for_it(desk: Desk) -> None:
    sent = ready(desk, CollectingChosen("post", "SITI CONTOH", "", "Jalan Contoh 12"))
    parcel = f"{page_of(sent)}/parcel"
    assert parcel in desk.browser("dodi").get(page_of(sent)).text
    seen = desk.browser("kasir").get(page_of(sent)).text
    assert parcel not in seen
    assert "/steps/hand_over" not in seen
    cashier = Officer("kasir", "Kasir", ("cashier",))
    handing = Handing("applicant", is_identity_seen=True)
    with pytest.raises(UserError, match="forbidden"):
        hand_over(desk.office, cashier, sent.application_id, "ready", handing)
    assert held(desk, sent) == ("ready", None)


def test_a_refused_step_leaves_no_hand_over_behind(desk: Desk) -> None:
    sent = ready(desk)
    handing = Handing("applicant", is_identity_seen=True)
    with pytest.raises(UserError, match="action_not_possible"):
        hand_over(desk.office, DODI, sent.application_id, "printing", handing)
    assert held(desk, sent) == ("ready", None)
