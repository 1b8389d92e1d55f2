"""What a lying device says of captured pages: kept aside on either database, and told to nobody."""

from __future__ import annotations

from pathlib import Path

import msgspec
from sqlalchemy import select

from app.domain.events import PageTaken
from app.office.context import Office
from app.office.enrolling import enrol, new_enrolment_code
from app.office.events import events_after
from app.office.records import catch_up, take_record
from app.office.tables import AuditRow, RecordRow, SupplementRow
from app.protocol.record import Record
from app.protocol.supplement import FORMAT, Supplement, encode_supplement
from tests.office.house import Village


def village_of(office: Office, code: str) -> Village:
    village = Village(new_enrolment_code(office, f"Kiosk {code}", code))
    village.take(enrol(office, village.request()))
    return village


def deliver(office: Office, village: Village, folder: Path, *records: Record) -> None:
    for record in records:
        part = folder / "part"
        part.write_bytes(record.sealed)
        take_record(office, "none", village.trusted.device_id, record.header(), part, 0)


def signed(village: Village, **changed: object) -> Record:
    said = Supplement(FORMAT, village.trusted.device_id, "", "", "ktp", 1)
    said = msgspec.structs.replace(said, **changed)
    return encode_supplement(said, village.keys, village.trusted.keys.recipient)


_LIES: tuple[tuple[dict[str, object], str], ...] = (
    ({"submission_id": "01\0"}, "supplement_wrong"),
    ({"submission_id": "../../etc"}, "supplement_wrong"),
    ({"need": "kt\0p"}, "supplement_wrong"),
    ({"page": 2**70}, "supplement_wrong"),
    ({"size_bytes": 2**70}, "supplement_wrong"),
    ({"content_digest": "a\0"}, "supplement_wrong"),
    ({"media_type": "a\0"}, "supplement_wrong"),
    ({"device_id": "nobody\0"}, "device_unknown"),
)


def test_what_no_database_holds_is_kept_aside_and_not_looked_at_again(
    office: Office, tmp_path: Path
) -> None:
    village = village_of(office, "LET")
    submission = village.submit()
    deliver(office, village, tmp_path, *submission.records)
    true = {
        "submission_id": submission.manifest.submission_id,
        "application_id": submission.manifest.application_id,
    }
    for number, (lie, code) in enumerate(_LIES, 1):
        record = signed(village, **(true | lie))
        deliver(office, village, tmp_path, record)
        catch_up(office)
        with office.database.read() as session:
            kept = session.get_one(RecordRow, record.digest)
            assert (kept.refused_code, kept.read_at is not None) == (code, True), lie
            assert session.scalars(select(SupplementRow)).first() is None
            noted = session.scalars(select(AuditRow).where(AuditRow.what == "refused")).all()
        assert len(noted) == number
        heard = village.read(events_after(office, village.trusted.device_id, 0).pack)
        assert heard[-1].body == PageTaken(record.digest)


def test_who_answers_for_another_device_is_told_and_the_other_one_is_not(
    office: Office, tmp_path: Path
) -> None:
    honest, liar = village_of(office, "LET"), village_of(office, "DBO")
    submission = honest.submit()
    deliver(office, honest, tmp_path, *submission.records)
    forged = signed(
        liar,
        submission_id=submission.manifest.submission_id,
        application_id=submission.manifest.application_id,
    )
    deliver(office, liar, tmp_path, forged)
    heard = honest.read(events_after(office, honest.trusted.device_id, 0).pack)
    assert not [event for event in heard if isinstance(event.body, PageTaken)]
    (told,) = liar.read(events_after(office, liar.trusted.device_id, 0).pack)
    assert (told.body, told.application_id) == (PageTaken(forged.digest), "")
