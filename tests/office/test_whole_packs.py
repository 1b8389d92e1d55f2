"""Packs that come whole are taken in one go, and nobody can tell from what is left."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event, func, select, text, update

from app.domain.events import Receipt
from app.errors import LocalFault, RemoteError
from app.office.arrivals import Arrivals
from app.office.base import Table
from app.office.context import Office
from app.office.database import open_database
from app.office.devices import KnownDevices, token_digest
from app.office.plain_packs import WholePack
from app.office.problems import answer_problem
from app.office.tables import ApplicationRow, DeviceRow, EventRow, UploadRow
from app.office.whole_packs import Taken, take_whole
from app.protocol.marks import NOTHING, Mark, mark_of
from app.protocol.record import RecordKind, new_record, write_pack
from tests.office.house import (
    Served,
    Village,
    enrolled,
    noise,
    open_at,
    serve,
    wait_for,
    wait_for_size,
)
from tests.office.postgres import Cluster, new_database

PAPERS = {"ktp": noise(9_000), "kk": noise(5_000, 2)}


def _whole(village: Village, pack: bytes, *heard: Mark, cursor: int = 0) -> WholePack:
    return WholePack(village.new_id(), token_digest(village.token), pack, cursor, heard)


def _take(office: Office, packs: list[WholePack]) -> list[Taken | None]:
    return take_whole(office, KnownDevices(), packs)


def _told(village: Village, taken: Taken | None) -> list[int]:
    """Return the numbers of the receipts that came with the answer."""
    assert taken is not None
    assert taken.answer is not None
    events = village.read(taken.answer.pack)
    assert all(isinstance(event.body, Receipt) for event in events)
    return [event.number for event in events]


def _lots(office: Office) -> list[Path]:
    return list((office.settings.folder / "blobs" / "lots").iterdir())


def _rows(office: Office) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, but for when a kiosk was seen and how long uploads live."""
    found = {}
    with office.database.read() as session:
        for table in Table.metadata.sorted_tables:
            columns = [one for one in table.columns if one.name not in ("seen_at", "expires_at")]
            rows = session.execute(select(*columns).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
    return found


def test_a_pack_taken_whole_leaves_the_same_rows_and_files_as_one_taken_step_by_step(
    tmp_path: Path, database_url: str, copy_of: Callable[[str], str]
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    with closing(open_at(one, database_url=database_url)) as office, serve(office) as served:
        village = enrolled(office, served.url)
    shutil.copytree(one, other)
    twin_url = copy_of(database_url)
    forms = [village.submit(PAPERS), village.submit({}), village.submit({"akta": noise(70_000, 3)})]
    pack, name = b"".join(one.pack for one in forms), village.new_id()
    left = []
    for folder, url in ((one, database_url), (other, twin_url)):
        with closing(open_at(folder, database_url=url)) as office, serve(office) as served:
            if folder == one:
                answer = village.bring(served.url, pack, name)
                assert (answer.status_code, answer.headers["Loket-Last"]) == (201, "3")
                assert len(village.read(answer.content)) == 3
                assert len(_lots(office)) == 1
                assert not office.blobs.path(forms[0].record.digest).exists()
                office.blobs.settle(0.0)
            else:
                named = {"Upload_Length": str(len(pack)), "Content_Type": "text/plain"}
                assert village.bring(served.url, b"", name, **named).status_code == 201
                assert village.patch(f"{served.url}/v1/packs/{name}", 0, pack).status_code == 204
            found = [file for file in (folder / "blobs").rglob("*") if file.is_file()]
            files = {file.name: file.read_bytes() for file in found}
            left.append((_rows(office), files, list((folder / "uploads").iterdir())))
    assert left[0] == left[1]
    assert len(left[0][0]["applications"]) == 3


def test_what_is_not_plain_goes_step_by_step_and_spoils_nothing_for_the_rest(
    office: Office,
) -> None:
    with serve(office) as served:
        first, second, lost = (enrolled(office, served.url, code) for code in ("LET", "TRM", "SED"))
    plain = [one.submit({"ktp": noise(500, n)}) for n, one in enumerate((first, second, first))]
    with office.database.write() as session:
        gone = update(DeviceRow).where(DeviceRow.id == lost.trusted.device_id)
        session.execute(gone.values(is_revoked=True))
    forged = first.submit(PAPERS)
    odd = [
        _whole(lost, lost.submit().pack),
        _whole(second, forged.pack),
        _whole(first, write_pack(forged.records[:2])),
        _whole(first, forged.pack[:-1]),
        _whole(first, write_pack([*forged.records, first.blob(b"nobody asked for this")])),
        _whole(first, write_pack([*forged.records, new_record(RecordKind.REQUEST, b"sealed")])),
        _whole(first, first.submit(service="unheard_of").pack),
        _whole(first, first.submit(reference="TRM-00009-X").pack),
        _whole(first, plain[1].pack),
    ]
    packs = [_whole(first, plain[0].pack), *odd, _whole(second, plain[1].pack)]
    packs += [_whole(second, plain[1].pack), _whole(first, plain[2].pack)]
    taken = _take(office, packs)
    assert _told(first, taken[0]) == [1]
    assert taken[1 : 1 + len(odd)] == [None] * len(odd)
    assert _told(second, taken[-3]) == [1]
    # The same once more, under another name; and one by a kiosk that has not heard the first.
    assert taken[-2] is None
    assert taken[-1] is not None
    assert taken[-1].answer is None
    with office.database.read() as session:
        references = session.scalars(select(ApplicationRow.reference)).all()
        events = session.execute(select(EventRow.device_id, EventRow.number)).all()
        last = session.execute(select(DeviceRow.code, DeviceRow.last_event)).all()
        uploads = session.scalars(select(UploadRow.state)).all()
    assert sorted(references) == sorted(one.manifest.reference for one in plain)
    ours, theirs = first.trusted.device_id, second.trusted.device_id
    assert sorted(map(tuple, events)) == sorted([(ours, 1), (ours, 2), (theirs, 1)])
    assert sorted(map(tuple, last)) == [("LET", 2), ("SED", 0), ("TRM", 1)]
    assert uploads == ["complete"] * 3
    alone = _take(office, [_whole(second, second.submit(PAPERS).pack, cursor=1)])
    assert _told(second, alone[0]) == [2]
    known = first.submit(plain[0].contents, blobs={"ktp": plain[0].blobs[0]})
    packs.append(_whole(first, known.pack))
    assert _take(office, packs) == [None] * len(packs)


def test_a_kiosk_that_is_revoked_is_heard_no_more_although_its_token_is_remembered(
    served: Served, village: Village
) -> None:
    assert village.bring(served.url, village.submit().pack, village.new_id()).status_code == 201
    with served.office.database.write() as session:
        session.execute(update(DeviceRow).values(is_revoked=True))
    assert village.bring(served.url, village.submit().pack, village.new_id()).status_code == 401


def test_a_revoked_kiosk_whose_token_is_remembered_fills_no_disk(
    served: Served, village: Village
) -> None:
    office, known = served.office, KnownDevices()
    assert take_whole(office, known, [_whole(village, village.submit().pack)])[0] is not None
    with office.database.write() as session:
        session.execute(update(DeviceRow).values(is_revoked=True))
    before = len(_lots(office))
    for _ in range(3):
        assert take_whole(office, known, [_whole(village, village.submit(PAPERS).pack)]) == [None]
    # The first one's bytes are on their way to the disk while the database is asked.
    assert len(_lots(office)) <= before + 1


def test_any_number_of_records_in_one_lot_is_asked_about_at_once(tmp_path: Path) -> None:
    """SQLite bounds the variables of a statement, by default to 32,766; here to a few."""

    def bound(connection: sqlite3.Connection, _record: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100)

    with closing(open_at(tmp_path / "office")) as office, serve(office) as served:
        village, honest = (enrolled(office, served.url, code) for code in ("LET", "TRM"))
        event.listen(office.database.engine, "connect", bound)
        office.database.engine.dispose()
        forms = [
            village.submit({f"page-{page}": noise(50, 10 * form + page) for page in range(10)})
            for form in range(11)
        ]
        many = b"".join(form.pack for form in forms)
        packs = [_whole(village, many), _whole(honest, honest.submit(PAPERS).pack)]
        assert all(_take(office, packs))


@pytest.mark.parametrize("cursor", ["0" * 5000, "000000000001999", "4294967296", "-1", "1e3", ""])
def test_a_cursor_that_is_none_is_refused(served: Served, village: Village, cursor: str) -> None:
    pack = village.submit().pack
    answer = village.bring(served.url, pack, village.new_id(), Loket_Cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (400, "request_malformed")


def test_only_a_kiosk_that_has_heard_everything_is_answered_with_the_receipt_alone(
    served: Served, village: Village
) -> None:
    office = served.office
    taken = [_take(office, [_whole(village, village.submit({}).pack, NOTHING)])[0]]
    assert _told(village, taken[0]) == [1]
    with office.database.read() as session:
        first = mark_of(1, session.scalars(select(EventRow.signed)).one())
    other = msgspec.structs.replace(first, digest="0" * 16)
    for heard, told in (((first,), [2]), ((other, NOTHING), None), ((NOTHING,), None)):
        (one,) = _take(office, [_whole(village, village.submit({}).pack, *heard, cursor=1)])
        assert one is not None
        assert (_told(village, one) if one.answer else None) == told
    answer = village.bring(served.url, village.submit({}).pack, village.new_id())
    assert [event.number for event in village.read(answer.content)] == [1, 2, 3, 4, 5]


def test_what_a_kill_between_lot_and_rows_left_is_taken_again(
    served: Served, village: Village
) -> None:
    submission, name = village.submit(PAPERS), village.new_id()
    served.office.blobs.keep([submission.pack])()
    for _ in range(2):
        # The second time as a kiosk that lost the answer.
        answer = village.bring(served.url, submission.pack, name)
        assert answer.status_code == 201
        assert [event.number for event in village.read(answer.content)] == [1]
    assert served.office.blobs.read(submission.record.digest) == submission.record.sealed


def test_what_has_come_of_a_pack_is_on_the_disk_although_the_rest_lets_wait(
    served: Served, village: Village
) -> None:
    pack, name = village.submit({"ktp": noise(60_000)}).pack, village.new_id()
    head = village.headers(
        Host="office",
        Content_Length=str(len(pack)),
        Upload_Length=str(len(pack)),
        Content_Type="application/offset+octet-stream",
        Loket_Upload=name,
        Accept="application/vnd.loket.pack",
        Loket_Cursor="0",
    )
    lines = "".join(f"{one}: {value}\r\n" for one, value in head.items())
    with socket.create_connection(served.address) as wire:
        wire.sendall(f"POST /v1/packs HTTP/1.1\r\n{lines}\r\n".encode() + pack[:30_000])
        part = served.office.uploads.path(name)
        wait_for(part.exists)
        wait_for_size(part, 30_000)
    assert village.bring(served.url, pack, name).status_code == 201
    assert len(village.pull(served.url)) == 1


def test_packs_that_come_together_are_served_in_turn_and_whoever_finds_no_room_is_told_when(
    served: Served, village: Village
) -> None:
    packs = [_whole(village, village.submit({}).pack) for _ in range(9)]
    most = sum(len(pack.content) for pack in packs[:8])

    async def bring() -> list[Taken | BaseException | None]:
        arrivals = Arrivals(served.office, most)
        came = await asyncio.gather(*map(arrivals.take, packs), return_exceptions=True)
        return [*came, await arrivals.take(packs[8])]

    *taken, refused, later = asyncio.run(bring())
    assert all(isinstance(one, Taken) for one in (*taken, later))
    assert isinstance(refused, RemoteError)
    answer = answer_problem(refused)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert [event.number for event in village.pull(served.url)] == list(range(1, 10))
    assert answer_problem(LocalFault("office_full")).headers["Retry-After"] == "300"


_REFUSE = {
    "sqlite": (
        "CREATE TRIGGER refuse BEFORE INSERT ON applications WHEN NEW.applicant_name = 'ODD' "
        "BEGIN SELECT RAISE(ABORT, 'odd'); END",
    ),
    "postgresql": (
        "ALTER TABLE applications ADD CONSTRAINT refuse CHECK (applicant_name <> 'ODD')",
    ),
}


def test_one_pack_that_the_database_refuses_spoils_nothing_for_those_that_came_with_it(
    office: Office,
) -> None:
    with serve(office) as served:
        village = enrolled(office, served.url)
    with office.database.write() as session:
        for statement in _REFUSE[office.database.engine.dialect.name]:
            session.execute(text(statement))
    forms = [village.submit(answers={"full_name": name}) for name in ("Siti", "Odd", "Budi")]

    async def come() -> list[Taken | None]:
        arrivals = Arrivals(office)
        return await asyncio.gather(*(arrivals.take(_whole(village, one.pack)) for one in forms))

    assert asyncio.run(come()) == [None] * 3
    with serve(office) as served:
        for one in forms:
            assert village.bring(served.url, one.pack, village.new_id()).status_code == 201
        told = [event.body for event in village.pull(served.url)]
    assert [body.reference for body in told if isinstance(body, Receipt)] == [
        forms[0].manifest.reference,
        forms[2].manifest.reference,
    ]


@pytest.mark.postgres
def test_a_database_that_came_back_costs_one_fault(tmp_path: Path, cluster: Cluster) -> None:
    url = new_database(cluster)
    with closing(open_database(tmp_path, url)) as ours, closing(open_database(tmp_path, url)) as by:
        with ours.read() as session:
            pid = session.scalar(select(func.pg_backend_pid()))
        with by.write() as session:
            assert session.scalar(select(func.pg_terminate_backend(pid, 5000)))
        with pytest.raises(LocalFault, match="database_away"), ours.read() as session:
            session.execute(text("SELECT 1"))
        with ours.read() as session:
            assert session.scalar(text("SELECT 1")) == 1


def test_nothing_is_received_while_its_lot_cannot_be_written(
    served: Served, village: Village
) -> None:
    lots = served.office.settings.folder / "blobs" / "lots"
    away = lots.rename(lots.with_name("away"))
    pack, name = village.submit({}).pack, village.new_id()
    assert village.bring(served.url, pack, name).status_code >= 500
    with served.office.database.read() as session:
        assert session.scalars(select(UploadRow)).all() == []
    away.rename(lots)
    answer = village.bring(served.url, pack, name)
    assert [event.number for event in village.read(answer.content)] == [1]


class _Ended(BaseException):
    """The process is going."""


def test_nobody_waits_when_the_process_has_ended_neither_in_a_lot_nor_before_it(
    office: Office,
) -> None:
    def end(*_: object) -> None:
        raise _Ended

    event.listen(office.database.engine, "before_cursor_execute", end)
    pack = WholePack("0" * 36, token_digest("nobody"), b"", 0, ())

    async def bring() -> list[object]:
        arrivals = Arrivals(office)
        async with asyncio.timeout(10):
            first = asyncio.create_task(arrivals.take(pack))
            # Its lot begins before the second one comes.
            for _ in range(2):
                await asyncio.sleep(0)
            return [*await asyncio.gather(first, arrivals.take(pack), return_exceptions=True)]

    assert [type(one) for one in asyncio.run(bring())] == [_Ended] * 2
