"""Events: numbers without gaps under any concurrency, paging, catalogues, only for their device."""

from __future__ import annotations

import threading

import msgspec
import pytest
import requests
from sqlalchemy import select

from app.domain.catalogue_reading import encode
from app.domain.events import CataloguePublished, StateChanged
from app.errors import UserError
from app.office.catalogues import newest_catalogue, publish_catalogue
from app.office.context import Office
from app.office.enrolling import enrol, new_enrolment_code
from app.office.events import events_after, say
from app.office.tables import DeviceRow, EventRow
from app.protocol.marks import NOTHING, Mark, mark_of, write_marks
from app.protocol.record import read_pack
from app.resources import load_catalogue
from tests.office.house import OpenHere, Served, Village, enrolled, open_at, serve


def _device(office: Office, code: str = "LET") -> Village:
    village = Village(new_enrolment_code(office, f"Kiosk {code}", code))
    village.take(enrol(office, village.request()))
    return village


def test_numbers_have_no_gaps_when_many_speak_at_once(office: Office) -> None:
    devices = [_device(office, code) for code in ("LET", "TRM")]
    # A command may run beside the server: its writers queue with the server's.
    beside = open_at(office.settings.folder, database_url=office.settings.database_url)

    def speak(number: int) -> None:
        village, speaking = devices[number % 2], (office, beside)[number // 4]
        for turn in range(15):
            try:
                with speaking.database.write() as session:
                    session.get_one(DeviceRow, village.trusted.device_id)
                    say(session, speaking, village.trusted.device_id, StateChanged("accepted"))
                    if turn % 5 == 4:
                        raise InterruptedError
            except InterruptedError:
                continue

    speakers = [threading.Thread(target=speak, args=(number,)) for number in range(8)]
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join(100)
    beside.database.close()
    for village in devices:
        with office.database.read() as session:
            numbers = session.scalars(
                select(EventRow.number)
                .where(EventRow.device_id == village.trusted.device_id)
                .order_by(EventRow.number)
            ).all()
        assert list(numbers) == list(range(1, 4 * 12 + 1))
        read = village.read(events_after(office, village.trusted.device_id, 0).pack)
        assert [event.number for event in read] == list(numbers)


def test_events_come_in_pages_that_begin_after_the_cursor(open_here: OpenHere) -> None:
    office = open_here(most_events_bytes=2_000)
    with serve(office) as served:
        village = enrolled(office, served.url)
        with office.database.write() as session:
            for number in range(50):
                say(session, office, village.trusted.device_id, StateChanged("paid", str(number)))
        cursor, seen = 0, []
        while page := village.pull(served.url, after=cursor):
            assert len(page) < 20
            cursor = page[-1].number
            seen += [event.number for event in page]
        assert seen == list(range(1, 51))
        assert len(village.pull(served.url, after=10, limit=3)) == 3
        answer = requests.get(
            f"{served.url}/v1/events?after=0",
            headers={"Authorization": f"Bearer {village.token}"},
            timeout=30,
        )
        assert answer.headers["Loket-Last"] == "50"
        assert answer.headers["Loket-Time"].startswith("2026-11-21T")
        assert answer.headers["Content-Type"] == "application/vnd.loket.pack"
    office.database.close()


def test_an_office_back_from_a_backup_finds_the_last_event_that_a_device_knows_too(
    served: Served, village: Village
) -> None:
    for _ in range(3):
        village.send(served.url, village.submit().pack)
    with served.office.database.read() as session:
        rows = session.scalars(select(EventRow).order_by(EventRow.number)).all()
        known = [mark_of(row.number, row.signed) for row in rows]

    def ask(*marks: Mark) -> requests.Response:
        return requests.get(
            f"{served.url}/v1/events?after=3",
            headers={
                "Authorization": f"Bearer {village.token}",
                "Loket-Heard": write_marks(marks),
            },
            timeout=30,
        )

    foreign = [Mark(number, "0123456789abcdef") for number in (2**31, 7, 3, 2, 1)]
    for marks, after, count in (
        ([known[1]], "2", 1),
        ([*foreign, NOTHING], "0", 3),
        ([foreign[1], foreign[2], known[1], known[0], NOTHING], "2", 1),
        ([foreign[2]], "?", 0),
    ):
        answer = ask(*marks)
        assert answer.status_code == 200
        assert answer.headers["Loket-After"] == after
        assert answer.headers["Loket-Last"] == "3"
        assert len(village.read(answer.content)) == count


@pytest.mark.parametrize("said", ["x", "1", "1:", "0:0123456789abcdef", "1:0123456789abcde,", ","])
def test_marks_that_are_none_are_refused(served: Served, village: Village, said: str) -> None:
    headers = {"Authorization": f"Bearer {village.token}", "Loket-Heard": said}
    answer = requests.get(f"{served.url}/v1/events?after=0", headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (400, "request_malformed")


def test_an_event_larger_than_the_bound_comes_alone(open_here: OpenHere) -> None:
    office = open_here(most_events_bytes=10)
    village = _device(office)
    with office.database.write() as session:
        for _ in range(2):
            say(session, office, village.trusted.device_id, StateChanged("paid", "x" * 500))
    assert len(list(read_pack(events_after(office, village.trusted.device_id, 0).pack))) == 1
    office.database.close()


def test_events_are_for_their_device_alone(served: Served, village: Village) -> None:
    other = enrolled(served.office, served.url, "TRM")
    village.send(served.url, village.submit().pack)
    assert len(village.pull(served.url)) == 1
    assert other.pull(served.url) == []
    url = f"{served.url}/v1/events?after=0"
    assert requests.get(url, timeout=30).status_code == 401
    for token in ("", "nobody", "x" * 5000):
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(url, headers=headers, timeout=30).status_code == 401


def test_a_published_catalogue_reaches_every_device_and_later_ones(
    served: Served, village: Village
) -> None:
    published = msgspec.structs.replace(load_catalogue(), version="2099.12.10")
    publish_catalogue(served.office, published)
    later = enrolled(served.office, served.url, "TRM")
    for device in (village, later):
        (event,) = device.pull(served.url)
        assert isinstance(event.body, CataloguePublished)
        assert event.body.version == "2099.12.10"
        assert bytes(event.body.catalogue) == encode(published)
    assert newest_catalogue(served.office).version == "2099.12.10"
    with pytest.raises(UserError) as older:
        publish_catalogue(served.office, msgspec.structs.replace(published, version="2099.12.9"))
    assert older.value.code == "catalogue_not_newer"


def test_a_submission_under_a_newer_catalogue_than_the_offices_is_taken(
    served: Served, village: Village
) -> None:
    village.send(served.url, village.submit(catalogue_version="2031.1.1").pack)
    assert village.pull(served.url)[0].body.__class__.__name__ == "Receipt"
