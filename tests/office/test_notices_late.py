"""Notices whose way is slow, silent or shut: not told too often, nor after the fact."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.errors import RemoteError
from app.office.context import Office
from app.office.noticing.gateways import MailGateway, Outgoing, SmsGateway
from app.office.noticing.sending import send_notices
from app.office.noticing.tables import NoticeRow
from tests.office.accounts import ADJUDICATOR, add_weakly
from tests.office.house import open_at
from tests.office.post import Post, open_sms
from tests.office.test_notices import FROM, SITI, accept, by_mail, pass_time, settings_of, states
from tests.sync.island import Frozen, Island
from tests.sync.test_requests import ask


@pytest.fixture
def sms() -> Iterator[tuple[list[dict[str, str]], str]]:
    """A real HTTP gateway: what it took, and its address."""
    with open_sms() as opened:
        yield opened


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


@pytest.fixture
def agreed(island: Island) -> Frozen:
    """An application whose applicant agreed to be told."""
    frozen = island.freeze()
    ask(island, frozen, SITI)
    island.cycle()
    return frozen


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
