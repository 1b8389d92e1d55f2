"""The operator's list, the counts, and the applicant's status."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.domain.ids import make_reference
from app.errors import UserError
from app.services import drafts, lists
from app.services.finalizing import finalize
from app.services.kiosk import Kiosk
from app.storage import lists as stored_lists
from app.storage import received
from tests.builders import PIN, SERVICE, enrol, filled_draft
from tests.fakes import FakeClock

PEOPLE = [
    ("SITI CONTOH", "9901014508900001"),
    ("Budi Santoso Contoh", "9901010101800002"),
    ("BUDIMAN", "9902010101800003"),
    ("Anak Agung Made", "9902010101800004"),
]


@pytest.fixture
def people(kiosk: Kiosk) -> Kiosk:
    clock = kiosk.clock
    assert isinstance(clock, FakeClock)
    for name, nik in PEOPLE:
        clock.pass_time(60)
        draft = drafts.start_draft(kiosk, SERVICE, PIN)
        drafts.save_answer(kiosk, draft.application_id, "full_name", name)
        drafts.save_answer(kiosk, draft.application_id, "nik", nik)
    return kiosk


def _names(kiosk: Kiosk, text: str, **options: object) -> list[str]:
    lines = lists.list_applications(kiosk, text, **options)  # type: ignore[arg-type]
    return [line.name.split()[0] for line in lines]


@pytest.mark.parametrize("few", [0, 4000], ids=["walking", "sorting"])
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["ANAK", "BUDIMAN", "BUDI", "SITI"]),
        ("budi", ["BUDIMAN", "BUDI"]),
        ("contoh", ["BUDI", "SITI"]),
        ("con bud", ["BUDI"]),
        ("budi budi", ["BUDIMAN", "BUDI"]),
        ("ontoh", []),
        ("9901", ["BUDI", "SITI"]),
        ("9901 0145 0890 0001", ["SITI"]),
        ("%", ["ANAK", "BUDIMAN", "BUDI", "SITI"]),
        ("b_d", []),
        ("' OR 1=1 --", []),
    ],
)
def test_search_finds_by_the_beginning_of_words_and_numbers(
    people: Kiosk, typed: str, found: list[str], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_lists, "_FEW", few)
    assert _names(people, typed) == found


def test_a_reference_finds_its_application_however_it_is_typed(kiosk: Kiosk) -> None:
    enrol(kiosk)
    done = finalize(kiosk, filled_draft(kiosk).application_id, "id")
    for typed in (done.reference, done.reference.lower().replace("-", ""), "trm 00001"):
        (line,) = lists.list_applications(kiosk, typed)
        assert line.reference == done.reference


@pytest.mark.parametrize("text", ["", "budi", "9902"])
def test_pages_follow_each_other_without_gap_or_repetition(people: Kiosk, text: str) -> None:
    whole = lists.list_applications(people, text)
    pages: list[lists.ApplicationLine] = []
    before = None
    while page := lists.list_applications(people, text, limit=1, before=before):
        pages += page
        before = page[-1].cursor()
    assert tuple(pages) == whole


def test_each_tab_shows_its_own(kiosk: Kiosk) -> None:
    enrol(kiosk)
    one, two, _ = [filled_draft(kiosk).application_id for _ in range(3)]
    finalize(kiosk, one, "id")
    done = finalize(kiosk, two, "id")
    with kiosk.store.write() as session:
        submitted = received.submitted(session, done.submission_id)
        assert submitted
        now = kiosk.clock.now()
        received.keep_receipt(session, submitted, b"signed", ("ab" * 32, "PROOF"), now, now)
        received.keep_returned(session, two, (), "", now)
    sizes = {
        group: len(lists.list_applications(kiosk, group=group)) for group in stored_lists.GROUPS
    }
    assert sizes == {
        "all": 3, "drafts": 1, "waiting": 1, "attention": 0, "received": 0, "returned": 1,
    }  # fmt: skip
    counts = lists.today(kiosk)
    assert (counts.drafts, counts.waiting, counts.returned) == (1, 1, 1)
    assert (counts.started_today, counts.finalized_today, counts.received_today) == (3, 2, 1)


def test_today_begins_at_midnight_on_the_islands(kiosk: Kiosk) -> None:
    clock = kiosk.clock
    assert isinstance(clock, FakeClock)
    clock.jump_to(datetime(2026, 11, 20, 16, 59, tzinfo=UTC))
    drafts.start_draft(kiosk, SERVICE, PIN)
    clock.jump_to(datetime(2026, 11, 20, 17, 1, tzinfo=UTC))
    drafts.start_draft(kiosk, SERVICE, PIN)
    assert lists.today(kiosk).started_today == 1


def test_a_list_never_shows_a_whole_nik(people: Kiosk) -> None:
    for line in lists.list_applications(people):
        assert line.nik.startswith("••••••••••••")
        assert line.nik[-4:].isdigit()


def test_a_status_needs_reference_and_birth_date(kiosk: Kiosk) -> None:
    enrol(kiosk)
    done = finalize(kiosk, filled_draft(kiosk).application_id, "id")
    found = lists.status_of(kiosk, done.reference, date(1990, 8, 5))
    assert found
    assert found.state == "finalized"
    assert lists.status_of(kiosk, done.reference, date(1990, 8, 6)) is None
    assert lists.status_of(kiosk, make_reference("TRM", 2), date(1990, 8, 5)) is None


def test_a_status_may_be_asked_ten_times_a_minute(kiosk: Kiosk) -> None:
    enrol(kiosk)
    done = finalize(kiosk, filled_draft(kiosk).application_id, "id")
    clock = kiosk.clock
    assert isinstance(clock, FakeClock)
    for _ in range(10):
        lists.status_of(kiosk, done.reference, date(1990, 8, 6))
    with pytest.raises(UserError, match="too_many_tries"):
        lists.status_of(kiosk, done.reference, date(1990, 8, 5))
    clock.pass_time(60)
    assert lists.status_of(kiosk, done.reference, date(1990, 8, 5))
