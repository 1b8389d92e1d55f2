"""What travels survives nothing but itself: any flipped byte, wrong key or torn end is noticed."""

import os
import zlib
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.answers import Override
from app.domain.events import Event, Receipt, StateChanged
from app.errors import RemoteError, UserError
from app.protocol import enrolment
from app.protocol.event import open_event, seal_event, sign_event
from app.protocol.keys import Keys, new_keys
from app.protocol.manifest import (
    Consent,
    Manifest,
    ManifestDocument,
    ManifestFinding,
    ManifestPage,
    encode_manifest,
    open_manifest,
)
from app.protocol.record import (
    HEADER_BYTES,
    Record,
    RecordKind,
    new_record,
    read_header,
    read_pack,
    write_pack,
)
from app.protocol.sealing import seal, sign, squeeze, unseal, unsqueeze, verify

DEVICE = new_keys()
OFFICE = new_keys()
STRANGER = new_keys()
NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


class RealDice:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


def a_manifest() -> Manifest:
    return Manifest(
        format=1,
        submission_id="s-1",
        application_id="a-1",
        revision=1,
        reference="TRM-00001-X",
        device_id="d-1",
        service="passport_new_adult",
        catalogue_version="2026.11.1",
        answers={"full_name": "SITI CONTOH", "nik": "9999014501900001"},
        overrides=(Override("full_name", "name_one_word", "memang satu kata"),),
        documents=(ManifestDocument("ktp", "ktp", "ab" * 32, "cd" * 32, "image/jpeg", 1, 1234),),
        consent=Consent("2026-11", "id", NOON),
        finalized_at=NOON,
        clock_offset_s=1.5,
    )


def code_of(error: pytest.ExceptionInfo[RemoteError]) -> str:
    return error.value.code


def test_a_manifest_comes_back_equal_and_vouched_for_by_its_device() -> None:
    record = encode_manifest(a_manifest(), DEVICE, OFFICE.public().recipient)
    opened = open_manifest(record.sealed, OFFICE.identity)
    assert opened.verify(DEVICE.public().signing) == a_manifest()


def test_a_manifest_of_an_older_kiosk_says_nothing_of_its_pages() -> None:
    older = msgspec.to_builtins(a_manifest())
    del older["findings"], older["documents"][0]["pages"]
    manifest = msgspec.convert(older, Manifest, strict=False)
    assert manifest.findings == ()
    assert manifest.documents[0].pages == ()


@given(
    page=st.builds(
        ManifestPage,
        source=st.text(max_size=9),
        findings=st.lists(st.text(max_size=20), max_size=3).map(tuple),
        kept_reason=st.text(max_size=200),
        codes=st.lists(st.text(max_size=400), max_size=3).map(tuple),
        form=st.sampled_from(["", "layers", "avif"]),
        has_original=st.booleans(),
    ),
    params=st.dictionaries(st.text(max_size=9), st.text(max_size=99), max_size=3),
)
def test_what_was_found_on_pages_arrives_as_it_was_said(
    page: ManifestPage, params: dict[str, str]
) -> None:
    (document,) = a_manifest().documents
    sent = msgspec.structs.replace(
        a_manifest(),
        documents=(msgspec.structs.replace(document, pages=(page,)),),
        findings=(ManifestFinding("nik", "differs_from_paper", params),),
    )
    record = encode_manifest(sent, DEVICE, OFFICE.public().recipient)
    assert open_manifest(record.sealed, OFFICE.identity).manifest == sent


def test_a_manifest_signed_by_another_device_is_refused() -> None:
    record = encode_manifest(a_manifest(), STRANGER, OFFICE.public().recipient)
    with pytest.raises(RemoteError) as error:
        open_manifest(record.sealed, OFFICE.identity).verify(DEVICE.public().signing)
    assert code_of(error) == "signature_wrong"


def test_nobody_but_the_office_reads_a_manifest() -> None:
    record = encode_manifest(a_manifest(), DEVICE, OFFICE.public().recipient)
    assert b"SITI" not in record.sealed
    with pytest.raises(RemoteError) as error:
        open_manifest(record.sealed, DEVICE.identity)
    assert code_of(error) == "record_unreadable"


def test_a_manifest_of_a_later_format_or_none_at_all_is_malformed() -> None:
    later = msgspec.structs.replace(a_manifest(), format=2)
    for payload in (msgspec.json.encode(later), b"{}", b"not json"):
        signed = sign("manifest", payload, DEVICE.signing)
        with pytest.raises(RemoteError) as error:
            open_manifest(seal(squeeze(signed), OFFICE.public().recipient), OFFICE.identity)
        assert code_of(error) == "manifest_malformed"


def test_a_signature_for_one_purpose_never_passes_for_another() -> None:
    signed = sign("manifest", b"words", OFFICE.signing)
    assert verify("manifest", signed, OFFICE.public().signing) == b"words"
    with pytest.raises(RemoteError):
        verify("event", signed, OFFICE.public().signing)


def test_a_bomb_is_not_blown_up() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    with pytest.raises(RemoteError) as error:
        unsqueeze(bomb, 1_000_000)
    assert code_of(error) == "record_unreadable"


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_any_changed_byte_of_sealed_content_is_noticed(at: int, change: int) -> None:
    sealed = bytearray(seal(b"the family card", OFFICE.public().recipient))
    sealed[at % len(sealed)] ^= change
    with pytest.raises(RemoteError):
        unseal(bytes(sealed), OFFICE.identity)


