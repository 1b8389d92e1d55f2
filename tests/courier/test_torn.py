"""Files that are torn, forged or strange: what is whole is taken, the rest is refused by number."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from app.errors import RemoteError, UserError
from app.office.context import Office
from app.office.courier_import import Imported, import_file
from app.office.courier_returns import return_for_note
from app.office.tables import CourierNoteRow, DeviceRow, RecordRow
from app.protocol.courier import (
    CourierNote,
    ReturnNote,
    encode_note,
    encode_return_note,
    joined,
    walk,
)
from app.protocol.keys import Keys, new_keys
from app.protocol.record import (
    HEADER_BYTES,
    Record,
    RecordHeader,
    RecordKind,
    new_record,
    read_pack,
    write_pack,
)
from app.protocol.sealing import seal
from tests.courier.island import CourierIsland, bring, file_of, put, records_of
from tests.courier.test_trips import FOUR
from tests.office.house import noise


def brought(office: Office, path: Path) -> Imported:
    return import_file(office, path, "officer:ani")


def whole_file(kiosk: CourierIsland, stick: Path) -> Path:
    kiosk.freeze(FOUR)
    return file_of(kiosk.write(stick), stick)


def refused(imported: Imported) -> list[tuple[int, str]]:
    return [(one.number, one.code) for one in imported.refused]


def places(path: Path) -> list[int]:
    """Return where each record begins, and where the file ends."""
    at = [0]
    for record in records_of(path):
        at.append(at[-1] + HEADER_BYTES + len(record.sealed))
    return at


def spoil(path: Path, at: int, with_: bytes = b"\xff") -> None:
    with path.open("r+b") as file:
        file.seek(at)
        before = file.read(len(with_))
        file.seek(at)
        file.write(bytes(one ^ two for one, two in zip(before, with_, strict=True)))


def test_a_file_that_ends_early_gives_all_that_is_whole(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    path = whole_file(kiosk, stick)
    at = places(path)
    os.truncate(path, at[4] + 100)
    imported = brought(office, path)
    assert (imported.code, imported.taken) == ("", 3)
    assert refused(imported) == [(5, "torn")]
    assert (imported.submissions, imported.received) == (1, 0)
    again = kiosk.write(stick)
    path.unlink()
    (whole,) = bring(office, stick)
    assert (whole.taken, whole.known, whole.received) == (4, 3, 1)
    assert kiosk.read(stick).received == again.references


@pytest.mark.parametrize("where", ["body", "length", "magic"])
def test_one_torn_record_costs_only_itself(
    kiosk: CourierIsland, office: Office, stick: Path, where: str
) -> None:
    path = whole_file(kiosk, stick)
    at = places(path)[2] + {"body": HEADER_BYTES + 500, "length": 6, "magic": 0}[where]
    spoil(path, at)
    imported = brought(office, path)
    assert imported.taken == 3
    assert refused(imported) == [(3, "torn")]


def test_a_torn_note_costs_no_document_that_a_form_vouches_for(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    path = whole_file(kiosk, stick)
    spoil(path, HEADER_BYTES + 30)
    imported = brought(office, path)
    assert (imported.code, imported.note_digest) == ("courier_note_torn", "")
    assert (imported.taken, imported.received) == (4, 1)
    assert refused(imported) == [(1, "torn")]


def test_what_somebody_else_put_into_a_file_is_refused_by_number(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    path = whole_file(kiosk, stick)
    records = records_of(path)
    recipient = office.keys.keys.public().recipient
    junk = new_record(RecordKind.BLOB, seal(b"a film", recipient))
    event = new_record(RecordKind.EVENT, seal(b"an event", recipient))
    put(path, [*records[:2], junk, *records[2:], event])
    imported = brought(office, path)
    assert (imported.taken, imported.received) == (4, 1)
    assert refused(imported) == [(3, "foreign"), (7, "foreign")]
    with office.database.read() as session:
        assert session.get(RecordRow, junk.digest) is None


def note_of(kiosk: CourierIsland, keys: Keys, records: list[Record], device_id: str) -> Record:
    office = kiosk.enrolment()
    note = CourierNote(
        format=1,
        device_id=device_id,
        serial=9,
        cursor=10**12,
        made_at=kiosk.clock.now(),
        size_bytes=0,
        digests=joined([record.digest for record in records]),
    )
    return encode_note(note, keys, office.office_recipient)


def test_a_note_that_its_device_did_not_sign_vouches_for_nothing(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    path = stick / "LOKET-LET-00009.lpk"
    recipient = office.keys.keys.public().recipient
    junk = new_record(RecordKind.BLOB, seal(b"a film", recipient))
    row = kiosk.enrolment()
    for keys, device_id, code in (
        (new_keys(), row.device_id, "signature_wrong"),
        (new_keys(), "nobody", "device_unknown"),
        (Keys(row.device_signing, row.device_identity), row.device_id, "courier_note_malformed"),
    ):
        put(path, [note_of(kiosk, keys, [junk], device_id), junk])
        imported = brought(office, path)
        assert (imported.code, imported.taken) == (code, 0)
        assert refused(imported) == [(1, code), (2, "foreign")]
    with office.database.read() as session:
        assert session.query(CourierNoteRow).count() == 0


def test_a_device_that_was_revoked_brings_nothing_in(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    path = whole_file(kiosk, stick)
    with office.database.write() as session:
        session.execute(update(DeviceRow).values(is_revoked=True))
    imported = brought(office, path)
    assert (imported.code, imported.taken, imported.received) == ("device_unknown", 0, 0)


def test_an_answer_for_another_kiosk_or_from_another_office_is_not_believed(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    kiosk.write(stick)
    (imported,) = bring(office, stick)
    path = stick / "LOKET-LET-00001.lpr"
    records = records_of(path)
    row = kiosk.enrolment()
    note = ReturnNote(1, row.device_id, 0, 0, 0, kiosk.clock.now())
    mine = Keys(row.device_signing, row.device_identity).public().recipient
    for forged in (
        encode_return_note(note, new_keys(), mine),
        encode_return_note(note, office.keys.keys, new_keys().public().recipient),
        encode_return_note(msgspec.structs.replace(note, device_id="x"), office.keys.keys, mine),
        new_record(RecordKind.COURIER_NOTE, b"nothing"),
    ):
        put(path, [forged, *records[1:]])
        read = kiosk.read(stick)
        assert [one.code for one in read.wrong] == ["return_file_not_ours"]
        assert read.events == 0
    assert imported.note_digest
    with pytest.raises(UserError, match="courier_file_unknown"):
        return_for_note(office, "0" * 64)


def test_a_torn_answer_gives_its_beginning_and_names_the_record(
    kiosk: CourierIsland, office: Office, stick: Path
) -> None:
    first, second = kiosk.freeze(), kiosk.freeze()
    kiosk.write(stick)
    bring(office, stick)
    path = stick / "LOKET-LET-00001.lpr"
    at = places(path)
    os.truncate(path, at[-2] + 60)
    read = kiosk.read(stick)
    assert read.received == (first.reference,)
    assert [(one.code, one.record) for one in read.wrong] == [("pack_torn", len(at) - 1)]
    os.truncate(path, at[-2])
    read = kiosk.read(stick)
    assert [(one.code, one.record) for one in read.wrong] == [("pack_torn", len(at) - 1)]
    bring(office, stick)
    assert kiosk.read(stick).received == (second.reference,)


@pytest.mark.parametrize(
    "piece",
    [RecordHeader(RecordKind.BLOB, "00" * 32, 400_000).encode(), b"LP\x01"],
    ids=["headers", "beginnings"],
)
def test_looking_at_a_forged_file_costs_a_bounded_time(piece: bytes) -> None:
    """Every byte may begin a record, or announces all the rest of the file."""
    content = piece * (3_000_000 // len(piece))

    def read_at(offset: int, size: int) -> bytes:
        return content[offset : offset + size]

    began = time.process_time()
    assert all(one.header is None for one in walk(read_at, len(content)))
    assert time.process_time() - began < 2


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_however_bytes_are_spoiled_only_true_records_are_found(data: st.DataObject) -> None:
    records = [new_record(RecordKind.BLOB, noise(length, length)) for length in (0, 1, 700, 90)]
    true = {record.digest for record in records}
    content = bytearray(write_pack(records))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        what = data.draw(st.sampled_from(["flip", "cut", "insert", "zero"]))
        if what == "flip":
            content[at] ^= data.draw(st.integers(1, 255))
        elif what == "cut":
            del content[at : at + data.draw(st.integers(1, 200))]
        elif what == "insert":
            content[at:at] = data.draw(st.binary(max_size=50))
        else:
            content[at : at + 20] = bytes(len(content[at : at + 20]))
        if not content:
            break
    spoiled = bytes(content)
    found = [
        one.header
        for one in walk(lambda offset, size: spoiled[offset : offset + size], len(spoiled))
    ]
    assert all(header is None or header.digest in true for header in found)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_from_a_stranger_are_refused_in_words(untrusted: bytes) -> None:
    with suppress(RemoteError):
        list(read_pack(untrusted))
    list(walk(lambda offset, size: untrusted[offset : offset + size], len(untrusted)))
