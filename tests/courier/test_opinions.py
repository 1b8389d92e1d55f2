"""What people think goes by stick as well, last of all and of nobody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from app.office.context import Office
from app.office.opinions.tables import OpinionRow
from app.protocol.record import RecordKind
from app.storage import opinions
from tests.courier.island import CourierIsland, bring, file_of, records_of
from tests.sync.test_opinions import A_DAY_S, today, told


def test_opinions_lie_behind_the_forms_on_a_stick_and_count_once(
    office: Office, kiosk: CourierIsland, stick: Path
) -> None:
    for _ in range(2):
        told(kiosk)
    kiosk.clock.pass_time(A_DAY_S)
    told(kiosk)
    frozen = kiosk.freeze()
    written = kiosk.write(stick)
    assert written.references == (frozen.reference,)
    kinds = [record.kind for record in records_of(file_of(written, stick))]
    assert kinds[-2:] == [RecordKind.OPINION] * 2, "today's stays"
    assert RecordKind.OPINION not in kinds[:-2]
    for _ in range(2):
        bring(office, stick)
        kiosk.read(stick)
    with office.database.read() as session:
        assert len(session.scalars(select(OpinionRow.id)).all()) == 2
    with kiosk.store.read() as session:
        later = today(kiosk) + timedelta(days=9)
        assert len(opinions.unheld(session, later)) == 1
    assert kiosk.is_received(frozen)
