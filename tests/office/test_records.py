"""Records torn, forged, doubled, out of order or lost: kept, refused or asked for again."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
import requests
from sqlalchemy import func, select

from app.domain.events import Event, MissingRecords, Receipt, Refused
from app.errors import LocalFault, RemoteError, UserError
from app.office import review
from app.office.officers import add_officer
from app.office.records import catch_up
from app.office.review import Officer
from app.office.tables import ApplicationRow, DeviceRow, RecordRow, SubmissionDocumentRow
from app.protocol.keys import new_keys
from app.protocol.manifest import encode_manifest
from app.protocol.record import MOST_RECORD_BYTES, Record, RecordKind, new_record, write_pack
from app.protocol.sealing import seal, sign, squeeze
from tests.office.house import Served, Submission, Village, enrolled, noise

ANI = Officer("ani", "Ani", ("adjudicator",))


def _code(event: Event) -> str:
    assert isinstance(event.body, Refused)
    return event.body.code


def _state(served: Served, submission: Submission) -> tuple[str, int]:
    with served.office.database.read() as session:
        row = session.get_one(ApplicationRow, submission.manifest.application_id)
        return row.state, row.revision


def _bare_header(kind: int, length: int, magic: bytes = b"LP", version: int = 1) -> bytes:
    return struct.pack(">2sBBI32s", magic, version, kind, length, b"\0" * 32)


def test_a_torn_record_ends_the_upload_and_the_whole_ones_before_it_stay(
    served: Served, village: Village
) -> None:
    submission = village.submit({"ktp": noise(50_000, 1), "kk": noise(50_000, 2)})
    torn = bytearray(submission.pack)
    torn[-1] ^= 1
    upload = village.create(served.url, len(torn))
    answer = village.patch(upload, 0, bytes(torn))
    assert (answer.status_code, answer.json()["code"]) == (422, "pack_torn")
    assert requests.head(upload, headers=village.headers(), timeout=30).status_code == 410
    with served.office.database.read() as session:
        kept = set(session.scalars(select(RecordRow.digest)))
    assert kept == {submission.record.digest, submission.blobs[0].digest}
    assert village.pull(served.url) == []
    # Only the torn one travels again.
    assert village.send(served.url, write_pack(submission.blobs[1:])).status_code == 204
    assert isinstance(village.pull(served.url)[0].body, Receipt)


@pytest.mark.parametrize(
    "head",
    [
        _bare_header(2, 100, magic=b"XX"),
        _bare_header(2, 100, version=2),
        _bare_header(9, 100),
        _bare_header(3, 100),
        _bare_header(2, MOST_RECORD_BYTES + 1),
        _bare_header(1, 5 * 1024 * 1024),
        _bare_header(2, 1_000_000),
    ],
    ids=["magic", "version", "kind", "event", "oversize", "oversize manifest", "past the end"],
)
def test_a_wrong_header_is_refused_before_its_bytes_are_sent(
    served: Served, village: Village, head: bytes
) -> None:
    upload = village.create(served.url, 500_000)
    answer = village.patch(upload, 0, head)
    assert (answer.status_code, answer.json()["code"]) == (422, "pack_torn")


def test_a_pack_that_ends_inside_a_header_is_torn(served: Served, village: Village) -> None:
    submission = village.submit()
    assert village.send(served.url, submission.pack + b"LP").status_code == 422
    assert isinstance(village.pull(served.url)[0].body, Receipt)


def test_a_manifest_signed_by_another_key_is_refused(served: Served, village: Village) -> None:
    submission = village.submit()
    forged = encode_manifest(submission.manifest, new_keys(), village.trusted.keys.recipient)
    assert village.send(served.url, write_pack([forged])).status_code == 204
    (event,) = village.pull(served.url)
    assert event.body == Refused(forged.digest, "signature_wrong")
    assert village.send(served.url, submission.pack).status_code == 204
    assert isinstance(village.pull(served.url, after=1)[0].body, Receipt)


def test_a_manifest_sealed_to_somebody_else_is_kept_aside(served: Served, village: Village) -> None:
    record = new_record(RecordKind.MANIFEST, seal(b"x", new_keys().public().recipient))
    assert village.send(served.url, write_pack([record])).status_code == 204
    (event,) = village.pull(served.url)
    assert event.body == Refused(record.digest, "record_unreadable")
    with served.office.database.read() as session:
        assert session.get_one(RecordRow, record.digest).refused_code == "record_unreadable"
    assert served.office.blobs.read(record.digest) == record.sealed


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"service": "no_such_service"}, "service_unknown"),
        ({"service": "../etc"}, "manifest_malformed"),
        ({"revision": 0}, "manifest_malformed"),
        ({"revision": 2**40}, "manifest_malformed"),
        ({"answers": {"full_name": "A\0B"}}, "manifest_malformed"),
        ({"reference": "XYZ-00001-A"}, "reference_not_yours"),
        ({"reference": "nothing"}, "reference_not_yours"),
        ({"submission_id": "../../x"}, "manifest_malformed"),
        ({"device_id": "nobody"}, "device_unknown"),
        ({"format": 2}, "manifest_malformed"),
        ({"finalized_at": datetime(5, 1, 1, tzinfo=UTC)}, "manifest_malformed"),
        (
            {"finalized_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
            "manifest_malformed",
        ),
    ],
)
def test_a_manifest_that_cannot_be_taken_is_refused_and_blocks_nothing(
    served: Served, village: Village, changes: dict[str, Any], code: str
) -> None:
    bad = village.submit(**changes)
    good = village.submit()
    pack = write_pack((*bad.records, *good.records))
    assert village.send(served.url, pack).status_code == 204
    events = village.pull(served.url)
    assert _code(events[0]) == code
    assert isinstance(events[1].body, Receipt)
    assert len(events) == 2


@pytest.mark.parametrize("untrusted", [b"[" * 8000 + b"]" * 8000, b'"\xff"', b'"\\ud800"'])
def test_a_manifest_that_breaks_its_reader_is_refused_and_blocks_nothing(
    served: Served, village: Village, untrusted: bytes
) -> None:
    payload = b'{"format":1,"x":%s,"operator":%s}' % (untrusted, untrusted)
    signed = sign("manifest", payload, village.keys.signing)
    sealed = seal(squeeze(signed), village.trusted.keys.recipient)
    bad = new_record(RecordKind.MANIFEST, sealed)
    good = village.submit()
    assert village.send(served.url, write_pack((bad, *good.records))).status_code == 204
    events = village.pull(served.url)
    assert events[0].body == Refused(bad.digest, "manifest_malformed")
    assert isinstance(events[1].body, Receipt)


def test_a_document_named_by_a_path_is_refused(served: Served, village: Village) -> None:
    submission = village.submit()
    document = msgspec.structs.replace(submission.manifest.documents[0], blob_digest="../../keys")
    bad = village.submit({}, documents=(document,))
    village.send(served.url, bad.pack)
    assert _code(village.pull(served.url)[0]) == "manifest_malformed"


def test_the_reference_of_another_application_is_refused(served: Served, village: Village) -> None:
    first = village.submit()
    second = village.submit(reference=first.manifest.reference)
    village.send(served.url, write_pack((*first.records, *second.records)))
    events = village.pull(served.url)
    assert [type(event.body) for event in events] == [Receipt, Refused]
    assert _code(events[1]) == "reference_taken"


def test_a_device_cannot_speak_for_another_ones_application(
    served: Served, village: Village
) -> None:
    other = enrolled(served.office, served.url, "TRM")
    theirs = village.submit()
    village.send(served.url, theirs.pack)
    stolen = other.submit(application_id=theirs.manifest.application_id, revision=2)
    other.send(served.url, stolen.pack)
    assert _code(other.pull(served.url)[0]) == "application_not_yours"
    assert len(village.pull(served.url)) == 1


def test_a_device_may_carry_what_another_made(served: Served, village: Village) -> None:
    carrier = enrolled(served.office, served.url, "TRM")
    submission = village.submit()
    assert carrier.send(served.url, submission.pack).status_code == 204
    assert isinstance(village.pull(served.url)[0].body, Receipt)
    assert carrier.pull(served.url) == []


def test_the_same_records_again_change_nothing(served: Served, village: Village) -> None:
    submission = village.submit()
    for _ in range(3):
        assert village.send(served.url, submission.pack).status_code == 204
    assert village.send(served.url, submission.pack + submission.pack).status_code == 204
    assert len(village.pull(served.url)) == 1
    with served.office.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ApplicationRow)) == 1


def test_documents_may_come_before_their_manifest(served: Served, village: Village) -> None:
    submission = village.submit({"ktp": b"1", "kk": b"2"})
    for record in reversed(submission.records):
        assert village.pull(served.url) == []
        village.send(served.url, write_pack([record]))
    assert isinstance(village.pull(served.url)[0].body, Receipt)


def test_two_submissions_may_name_one_document(served: Served, village: Village) -> None:
    one = village.submit({"ktp": b"same"})
    two = village.submit({"ktp": b"same"}, blobs={"ktp": one.blobs[0]})
    village.send(served.url, write_pack([one.record, two.record]))
    assert village.pull(served.url) == []
    village.send(served.url, write_pack(one.blobs))
    named = [event.body for event in village.pull(served.url)]
    assert {body.submission_id for body in named if isinstance(body, Receipt)} == {
        one.manifest.submission_id,
        two.manifest.submission_id,
    }


def test_revisions_out_of_order_end_with_the_newest(served: Served, village: Village) -> None:
    first = village.submit()
    same: dict[str, Any] = {
        "application_id": first.manifest.application_id,
        "reference": first.manifest.reference,
    }
    third = village.submit(revision=3, answers={"full_name": "Siti Baru"}, **same)
    second = village.submit(revision=2, **same)
    for submission in (third, first, second):
        village.send(served.url, submission.pack)
    assert [type(event.body) for event in village.pull(served.url)] == [Receipt] * 3
    with served.office.database.read() as session:
        row = session.get_one(ApplicationRow, first.manifest.application_id)
        assert (row.revision, row.applicant_name) == (3, "SITI BARU")


def test_another_manifest_for_the_same_revision_is_refused(
    served: Served, village: Village
) -> None:
    first = village.submit()
    again = village.submit(
        application_id=first.manifest.application_id, reference=first.manifest.reference
    )
    village.send(served.url, first.pack)
    village.send(served.url, again.pack)
    assert _code(village.pull(served.url)[1]) == "revision_doubled"


def test_a_revision_after_the_decision_gets_its_receipt_and_changes_nothing(
    served: Served, village: Village
) -> None:
    add_officer(served.office, "ani", "Ani", "sandi panjang sekali")
    first = village.submit()
    village.send(served.url, first.pack)
    review.accept(served.office, ANI, first.manifest.application_id, 1)
    late = village.submit(
        application_id=first.manifest.application_id,
        reference=first.manifest.reference,
        revision=2,
    )
    village.send(served.url, late.pack)
    assert isinstance(village.pull(served.url, after=2)[0].body, Receipt)
    with served.office.database.read() as session:
        row = session.get_one(ApplicationRow, first.manifest.application_id)
        assert (row.state, row.revision) == ("accepted", 1)


def test_a_document_that_is_not_what_the_manifest_names_is_flagged_and_never_shown(
    served: Served, village: Village
) -> None:
    honest = village.submit({"ktp": b"one"})
    swapped = village.submit({"ktp": b"two"}, blobs={"ktp": village.blob(b"three")})
    village.send(served.url, write_pack((*honest.records, *swapped.records)))
    seen = review.open_document(served.office, ANI, honest.manifest.application_id, 1, "ktp")
    assert seen.content == b"one"
    with pytest.raises(RemoteError) as wrong:
        review.open_document(served.office, ANI, swapped.manifest.application_id, 1, "ktp")
    assert wrong.value.code == "document_wrong"
    with pytest.raises(UserError):
        review.open_document(served.office, ANI, honest.manifest.application_id, 1, "kk")
    with served.office.database.read() as session:
        verdicts = session.scalars(select(SubmissionDocumentRow.verdict)).all()
    assert sorted(verdicts) == ["right", "wrong"]


def test_a_lost_document_is_asked_for_once_and_receipted_again(
    served: Served, village: Village
) -> None:
    submission = village.submit({"ktp": b"one"})
    village.send(served.url, submission.pack)
    served.office.blobs.path(submission.blobs[0].digest).unlink()
    for _ in range(2):
        with pytest.raises(LocalFault) as fault:
            review.open_document(served.office, ANI, submission.manifest.application_id, 1, "ktp")
        assert fault.value.code == "record_missing"
    (asked,) = village.pull(served.url, after=1)
    assert asked.body == MissingRecords((submission.blobs[0].digest,))
    village.send(served.url, write_pack(submission.blobs))
    (receipt,) = village.pull(served.url, after=2)
    assert isinstance(receipt.body, Receipt)
    opened = review.open_document(served.office, ANI, submission.manifest.application_id, 1, "ktp")
    assert opened.content == b"one"


def test_no_receipt_names_a_document_whose_file_is_gone(served: Served, village: Village) -> None:
    """As after a disk that came back from an older copy than the database."""
    first = village.submit({"ktp": b"one"})
    village.send(served.url, first.pack)
    served.office.blobs.path(first.blobs[0].digest).unlink()
    second = village.submit(
        {"ktp": b"one"},
        blobs={"ktp": first.blobs[0]},
        application_id=first.manifest.application_id,
        reference=first.manifest.reference,
        revision=2,
    )
    village.send(served.url, write_pack([second.record]))
    village.send(served.url, write_pack([second.record]))
    catch_up(served.office)
    (asked,) = village.pull(served.url, after=1)
    assert asked.body == MissingRecords((first.blobs[0].digest,))
    village.send(served.url, write_pack(first.blobs))
    receipts = [event.body for event in village.pull(served.url, after=2)]
    assert all(isinstance(body, Receipt) for body in receipts)
    assert len(receipts) == 2
    assert _state(served, first) == ("received", 2)


def test_a_record_changed_on_the_disk_counts_as_lost(served: Served, village: Village) -> None:
    submission = village.submit({"ktp": b"one"})
    village.send(served.url, submission.pack)
    path = served.office.blobs.path(submission.blobs[0].digest)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(LocalFault):
        review.open_document(served.office, ANI, submission.manifest.application_id, 1, "ktp")


def test_nothing_of_the_answers_stands_in_clear_in_the_offices_folder(
    served: Served, village: Village
) -> None:
    secret = {"mother_name": "Ibu Rahasia Sekali", "nik": "9999014508900001"}
    submission = village.submit(answers={"full_name": "Siti Contoh", **secret})
    village.send(served.url, submission.pack)
    assert isinstance(village.pull(served.url)[0].body, Receipt)
    for file in served.office.settings.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(value.encode() in content for value in secret.values()), file


def test_records_of_a_revoked_device_are_not_even_read(served: Served, village: Village) -> None:
    submission = village.submit()
    with served.office.database.write() as session:
        session.get_one(DeviceRow, village.trusted.device_id).is_revoked = True
    answer = requests.post(
        f"{served.url}/v1/packs",
        headers=village.headers(Upload_Length=str(len(submission.pack))),
        timeout=30,
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "token_refused")


def test_a_blob_of_the_largest_size_passes_without_growing_the_office(
    served: Served, village: Village
) -> None:
    sealed = noise(MOST_RECORD_BYTES)
    record = Record(RecordKind.BLOB, new_record(RecordKind.BLOB, sealed).digest, sealed)
    assert village.send(served.url, write_pack([record])).status_code == 204
    assert served.office.blobs.has(record.digest)
