"""Of two wishes of one kind the one made later counts, in whatever order the roads bring them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.requests import CollectingChosen, NoticesWanted, Request, RequestBody
from app.office.context import Office
from app.office.noticing.queueing import opened
from app.office.noticing.tables import ContactRow
from app.office.tables import RequestRow
from app.office.talking.collecting import chosen
from app.office.talking.tables import CollectingRow
from app.protocol.record import Record, write_pack
from app.protocol.request import FORMAT, encode_request
from tests.fakes import FakeClock
from tests.office.house import Served, Village, enrolled

SITI = NoticesWanted("siti@contoh.example", "", "id")
LATER = NoticesWanted("siti@lain.example", "", "id")
BACK = NoticesWanted()
POST = CollectingChosen("post", "Siti Contoh", "", "Jl. Contoh 1, Letung", "0812")
SELF = CollectingChosen("self")
HOUR = timedelta(hours=1)


class Asking:
    """A kiosk that has sent one application and asks about it."""

    def __init__(self, office: Office, served: Served) -> None:
        assert isinstance(office.clock, FakeClock)
        self.office, self.url, self.clock = office, served.url, office.clock
        self.village: Village = enrolled(office, served.url)
        submission = self.village.submit()
        self.pack = submission.pack
        self.application_id = submission.manifest.application_id
        self.began = self.clock.now()

    def made(self, body: RequestBody, at: datetime) -> Record:
        device_id = self.village.trusted.device_id
        asked = Request(FORMAT, self.village.new_id(), device_id, self.application_id, at, body)
        return encode_request(asked, self.village.keys, self.village.trusted.keys.recipient)

    def bring(self, *records: Record) -> None:
        self.village.send(self.url, write_pack(records))
        self.clock.pass_time(60)

    def consent(self) -> NoticesWanted | None:
        with self.office.database.read() as session:
            row = session.get(ContactRow, self.application_id)
            return None if row is None else opened(self.office, row)

    def codes(self) -> list[str]:
        with self.office.database.read() as session:
            return list(session.scalars(select(RequestRow.code).order_by(RequestRow.taken_at)))


@pytest.fixture
def asking(office: Office, served: Served) -> Asking:
    """A kiosk whose application the office holds."""
    asking = Asking(office, served)
    asking.village.send(served.url, asking.pack)
    asking.clock.pass_time(2 * HOUR.total_seconds())
    return asking


@pytest.mark.parametrize("newer", [BACK, LATER], ids=["taken back", "another"])
def test_a_consent_that_comes_after_a_newer_word_changes_nothing(
    asking: Asking, newer: NoticesWanted
) -> None:
    old, new = asking.made(SITI, asking.began), asking.made(newer, asking.began + HOUR)
    asking.bring(new)
    asking.bring(old)
    assert asking.consent() == (None if newer == BACK else newer)
    assert asking.codes() == ["", "overtaken"]


def test_a_consent_given_anew_is_not_taken_back_by_an_older_word(asking: Asking) -> None:
    back, anew = asking.made(BACK, asking.began), asking.made(SITI, asking.began + HOUR)
    asking.bring(anew)
    asking.bring(back)
    assert asking.consent() == SITI


def test_an_older_way_of_collecting_changes_nothing(asking: Asking) -> None:
    old, new = asking.made(POST, asking.began), asking.made(SELF, asking.began + HOUR)
    asking.bring(new)
    asking.bring(old)
    with asking.office.database.read() as session:
        row = session.get_one(CollectingRow, asking.application_id)
        assert (row.how, chosen(asking.office, row)) == ("self", SELF)


def test_a_word_that_was_not_heeded_overtakes_nothing(asking: Asking) -> None:
    asking.bring(asking.made(NoticesWanted("no address"), asking.began + HOUR))
    asking.bring(asking.made(SITI, asking.began))
    assert asking.consent() == SITI
    assert asking.codes() == ["address_malformed", ""]


@pytest.mark.parametrize("error", [timedelta(days=400), -timedelta(days=9000)])
def test_a_kiosks_wrong_clock_stands_in_no_later_words_way(
    asking: Asking, error: timedelta
) -> None:
    now = asking.clock.now()
    first, second = (now + error, now) if error > timedelta() else (now, now + error)
    asking.bring(asking.made(SITI, first))
    asking.bring(asking.made(BACK, second))
    assert asking.consent() is None
    assert asking.codes() == ["", ""]
