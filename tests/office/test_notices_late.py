"""Notices whose way is slow, silent or shut: not told too often, nor after the fact."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Literal

import pytest
from msgspec import structs
from sqlalchemy import select

from app.errors import RemoteError
from app.office.context import Office
from app.office.moving import Step, move
from app.office.noticing.gateways import Gateway, MailGateway, Outgoing, SmsGateway
from app.office.noticing.reminding import queue_reminders
from app.office.noticing.sending import send_notices
from app.office.noticing.tables import NoticeRow
from app.office.slots.tables import BookingRow
from app.office.tables import ApplicationRow, WayRow
from app.office.talking.handing import Handing, hand_over
from tests.fakes import FakeClock
from tests.office.accounts import ADJUDICATOR, add_weakly
from tests.office.house import open_at
from tests.office.post import SITI, Post
from tests.office.test_notices import (
    ANI,
    FROM,
    accept,
    by_mail,
    pass_time,
    settings_of,
    states,
)
from tests.sync.island import Frozen, Island
from tests.sync.test_requests import ask


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


def test_a_mail_that_is_never_answered_for_goes_twice_and_no_oftener(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    accept(office, agreed)
    post[0].is_cutting = True
    for _ in range(80):
        send_notices(office)
        pass_time(office, 3600)
    assert [mail["Loket-Repeat"] for mail in post[0].mails] == [None, "yes"]
    assert by_mail(office) == ["dropped"]
    with office.database.read() as session:
        found = select(NoticeRow.last_error).where(NoticeRow.channel == "mail")
        assert session.scalars(found).one() == "gateway_unsure"


def test_an_sms_that_is_never_answered_for_goes_twice_and_no_oftener(
    office: Office, agreed: Frozen, sms: tuple[list[dict[str, str]], str]
) -> None:
    accept(office, agreed)
    silent = SmsGateway(sms[1].replace("/sms", "/cut"), "ours")
    for _ in range(80):
        send_notices(replace(office, gateways={**office.gateways, "sms": silent}))
        pass_time(office, 3600)
    assert len(sms[0]) == 2
    assert len({message["id"] for message in sms[0]}) == 1
    assert states(office) == ["dropped", "sent"]


def test_a_mail_server_has_longer_to_take_a_mail_than_to_speak(post: tuple[Post, int]) -> None:
    post[0].is_silent = True
    ours = MailGateway("127.0.0.1", post[1], FROM, is_plain=True, patience_s=300, taking_s=0.5)
    with pytest.raises(RemoteError, match="gateway_unsure"):
        ours.hand_over(Outgoing("1", "a@b.example", "s", "t", False))
    assert len(post[0].mails) == 1
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        ours = MailGateway("127.0.0.1", port, FROM, is_plain=True, patience_s=0.1, taking_s=300)
        with pytest.raises(RemoteError, match="gateway_away"):
            ours.hand_over(Outgoing("1", "a@b.example", "s", "t", False))


def write_some(office: Office, frozen: Frozen, count: int) -> None:
    """Let so many notices wait for the mail, each made later than the one before."""
    made_at = office.clock.now()
    with office.database.write() as session:
        for number in range(count):
            session.add(
                NoticeRow(
                    id=f"n{number}",
                    application_id=frozen.application_id,
                    channel="mail",
                    what="message",
                    occasion=str(number),
                    made_at=made_at + timedelta(milliseconds=number),
                )
            )


def callers(listening: socket.socket) -> int:
    """Return how many have called since the last time."""
    listening.setblocking(False)
    found = 0
    while True:
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return found
        found += 1


def test_a_mail_host_that_says_nothing_costs_one_try_and_is_left_alone_for_a_while(
    office: Office, agreed: Frozen, sms: tuple[list[dict[str, str]], str]
) -> None:
    write_some(office, agreed, 3)
    accept(office, agreed)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        silent = MailGateway("127.0.0.1", port, FROM, is_plain=True, patience_s=0.1)
        behind = replace(office, gateways={**office.gateways, "mail": silent})
        send_notices(behind)
        assert callers(mute) == 1
        assert len(sms[0]) == 1
        send_notices(behind)
        assert callers(mute) == 0
        with office.database.read() as session:
            assert session.get_one(WayRow, "mail").last_error == "gateway_away"
        pass_time(office, 61)
        send_notices(behind)
        assert callers(mute) == 1
    pass_time(office, 121)
    send_notices(office)
    assert by_mail(office) == ["sent"] * 4


class _Slow:
    """Hands over to the real server, and takes its time."""

    def __init__(self, real: Gateway, clock: FakeClock) -> None:
        self._real, self._clock = real, clock

    def hand_over(self, outgoing: Outgoing) -> None:
        self._clock.pass_time(6)
        self._real.hand_over(outgoing)


def test_a_slow_gateway_has_its_share_of_a_round_and_goes_on_in_the_next(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    write_some(office, agreed, 10)
    assert isinstance(office.clock, FakeClock)
    slow = replace(office, gateways={"mail": _Slow(office.gateways["mail"], office.clock)})
    taken = []
    for _ in range(3):
        send_notices(slow)
        taken.append(len(post[0].mails))
    assert taken == [4, 8, 10]


class _HangsUpOn:
    """Hands over to the real server, which hangs up at one notice."""

    def __init__(self, real: Gateway, notice_id: str) -> None:
        self._real, self._notice_id = real, notice_id

    def hand_over(self, outgoing: Outgoing) -> None:
        if outgoing.id == self._notice_id:
            raise RemoteError("gateway_away")
        self._real.hand_over(outgoing)


def test_a_notice_at_which_the_server_hangs_up_stands_behind_the_others(
    office: Office, agreed: Frozen
) -> None:
    write_some(office, agreed, 3)
    picky = replace(office, gateways={"mail": _HangsUpOn(office.gateways["mail"], "n0")})
    send_notices(picky)
    assert by_mail(office) == ["waiting"] * 3
    pass_time(office, 61)
    send_notices(picky)
    assert by_mail(office) == ["waiting", "sent", "sent"]


def test_a_recipient_who_is_put_off_shuts_the_way_for_nobody_else(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    write_some(office, agreed, 2)
    post[0].to_recipient = "450 4.2.0 greylisted, come back later"
    send_notices(office)
    with office.database.read() as session:
        found = session.scalars(select(NoticeRow.last_error))
        assert list(found) == ["gateway_later"] * 2
        assert session.get(WayRow, "mail") is None


def said(post: Post) -> list[str]:
    """Return the first line of each mail."""
    lines = []
    for mail in post.mails:
        part = mail.get_payload(0) if mail.is_multipart() else mail
        text = part.get_payload(decode=True) if isinstance(part, Message) else None
        assert isinstance(text, bytes)
        lines.append(text.decode().splitlines()[0])
    return lines


def lay_in(office: Office, frozen: Frozen, state: str, since: timedelta) -> None:
    """Let an application have been in a state for a while."""
    with office.database.write() as session:
        application = session.get_one(ApplicationRow, frozen.application_id)
        application.state, application.updated_at = state, office.clock.now() - since


def book(office: Office, frozen: Frozen, slot_id: str, starts_in: timedelta) -> None:
    lay_in(office, frozen, "scheduled", timedelta())
    now = office.clock.now()
    with office.database.write() as session:
        session.merge(
            BookingRow(
                application_id=frozen.application_id,
                slot_id=slot_id,
                place_number=1,
                starts_at=now + starts_in,
                minutes=30,
                place="Kantor",
                booked_at=now,
            )
        )


def be_put_off(office: Office, post: Post) -> None:
    """Let the reminders of the day be queued, and the mail server take none of them yet."""
    post.to_recipient = "450 later"
    queue_reminders(office)
    send_notices(office)
    assert by_mail(office) == ["waiting"]
    post.to_recipient = "250 OK"


@pytest.mark.parametrize("hours", [30, 50], ids=["before", "after"])
def test_an_interview_is_remembered_until_it_begins_and_not_after(
    office: Office, agreed: Frozen, post: tuple[Post, int], hours: int
) -> None:
    book(office, agreed, "LTG-1", timedelta(hours=40))
    be_put_off(office, post[0])
    pass_time(office, hours * 3600)
    send_notices(office)
    assert by_mail(office) == (["sent"] if hours < 40 else ["dropped"])


def test_an_interview_that_was_moved_is_not_remembered_at_its_old_time(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    book(office, agreed, "LTG-1", timedelta(hours=40))
    be_put_off(office, post[0])
    book(office, agreed, "LTG-2", timedelta(hours=80))
    pass_time(office, 3600)
    send_notices(office)
    assert by_mail(office) == ["dropped"]


def test_whoever_has_collected_the_passport_is_not_told_to(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    lay_in(office, agreed, "ready", timedelta(days=27))
    be_put_off(office, post[0])
    hand_over(
        office, ANI, agreed.application_id, "ready", Handing("applicant", is_identity_seen=True)
    )
    pass_time(office, 3600)
    send_notices(office)
    assert by_mail(office) == ["dropped"]
    assert post[0].mails == []


def test_a_term_that_is_over_or_began_anew_is_not_remembered(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    lay_in(office, agreed, "returned", timedelta(days=29))
    be_put_off(office, post[0])
    lay_in(office, agreed, "returned", timedelta(days=1))
    pass_time(office, 3600)
    send_notices(office)
    assert by_mail(office) == ["dropped"]
    lay_in(office, agreed, "returned", timedelta(days=29))
    queue_reminders(office)
    pass_time(office, 2 * 86400)
    send_notices(office)
    assert post[0].mails == []


def test_a_state_that_has_passed_is_not_told_any_more(
    office: Office, agreed: Frozen, post: tuple[Post, int]
) -> None:
    post[0].to_recipient = "450 later"
    accept(office, agreed)
    send_notices(office)
    post[0].to_recipient = "250 OK"
    pass_time(office, 1)
    with office.database.write() as session:
        application = session.get_one(ApplicationRow, agreed.application_id)
        move(session, office, application, Step("cancel", "cancelled", reason="Ganda"))
    pass_time(office, 61)
    send_notices(office)
    assert by_mail(office) == ["dropped", "sent"]
    (told,) = said(post[0])
    assert "dibatalkan" in told


@pytest.mark.parametrize(("language", "counter"), [("id", "loket kantor"), ("en", "counter")])
def test_whoever_is_suspended_is_sent_to_the_counter_and_not_to_mend_at_the_kiosk(
    office: Office,
    island: Island,
    post: tuple[Post, int],
    sms: tuple[list[dict[str, str]], str],
    language: Literal["id", "en"],
    counter: str,
) -> None:
    frozen = island.freeze()
    ask(island, frozen, structs.replace(SITI, language=language))
    island.cycle()
    lay_in(office, frozen, "suspended", timedelta(days=27))
    queue_reminders(office)
    send_notices(office)
    (mail,), (message,) = said(post[0]), sms[0]
    assert mail == message["text"]
    assert counter in mail
    assert not {"perbaikan", "correction"} & set(mail.replace(".", " ").split())
    # It fits one SMS.
    assert len(mail) <= 160
