"""What comes by stick reaches either database; the trip itself is tested in ``tests/courier``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from app.office.context import Office
from app.office.tables import ApplicationRow
from tests.courier.island import CourierIsland, bring


def test_what_comes_by_stick_twice_is_one_application_and_is_answered_each_time(
    office: Office, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with closing(CourierIsland(tmp_path / "kiosk")) as kiosk:
        kiosk.enrol_at(office)
        frozen = kiosk.freeze({"ktp": b"ktp " * 500, "kk": b"kk " * 500})
        kiosk.write(stick)
        (first,), (again,) = bring(office, stick), bring(office, stick)
        assert (first.taken, first.known, first.received) == (3, 0, 1)
        assert (again.taken, again.known) == (3, 3)
        assert kiosk.read(stick).received == (frozen.reference,)
        assert kiosk.is_received(frozen)
    with office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ApplicationRow)) == 1
