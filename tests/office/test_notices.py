"""Notices go once to those who agreed, by a real mail server and a real HTTP gateway."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import select

from app.domain.requests import NoticesWanted
from app.errors import LocalFault, RemoteError
from app.office import review
from app.office.context import Office, OfficeSettings
from app.office.noticing.gateways import Gateway, Outgoing, SmsGateway, gateways
from app.office.noticing.queueing import opened
from app.office.noticing.reminding import queue_reminders
from app.office.noticing.sending import send_notices
from app.office.noticing.tables import ContactRow, NoticeRow
from app.office.tables import ApplicationRow, WayRow
from app.protocol.sealing import seal
from app.storage import requests as kiosk_requests
from tests.fakes import FakeClock
from tests.office.accounts import ADJUDICATOR, add_weakly
from tests.office.house import MORTAL, open_at
from tests.office.post import SITI, Post
from tests.sync.island import Frozen, Island
from tests.sync.test_requests import ask

ANI = review.Officer("ani", "Ani Pemeriksa", ("adjudicator",))
FROM = "loket@imigrasi.example"


def settings_of(port: int, sms_url: str = "") -> dict[str, Any]:
    return {
        "mail_url": f"smtp+plain://127.0.0.1:{port}",
        "mail_from": FROM,
        "sms_url": sms_url,
        "sms_token": "ours",
    }


@pytest.fixture
def office(
    tmp_path: Path,
    database_url: str,
    post: tuple[Post, int],
    sms: tuple[list[dict[str, str]], str],
) -> Iterator[Office]:
    """An office with both ways out."""
    ways = settings_of(post[1], sms[1])
    opened = open_at(tmp_path / "office", database_url=database_url, **ways)
    add_weakly(opened, ("ani", "Ani Pemeriksa", ADJUDICATOR))
    yield opened
    opened.close()


def accept(office: Office, frozen: Frozen) -> None:
    review.start_review(office, ANI, frozen.application_id)
    review.accept(office, ANI, frozen.application_id, 1)


def states(office: Office) -> list[str]:
    with office.database.read() as session:
        return sorted(session.scalars(select(NoticeRow.state)))


def test_a_change_is_told_once_by_each_way_that_was_agreed_to(
    office: Office,
    agreed: Frozen,
    post: tuple[Post, int],
    sms: tuple[list[dict[str, str]], str],
) -> None:
    accept(office, agreed)
    send_notices(office)
    send_notices(office)
    (mail,) = post[0].mails
    assert mail["To"] == "siti@contoh.example"
    assert agreed.reference in mail["Subject"]
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "disetujui" in text.decode()
    assert "Siti" not in text.decode()
    assert mail["Loket-Repeat"] is None
    (message,) = sms[0]
    assert message["to"] == SITI.phone
    assert message["token"] == "Bearer ours"
    assert states(office) == ["sent", "sent"]


def test_nobody_is_told_who_did_not_agree(
    office: Office, island: Island, post: tuple[Post, int]
) -> None:
    frozen = island.freeze()
    island.cycle()
    accept(office, frozen)
    send_notices(office)
    assert post[0].mails == []
    assert states(office) == []


def test_consent_taken_back_drops_what_still_waits(
    office: Office, island: Island, agreed: Frozen, post: tuple[Post, int]
) -> None:
    accept(office, agreed)
    island.clock.pass_time(1)
    ask(island, agreed, NoticesWanted())
    island.cycle()
    send_notices(office)
    assert post[0].mails == []
    assert states(office) == ["dropped", "dropped"]
    with office.database.read() as session:
        assert session.scalars(select(ContactRow)).all() == []


def test_addresses_are_sealed_and_wrong_ones_told(
    office: Office, island: Island, agreed: Frozen
) -> None:
    with office.database.read() as session:
        assert b"siti" not in session.scalars(select(ContactRow.sealed)).one()
    island.clock.pass_time(1)
    ask(island, agreed, NoticesWanted("siti@contoh.example\nBcc: all@contoh.example"))
    island.cycle()
    with island.store.read() as session:
        assert kiosk_requests.asked(session, agreed.application_id)[-1].code == "address_malformed"


def test_an_address_that_no_mail_could_carry_is_no_consent(
    office: Office, agreed: Frozen, island: Island
) -> None:
    wrong = ("a@", "@b.example", "a:b@c.example", "a@b", "a@.b", "a@b..c", "x" * 65 + "@b.example")
    for address in wrong:
        island.clock.pass_time(1)
        ask(island, agreed, NoticesWanted(address))
    island.cycle()
    with island.store.read() as session:
        asked = kiosk_requests.asked(session, agreed.application_id)
    assert [one.code for one in asked[1:]] == ["address_malformed"] * len(wrong)
    with office.database.read() as session:
        assert opened(office, session.scalars(select(ContactRow)).one()) == SITI


def test_a_server_that_is_busy_is_tried_later_and_one_that_refuses_is_not(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    accept(office, agreed)
    post[0].answer = "451 busy"
    send_notices(office)
    send_notices(office)
    assert states(office) == ["sent", "waiting"]
    post[0].answer = "250 OK"
    office.clock.pass_time(61)  # type: ignore[attr-defined]
    send_notices(office)
    assert [mail["Loket-Repeat"] for mail in post[0].mails] == [None]
    assert states(office) == ["sent", "sent"]
    post[0].answer = "554 no such person"
    review_again(office, agreed)
    send_notices(office)
    assert states(office).count("dropped") == 1


def review_again(office: Office, frozen: Frozen) -> None:
    from app.office.talking.messages import write_message

    write_message(office, ANI, frozen.application_id, "Silakan datang.")


class _DiesAfter:
    """Hands over to the real server and is killed before anybody can note it."""

    def __init__(self, real: Gateway) -> None:
        self._real = real

    def hand_over(self, outgoing: Outgoing) -> None:
        self._real.hand_over(outgoing)
        os.kill(os.getpid(), signal.SIGKILL)


def _send_and_die(folder: Path, database_url: str, port: int) -> None:
    settings = settings_of(port)
    office = open_at(folder, database_url=database_url, **settings)
    real = gateways(OfficeSettings(folder, **settings))
    send_notices(replace(office, gateways={"mail": _DiesAfter(real["mail"])}))


def test_a_kill_between_sending_and_noting_repeats_it_once_and_says_so(
    office: Office, island: Island, agreed: Frozen, post: tuple[Post, int]
) -> None:
    accept(office, agreed)
    with office.database.write() as session:
        for row in session.scalars(select(NoticeRow).where(NoticeRow.channel == "sms")):
            row.state = "dropped"
    where = (office.settings.folder, office.settings.database_url)
    process = MORTAL.Process(target=_send_and_die, args=(*where, post[1]))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    send_notices(office)
    send_notices(office)
    assert [mail["Loket-Repeat"] for mail in post[0].mails] == [None, "yes"]
    assert len({mail["Message-ID"] for mail in post[0].mails}) == 1
    assert states(office) == ["dropped", "sent"]


def test_a_deadline_is_remembered_ten_and_three_days_before_and_told_once_each(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    with office.database.write() as session:
        application = session.get_one(ApplicationRow, agreed.application_id)
        application.state, application.updated_at = "ready", office.clock.now()
    clock = office.clock
    assert isinstance(clock, FakeClock)
    told = []
    for day in range(32):
        queue_reminders(office)
        queue_reminders(office)
        send_notices(office)
        told.append(len(post[0].mails))
        assert day == 0 or told[-1] - told[-2] in (0, 1)
        clock.pass_time(timedelta(days=1).total_seconds())
    days = [day for day in range(1, 32) if told[day] > told[day - 1]]
    assert days == [20, 27]


def test_a_wrong_mail_address_in_the_settings_is_told_without_repeating_it() -> None:
    settings = OfficeSettings(Path(), mail_url="smtp://u:secret@", mail_from=FROM)
    with pytest.raises(LocalFault, match="mail_url_wrong") as told:
        gateways(settings)
    assert "secret" not in str(told.value)
    assert "secret" not in repr(settings)


def test_nobody_there_is_an_error_that_passes() -> None:
    settings = OfficeSettings(Path(), mail_url="smtp+plain://127.0.0.1:1", mail_from=FROM)
    with pytest.raises(RemoteError, match="gateway_away") as away:
        gateways(settings)["mail"].hand_over(Outgoing("1", "a@b.example", "s", "t", False))
    assert away.value.is_retryable


def pass_time(office: Office, seconds: float) -> None:
    assert isinstance(office.clock, FakeClock)
    office.clock.pass_time(seconds)


def by_mail(office: Office) -> list[str]:
    with office.database.read() as session:
        rows = select(NoticeRow).where(NoticeRow.channel == "mail").order_by(NoticeRow.made_at)
        return [row.state for row in session.scalars(rows)]


@pytest.mark.parametrize("address", ["a@", "@b.example", "a:b@c.example", "a@b\nBcc: c@d.example"])
def test_an_address_that_no_mail_can_carry_is_refused_for_good(address: str) -> None:
    settings = OfficeSettings(Path(), mail_url="smtp+plain://127.0.0.1:1", mail_from=FROM)
    with pytest.raises(RemoteError, match="gateway_refused") as refused:
        gateways(settings)["mail"].hand_over(Outgoing("1", address, "s", "t", False))
    assert not refused.value.is_retryable


@pytest.mark.parametrize(
    "broken", [msgspec.json.encode(NoticesWanted("a@", "", "id")), None], ids=["address", "seal"]
)
def test_one_notice_that_breaks_holds_up_no_other(
    office: Office, island: Island, agreed: Frozen, post: tuple[Post, int], broken: bytes | None
) -> None:
    accept(office, agreed)
    recipient = office.keys.keys.public().recipient
    with office.database.write() as session:
        contact = session.get_one(ContactRow, agreed.application_id)
        contact.sealed = b"broken" if broken is None else seal(broken, recipient)
    pass_time(office, 1)
    island.clock.pass_time(1)
    second = island.freeze()
    ask(island, second, SITI)
    island.cycle()
    accept(office, second)
    send_notices(office)
    assert [second.reference in mail["Subject"] for mail in post[0].mails] == [True]
    assert by_mail(office) == ["dropped", "sent"]


def test_a_recipient_put_off_by_the_server_is_tried_again(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    accept(office, agreed)
    post[0].to_recipient = "450 4.2.0 greylisted, come back later"
    send_notices(office)
    assert by_mail(office) == ["waiting"]
    post[0].to_recipient = "250 OK"
    pass_time(office, 61)
    send_notices(office)
    assert [mail["Loket-Repeat"] for mail in post[0].mails] == [None]
    assert by_mail(office) == ["sent"]
    post[0].to_recipient = "550 5.1.1 no such person"
    review_again(office, agreed)
    send_notices(office)
    assert by_mail(office) == ["sent", "dropped"]


def test_a_mail_that_was_taken_stays_sent_however_the_server_says_goodbye(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    accept(office, agreed)
    post[0].to_quit = "502 not here"
    send_notices(office)
    pass_time(office, 61)
    send_notices(office)
    assert len(post[0].mails) == 1
    assert by_mail(office) == ["sent"]


def test_a_mail_whose_answer_was_lost_goes_once_more_and_says_so(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    accept(office, agreed)
    post[0].is_cutting = True
    send_notices(office)
    send_notices(office)
    assert [mail["Loket-Repeat"] for mail in post[0].mails] == [None]
    assert by_mail(office) == ["sending"]
    # A refusal for now in between does not make the next try a first one.
    post[0].is_cutting, post[0].to_recipient = False, "450 later"
    pass_time(office, 61)
    send_notices(office)
    post[0].to_recipient = "250 OK"
    pass_time(office, 121)
    send_notices(office)
    assert [mail["Loket-Repeat"] for mail in post[0].mails] == [None, "yes"]
    assert by_mail(office) == ["sent"]


@pytest.mark.parametrize(
    ("path", "code", "is_retryable"),
    [
        ("/cut", "gateway_unsure", True),
        ("http://127.0.0.1:1/sms", "gateway_away", True),
        ("http://a\x00b/", "gateway_refused", False),
    ],
)
def test_an_sms_gateway_is_unsure_only_once_it_was_reached(
    sms: tuple[list[dict[str, str]], str], path: str, code: str, is_retryable: bool
) -> None:
    url = sms[1].replace("/sms", path) if path.startswith("/") else path
    with pytest.raises(RemoteError, match=code) as told:
        SmsGateway(url, "ours").hand_over(Outgoing("1", "0812", "", "t", False))
    assert told.value.is_retryable is is_retryable


def test_an_answer_that_nobody_understands_leaves_open_whether_the_mail_was_taken(
    post: tuple[Post, int],
) -> None:
    post[0].answer = "what?"
    settings = OfficeSettings(Path(), **settings_of(post[1]))
    with pytest.raises(RemoteError, match="gateway_unsure"):
        gateways(settings)["mail"].hand_over(Outgoing("1", "a@b.example", "s", "t", False))


@pytest.fixture
def guarded() -> Iterator[tuple[Post, int, list[bytes]]]:
    """A mail server that asks for a password: what it took, its port, the passwords tried."""
    taking, tried = Post(), list[bytes]()

    def check(_server: object, _session: object, _envelope: object, _how: str, said: Any) -> Any:  # noqa: ANN401
        tried.append(said.password)
        return AuthResult(success=said.password == b"right", handled=False)

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        taking,
        hostname="127.0.0.1",
        port=port,
        authenticator=check,
        auth_exclude_mechanism=["LOGIN"],
        auth_require_tls=False,
    )
    controller.start()
    yield taking, port, tried
    controller.stop()


def with_password(office: Office, port: int, password: str) -> Office:
    named = {**settings_of(port), "mail_url": f"smtp+plain://loket:{password}@127.0.0.1:{port}"}
    return replace(office, gateways=gateways(OfficeSettings(Path(), **named)))


def test_a_wrong_mail_password_drops_nothing_and_is_told_to_whoever_can_mend_it(
    office: Office, agreed: Frozen, guarded: tuple[Post, int, list[bytes]]
) -> None:
    post, port, tried = guarded
    accept(office, agreed)
    review_again(office, agreed)
    wrong = with_password(office, port, "wrong")
    for _ in range(3):
        send_notices(wrong)
    # One try for all that waits: a server that locks accounts must not be driven to it.
    assert tried == [b"wrong"]
    assert by_mail(office) == ["waiting", "waiting"]
    pass_time(office, 61)
    send_notices(wrong)
    assert len(tried) == 2
    with office.database.read() as session:
        way = session.get_one(WayRow, "mail")
        assert (way.last_error, way.failures) == ("gateway_denied", 2)
    pass_time(office, 15 * 60)
    send_notices(with_password(office, port, "right"))
    assert [mail["Loket-Repeat"] for mail in post.mails] == [None, None]
    assert by_mail(office) == ["sent", "sent"]
    with office.database.read() as session:
        assert session.get_one(WayRow, "mail").last_error == ""