def test_an_event_reaches_its_device_and_no_other() -> None:
    event = Event("d-1", 7, NOON, Receipt("s-1", "ab" * 32, ("cd" * 32,), NOON), "a-1")
    record = seal_event(sign_event(event, OFFICE), DEVICE.public().recipient)
    opened = open_event(record.sealed, DEVICE.identity, OFFICE.public().signing, "d-1")
    assert opened.event == event
    with pytest.raises(RemoteError) as wrong_device:
        open_event(record.sealed, DEVICE.identity, OFFICE.public().signing, "d-2")
    assert code_of(wrong_device) == "event_malformed"
    with pytest.raises(RemoteError) as wrong_office:
        open_event(record.sealed, DEVICE.identity, STRANGER.public().signing, "d-1")
    assert code_of(wrong_office) == "signature_wrong"


@pytest.mark.parametrize("payload", [b'{"device_id":"\xff"}', b'{"x":' + b"[" * 8000])
def test_an_event_that_breaks_its_reader_is_malformed(payload: bytes) -> None:
    record = seal_event(sign("event", payload, OFFICE.signing), DEVICE.public().recipient)
    with pytest.raises(RemoteError) as error:
        open_event(record.sealed, DEVICE.identity, OFFICE.public().signing, "d-1")
    assert code_of(error) == "event_malformed"


def test_an_event_forged_by_another_office_is_refused() -> None:
    event = Event("d-1", 1, NOON, StateChanged("accepted"), "a-1")
    record = seal_event(sign_event(event, STRANGER), DEVICE.public().recipient)
    with pytest.raises(RemoteError):
        open_event(record.sealed, DEVICE.identity, OFFICE.public().signing, "d-1")


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_a_pack_comes_back_in_order(contents: list[bytes]) -> None:
    records = [new_record(RecordKind.BLOB, content) for content in contents]
    assert list(read_pack(write_pack(records))) == records


@given(st.binary(min_size=1, max_size=200), st.integers(min_value=1))
def test_a_pack_cut_anywhere_but_between_records_is_torn(content: bytes, cut: int) -> None:
    pack = write_pack([new_record(RecordKind.BLOB, content)])
    with pytest.raises(RemoteError) as error:
        list(read_pack(pack[: cut % (len(pack) - 1) + 1] if cut % len(pack) else pack[:1]))
    assert code_of(error) == "pack_torn"


@given(st.binary(min_size=HEADER_BYTES, max_size=HEADER_BYTES))
def test_noise_is_no_header(noise: bytes) -> None:
    with pytest.raises(RemoteError):
        read_header(noise)


def test_a_header_that_announces_too_much_is_refused() -> None:
    header = new_record(RecordKind.MANIFEST, b"x").header()
    for length in (4 * 1024 * 1024 + 1, 2**32 - 1):
        with pytest.raises(RemoteError):
            read_header(msgspec.structs.replace(header, length_bytes=length).encode())


def test_a_record_whose_bytes_do_not_match_its_name_is_torn() -> None:
    liar = Record(RecordKind.BLOB, "00" * 32, b"something else")
    with pytest.raises(RemoteError):
        list(read_pack(write_pack([liar])))


def test_secret_keys_never_show_in_a_log() -> None:
    keys = Keys("11" * 32, "AGE-SECRET-KEY-1X")
    assert "11" not in repr(keys)
    assert "AGE" not in str(keys)


def enrolment_pair(
    code: enrolment.EnrolmentCode,
) -> tuple[enrolment.EnrolmentRequest, enrolment.EnrolmentAnswer]:
    asked = enrolment.EnrolmentRequest(code.name, "Kiosk Letung", DEVICE.public(), "")
    answered = enrolment.EnrolmentAnswer(
        "d-1", "LET", 1, 99999, "aa", "o-1", "Tarempa", OFFICE.public(), ""
    )
    return asked, answered


def test_an_enrolment_code_survives_being_copied_by_hand() -> None:
    code = enrolment.new_code(RealDice())
    typed = code.shown().lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert enrolment.read_code(typed) == code
    assert code.secret not in repr(code)
    for wrong in ("", "ABCD", code.shown() + "A", "****-****-****-****-****"):
        with pytest.raises(UserError):
            enrolment.read_code(wrong)


def test_keys_swapped_on_the_road_break_the_proof_of_either_side() -> None:
    code = enrolment.new_code(RealDice())
    asked, answered = enrolment_pair(code)
    proof = enrolment.device_proof(code.secret, asked)
    swapped = msgspec.structs.replace(asked, keys=STRANGER.public(), proof=proof)
    assert not enrolment.is_same_proof(enrolment.device_proof(code.secret, swapped), proof)
    proof = enrolment.office_proof(code.secret, answered, DEVICE.public())
    swapped_answer = msgspec.structs.replace(answered, keys=STRANGER.public(), proof=proof)
    again = enrolment.office_proof(code.secret, swapped_answer, DEVICE.public())
    assert not enrolment.is_same_proof(again, proof)
    assert enrolment.is_same_proof(
        enrolment.office_proof(code.secret, answered, DEVICE.public()), proof
    )
