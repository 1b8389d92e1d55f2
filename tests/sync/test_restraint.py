"""A link that others use too: documents wait when it was agreed so, forms never do."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select

from app.domain.sharing import Sharing
from app.office.context import Office
from app.office.tables import RecordRow as OfficeRecord
from app.office.tables import SubmissionRow as OfficeSubmission
from app.protocol.record import RecordKind
from app.storage import packs, settings
from app.sync.engine import Engine
from app.sync.restraint import here, kept_sharing
from tests.link import WeakLink
from tests.office.house import noise
from tests.sync.island import Frozen, Island


def all_day_but_one_hour(island: Island) -> str:
    """Return quiet hours that hold now, and end within the day."""
    hour = here(island.clock.now()).hour
    return f"{hour:02}:00-{(hour + 1) % 24:02}:00"


def agree(island: Island, sharing: Sharing) -> None:
    island.engine = Engine(
        island.store,
        island.clock,
        island.dice,
        island.announcer,
        island.open_link,
        island.progress.append,
        sharing=sharing,
    )


def blobs_at(office: Office) -> int:
    with office.database.read() as session:
        blobs = select(func.count()).where(OfficeRecord.kind == int(RecordKind.BLOB))
        return session.scalar(blobs) or 0


def test_in_quiet_hours_forms_go_and_documents_wait(island: Island, office: Office) -> None:
    agree(island, Sharing(quiet_hours=all_day_but_one_hour(island)))
    frozen = island.freeze()
    report = island.cycle()
    assert (report.error, report.held_reason) == (None, "quiet_hours")
    assert report.held_until is not None
    assert report.held_until > here(island.clock.now())
    with office.database.read() as session:
        assert session.get(OfficeSubmission, frozen.id) is not None
    assert blobs_at(office) == 0
    island.clock.pass_time(3600)
    report = island.cycle()
    assert (report.error, report.held_reason) == (None, "")
    assert island.is_received(frozen)


def has_form(office: Office, frozen: Frozen) -> bool:
    with office.database.read() as session:
        return session.get(OfficeSubmission, frozen.id) is not None


def test_forms_packed_with_documents_while_the_office_was_away_go_in_quiet_hours(
    island: Island, office: Office, weak: WeakLink
) -> None:
    frozen = island.freeze()
    weak.go_away()
    assert island.cycle().error == "office_away"
    with island.store.read() as session:
        assert packs.packs_open(session)[0] == 1
    weak.come_back()
    agree(island, Sharing(quiet_hours=all_day_but_one_hour(island)))
    report = island.cycle()
    assert (report.error, report.held_reason) == (None, "quiet_hours")
    assert has_form(office, frozen)
    assert blobs_at(office) == 0
    island.clock.pass_time(3600)
    assert island.cycle().error is None
    assert island.is_received(frozen)


@pytest.mark.parametrize("cut_at", [700, 1_000_000])
def test_a_pack_that_was_cut_gives_its_form_to_quiet_hours_and_no_byte_goes_twice(
    island: Island, office: Office, weak: WeakLink, cut_at: int
) -> None:
    """Cut within the form, and long after it: only the office knows which."""
    frozen = island.freeze({"ktp": noise(2_000_000)})
    weak.all_up_bytes = 0
    for at in (cut_at, 0, 0, 0):
        weak.cut_after(at, "fin")
    assert island.cycle().error == "office_away"
    weak.calm()
    island.reopen()
    agree(island, Sharing(quiet_hours=all_day_but_one_hour(island)))
    for _ in range(2):
        report = island.cycle()
        assert (report.error, report.held_reason) == (None, "quiet_hours")
    assert has_form(office, frozen)
    assert blobs_at(office) == 0
    island.clock.pass_time(3600)
    assert island.cycle().error is None
    assert island.is_received(frozen)
    assert weak.all_up_bytes < 2_020_000


def test_quiet_hours_that_begin_hold_a_long_pack_where_it_is(
    island: Island, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.restraint._LOOK_AT_HOLD_S", 0.0)
    frozen = island.freeze({"ktp": noise(2_000_000)})
    hours = all_day_but_one_hour(island)
    original = island.engine._on_progress

    def begin(progress: object) -> None:
        original(progress)  # type: ignore[arg-type]
        with island.store.write() as session:
            settings.write_setting(session, "quiet_hours", f'"{hours}"')

    island.engine._on_progress = begin
    assert island.cycle().held_reason == "quiet_hours"
    assert blobs_at(office) == 0
    island.engine._on_progress = original
    island.clock.pass_time(3600)
    assert island.cycle().error is None
    assert island.is_received(frozen)


def test_a_metered_line_carries_documents_up_to_the_days_ceiling(
    island: Island, office: Office
) -> None:
    agree(island, Sharing(most_document_bytes_per_day=70_000))
    first = island.freeze({"ktp": noise(60_000)})
    assert island.cycle().held_reason == ""
    assert island.is_received(first)
    second = island.freeze({"ktp": noise(60_000, 2)})
    assert island.cycle().held_reason == "daily_ceiling"
    assert not island.is_received(second)
    with office.database.read() as session:
        assert session.get(OfficeSubmission, second.id) is not None
    island.clock.pass_time(24 * 3600)
    assert island.cycle().error is None
    assert island.is_received(second)


def test_a_clock_that_was_put_back_counts_each_day_by_itself(island: Island) -> None:
    agree(island, Sharing(most_document_bytes_per_day=50_000))
    month, hour = 30 * 86_400, 3_600
    # Far from midnight, wherever this runs.
    island.clock.pass_time(month + (12 - here(island.clock.now()).hour) * hour)
    island.freeze({"ktp": noise(60_000)})
    assert island.cycle().held_reason == "daily_ceiling"
    # A little: today stays today.
    island.clock.pass_time(-hour)
    assert island.cycle().held_reason == "daily_ceiling"
    # By a month: what was sent then is not of today,
    island.clock.pass_time(hour - month)
    frozen = island.freeze({"ktp": noise(9_000, 2)})
    assert island.cycle().held_reason == ""
    assert island.is_received(frozen)
    # and not of that day when it really comes.
    island.clock.pass_time(month)
    assert island.cycle().held_reason == ""


def test_nothing_goes_faster_than_was_agreed(island: Island) -> None:
    agree(island, Sharing(most_bytes_per_s=100_000))
    frozen = island.freeze({"ktp": noise(200_000)})
    began_at = time.monotonic()
    assert island.cycle().error is None
    # One second's worth may go at once.
    assert time.monotonic() - began_at > 0.9
    assert island.is_received(frozen)


def test_what_an_operator_chose_counts_before_the_settings_file(island: Island) -> None:
    usual = Sharing(most_bytes_per_s=5, quiet_hours="01:00-02:00")
    assert kept_sharing(island.store, usual) == usual
    with island.store.write() as session:
        settings.write_setting(session, "most_bytes_per_s", "0")
    assert kept_sharing(island.store, usual) == Sharing(0, "01:00-02:00")
    with island.store.write() as session:
        settings.write_setting(session, "quiet_hours", "nonsense")
    assert kept_sharing(island.store, usual) == usual
