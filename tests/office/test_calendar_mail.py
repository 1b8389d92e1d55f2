"""The interview goes into an applicant's calendar by mail: given, moved, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from email.message import Message
from pathlib import Path

import pytest

from app.domain.ids import new_id
from app.domain.requests import NoticesWanted, Request, RequestBody, SlotsWished
from app.office.context import Office, OfficeSettings
from app.office.noticing.sending import send_notices
from app.office.officers import add_officer
from app.office.progress import take_step
from app.office.roles import Officer
from app.office.slots.booking import release_slot
from app.office.slots.calendar import free_slots
from app.office.slots.rules import Hours, add_hours
from app.office.tables import ApplicationRow
from app.protocol.manifest import Manifest
from app.protocol.request import FORMAT, encode_request
from tests.fakes import FakeClock, FakeDice
from tests.laying import open_laid
from tests.office.desk import PASSWORD, FakeKiosk, new_device, shipped
from tests.office.post import Post
from tests.office.test_notices import FROM

RINA = Officer("rina", "Rina Pemeriksa", ("adjudicator",))
MAIL = "siti@contoh.example"


@pytest.fixture
def office(tmp_path: Path, database_url: str, post: tuple[Post, int]) -> Iterator[Office]:
    settings = OfficeSettings(
        tmp_path / "office",
        database_url=database_url,
        mail_url=f"smtp+plain://127.0.0.1:{post[1]}",
        mail_from=FROM,
    )
    opened = open_laid(settings, FakeClock(), FakeDice(5), shipped)
    add_officer(opened, RINA.name, RINA.shown_name, PASSWORD, RINA.roles)
    for weekday in range(5):
        add_hours(opened, Hours("TRM", "Kantor Tarempa", weekday, None, time(8), time(10), 30, 2))
    yield opened
    opened.close()


def ask(kiosk: FakeKiosk, sent: Manifest, body: RequestBody) -> None:
    now = kiosk.office.clock.now()
    request = Request(
        FORMAT, new_id(now, kiosk.dice), kiosk.device_id, sent.application_id, now, body
    )
    kiosk.deliver(encode_request(request, kiosk.keys, kiosk.office.keys.keys.public().recipient))


def agreed(office: Office, folder: Path, state: str) -> tuple[FakeKiosk, Manifest]:
    """Return an application in this state whose applicant wants mail."""
    kiosk = new_device(office, folder)
    sent = kiosk.send(papers=[])
    ask(kiosk, sent, NoticesWanted(MAIL))
    with office.database.write() as session:
        session.get_one(ApplicationRow, sent.application_id).state = state
    return kiosk, sent


def wish(kiosk: FakeKiosk, sent: Manifest, number: int) -> None:
    with kiosk.office.database.read() as session:
        free = free_slots(session, kiosk.office.clock.now())
    ask(kiosk, sent, SlotsWished((free[number].slot.id,)))


def told(post: Post, office: Office) -> dict[str, str]:
    """Send what waits; return the calendar's lines in the newest mail."""
    before = len(post.mails)
    send_notices(office)
    assert isinstance(office.clock, FakeClock)
    office.clock.pass_time(60)
    assert len(post.mails) == before + 1
    (part,) = _calendars(post.mails[-1])
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    lines = content.decode().replace("\r\n ", "").splitlines()
    found = dict(line.split(":", 1) for line in lines)
    assert part.get_param("method") == found["METHOD"]
    return found


def _calendars(mail: Message) -> list[Message]:
    return [part for part in mail.walk() if part.get_content_type() == "text/calendar"]


def test_each_word_about_the_interview_is_the_same_appointment_and_newer(
    office: Office, post: tuple[Post, int], tmp_path: Path
) -> None:
    kiosk, sent = agreed(office, tmp_path, "paid")
    wish(kiosk, sent, 0)
    heard = [told(post[0], office)]
    wish(kiosk, sent, 5)
    heard.append(told(post[0], office))
    release_slot(office, RINA, sent.application_id, "Kapal tidak berlayar")
    heard.append(told(post[0], office))
    wish(kiosk, sent, 2)
    heard.append(told(post[0], office))
    take_step(office, RINA, sent.application_id, "cancel", "scheduled", "Permohonan ganda")
    heard.append(told(post[0], office))
    assert [(one["METHOD"], one["SEQUENCE"]) for one in heard] == [
        ("REQUEST", "0"), ("REQUEST", "1"), ("CANCEL", "2"), ("REQUEST", "3"), ("CANCEL", "4"),
    ]  # fmt: skip
    assert len({one["UID"] for one in heard}) == 1
    assert heard[0]["DTSTART"] != heard[1]["DTSTART"] == heard[2]["DTSTART"]
    assert heard[3]["DTSTART"] == heard[4]["DTSTART"]
    assert heard[0]["LOCATION"] == "Kantor Tarempa"
    whole = b"".join(mail.as_bytes() for mail in post[0].mails).decode()
    assert "CONTOH ANAMBAS" not in whole


def test_who_never_had_an_interview_gets_a_mail_without_a_calendar(
    office: Office, post: tuple[Post, int], tmp_path: Path
) -> None:
    _, sent = agreed(office, tmp_path, "accepted")
    take_step(office, RINA, sent.application_id, "cancel", "accepted", "Permohonan ganda")
    send_notices(office)
    (mail,) = post[0].mails
    assert _calendars(mail) == []
