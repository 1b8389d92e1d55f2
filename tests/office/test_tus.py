"""The tus endpoint: offsets, take-overs, cuts, checksums, bounds."""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
import threading
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from app.errors import RemoteError
from app.office.accepting import sweep
from app.office.context import Office
from app.office.turns import Claim
from app.protocol.record import write_pack
from tests.fakes import FakeClock
from tests.office.house import (
    OpenHere,
    Served,
    Submission,
    Village,
    enrolled,
    noise,
    patch_head,
    serve,
    wait_for,
    wait_for_size,
)


@pytest.fixture
def submission(village: Village) -> Submission:
    return village.submit({"ktp": noise(150_000)})


def _part(office: Office, upload: str) -> Path:
    return office.uploads.path(upload.rsplit("/", 1)[1])


def _begin(served: Served, village: Village, upload: str, pack: bytes, until: int) -> socket.socket:
    """Open a PATCH from 0 on a bare socket and send a part of it."""
    wire = socket.create_connection(served.address)
    wire.sendall(patch_head(village, upload, 0, len(pack)) + pack[:until])
    wait_for_size(_part(served.office, upload), until)
    return wire


def test_every_byte_that_arrived_before_a_cut_is_kept(
    served: Served, village: Village, submission: Submission
) -> None:
    for until in (1, 39, 40, 1000, 66_001, 149_999):
        upload = village.create(served.url, len(submission.pack))
        with socket.create_connection(served.address) as wire:
            wire.sendall(patch_head(village, upload, 0, len(submission.pack)))
            wire.sendall(submission.pack[:until])
        wait_for_size(_part(served.office, upload), until)
        assert village.offset(upload) == until
    assert village.patch(upload, until, submission.pack[until:]).status_code == 204


def test_a_half_open_predecessor_is_shut_out_at_once(
    served: Served, village: Village, submission: Submission
) -> None:
    upload = village.create(served.url, len(submission.pack))
    with _begin(served, village, upload, submission.pack, 70_000) as dead:
        assert village.offset(upload) == 70_000
        # The dead line wakes up and delivers what was on its way: none of it may be written.
        dead.settimeout(20)
        dead.sendall(b"x" * 100)
        assert b" 409 " in dead.recv(4096)
        assert village.offset(upload) == 70_000
        answer = village.patch(upload, 70_000, submission.pack[70_000:])
    assert answer.status_code == 204
    assert len(village.pull(served.url)) == 1


def test_a_shut_out_sender_can_write_nothing_more(
    served: Served, village: Village, submission: Submission
) -> None:
    upload = village.create(served.url, len(submission.pack))
    live = served.office.uploads.known(upload.rsplit("/", 1)[1])
    assert live is not None
    lost: list[str] = []
    old, new = Claim(lambda: lost.append("old")), Claim()
    live.claim(old)
    for _ in range(2):
        # A chunk has its place: written again it changes nothing.
        assert live.append(old, 0, b"LP") == 2
    assert live.claim(new) == 2
    assert lost == ["old"]
    for act in (
        lambda: live.append(old, 2, b"x"),
        lambda: live.cut_back(old, 0),
        lambda: live.take(served.office, old),
    ):
        with pytest.raises(RemoteError) as refused:
            act()
        assert refused.value.code == "upload_taken_over"
    assert _part(served.office, upload).read_bytes() == b"LP"


def test_going_on_without_asking_takes_the_upload_over_too(
    served: Served, village: Village, submission: Submission
) -> None:
    upload = village.create(served.url, len(submission.pack))
    with _begin(served, village, upload, submission.pack, 70_000):
        answer = village.patch(upload, 70_000, submission.pack[70_000:])
        assert answer.status_code == 204, answer.text
    assert len(village.pull(served.url)) == 1


def test_a_wrong_offset_is_told_and_takes_nothing_over(
    served: Served, village: Village, submission: Submission
) -> None:
    upload = village.create(served.url, len(submission.pack))
    with _begin(served, village, upload, submission.pack, 70_000) as sender:
        answer = village.patch(upload, 5, b"x")
        assert answer.status_code == 409
        assert answer.json()["code"] == "offset_wrong"
        assert answer.headers["Upload-Offset"] == "70000"
        sender.sendall(submission.pack[70_000:])
        sender.settimeout(20)
        assert b" 204 " in sender.recv(4096)


def test_bytes_that_are_here_are_compared_and_passed_over(
    served: Served, village: Village, submission: Submission
) -> None:
    """A kiosk goes on from what it knows to have arrived, which may be less than what has."""
    pack = submission.pack
    upload = village.create(served.url, len(pack))
    village.patch(upload, 0, pack[:70_000])
    part = _part(served.office, upload)
    # Others of the protocol are told their offset, and so is who begins beyond the end.
    assert village.patch(upload, 50_000, pack[50_000:]).status_code == 409
    assert village.patch(upload, 80_000, pack[80_000:], Loket_Overlap="yes").status_code == 409
    strange = village.patch(upload, 60_000, b"x" * 50_000, Loket_Overlap="yes")
    assert (strange.status_code, strange.headers["Upload-Offset"]) == (409, "70000")
    assert part.read_bytes() == pack[:70_000]
    answer = village.patch(upload, 50_000, pack[50_000:], Loket_Overlap="yes")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(pack)))
    again = village.patch(upload, 100, pack[100:], Loket_Overlap="yes")
    assert (again.status_code, again.headers["Upload-Offset"]) == (204, str(len(pack)))
    assert len(village.pull(served.url)) == 1


def test_an_upload_with_a_name_of_the_devices_own_is_made_once(
    served: Served, village: Village, submission: Submission
) -> None:
    pack, name = submission.pack, village.new_id()
    whole = {
        "Upload_Length": str(len(pack)),
        "Content_Type": "application/offset+octet-stream",
        "Loket_Upload": name,
    }

    def begin(body: bytes, **changes: str) -> requests.Response:
        headers = village.headers(**{**whole, **changes})
        return requests.post(f"{served.url}/v1/packs", data=body, headers=headers, timeout=30)

    with socket.create_connection(served.address) as wire:
        head = village.headers(**whole, Host="office", Content_Length=str(len(pack)))
        lines = "".join(f"{one}: {value}\r\n" for one, value in head.items())
        wire.sendall(f"POST /v1/packs HTTP/1.1\r\n{lines}\r\n".encode() + pack[:70_000])
        part = served.office.uploads.path(name)
        wait_for(lambda: part.exists() and part.stat().st_size == 70_000)
        # The half-dead first one is shut out, and nothing of it is written twice.
        again = begin(pack)
    assert (again.status_code, again.headers["Location"]) == (201, f"/v1/packs/{name}")
    assert again.headers["Upload-Offset"] == str(len(pack))
    assert begin(pack).status_code == 201
    assert len(village.pull(served.url)) == 1
    other = enrolled(served.office, served.url, "TRM")
    assert begin(pack, Authorization=f"Bearer {other.token}").status_code == 404
    assert begin(pack, Upload_Length="7").status_code == 404
    assert begin(pack, Loket_Upload="../office").status_code == 400


def test_many_senders_of_one_upload_end_with_the_right_bytes(
    served: Served, village: Village, submission: Submission
) -> None:
    pack = submission.pack
    upload = village.create(served.url, len(pack))
    done = threading.Event()

    def send() -> None:
        while not done.is_set():
            try:
                offset = village.offset(upload)
                if offset == len(pack):
                    done.set()
                    return
                village.patch(upload, offset, pack[offset : offset + 9_973])
            except requests.RequestException:
                continue

    senders = [threading.Thread(target=send) for _ in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    assert done.is_set()
    (event,) = village.pull(served.url)
    assert event.body.manifest_digest == submission.record.digest  # type: ignore[union-attr]


def test_creation_with_upload_takes_everything_in_one_request(
    served: Served, village: Village, submission: Submission
) -> None:
    answer = requests.post(
        f"{served.url}/v1/packs",
        data=submission.pack,
        headers=village.headers(
            Upload_Length=str(len(submission.pack)),
            Content_Type="application/offset+octet-stream",
            Accept="application/vnd.loket.pack",
            Loket_Cursor="0",
        ),
        timeout=30,
    )
    assert answer.status_code == 201
    assert answer.headers["Upload-Offset"] == str(len(submission.pack))
    assert len(village.read(answer.content)) == 1
    upload = served.url + answer.headers["Location"]
    assert village.offset(upload) == len(submission.pack)


def test_the_last_answer_may_be_lost_and_asked_for_again(
    served: Served, village: Village, submission: Submission
) -> None:
    pack = submission.pack
    upload = village.create(served.url, len(pack))
    assert village.patch(upload, 0, pack).status_code == 204
    again = village.patch(
        upload, len(pack), b"", Accept="application/vnd.loket.pack", Loket_Cursor="0"
    )
    assert again.status_code == 200
    assert len(village.read(again.content)) == 1
    assert len(village.pull(served.url)) == 1


@pytest.mark.parametrize("name", ["sha256", "sha1"])
def test_a_checksum_is_checked_and_a_wrong_one_discards_the_request(
    served: Served, village: Village, submission: Submission, name: str
) -> None:
    pack = submission.pack
    upload = village.create(served.url, len(pack))
    right = base64.b64encode(hashlib.new(name, pack[:90_000]).digest()).decode()
    wrong = village.patch(upload, 0, pack[:80_000], Upload_Checksum=f"{name} {right}")
    assert wrong.status_code == 460
    assert village.offset(upload) == 0
    kept = village.patch(upload, 0, pack[:90_000], Upload_Checksum=f"{name} {right}")
    assert kept.status_code == 204
    assert village.patch(upload, 90_000, pack[90_000:]).status_code == 204
    assert len(village.pull(served.url)) == 1
    unknown = village.patch(upload, len(pack), b"", Upload_Checksum="crc32 AAAA")
    assert unknown.status_code == 400


def test_what_is_wrong_with_a_request_is_told_by_its_status(
    served: Served, village: Village, submission: Submission
) -> None:
    other = enrolled(served.office, served.url, "TRM")
    upload = village.create(served.url, 1000)
    length = {"Upload-Length": "1000"}

    def post(**headers: str) -> int:
        return requests.post(
            f"{served.url}/v1/packs", headers=village.headers(**headers), timeout=30
        ).status_code

    assert post() == 400
    assert post(Upload_Length="-1") == 400
    assert post(Upload_Length="9" * 14) == 413
    assert post(Upload_Length="1000", Tus_Resumable="0.2.2") == 412
    assert post(Upload_Length="1000", Authorization="Bearer nobody") == 401
    assert requests.post(f"{served.url}/v1/packs", headers=length, timeout=30).status_code == 412
    assert village.patch(upload, 0, b"x", Content_Type="text/plain").status_code == 415
    assert village.patch(upload, 0, b"x" * 1001).status_code == 413
    assert other.patch(upload, 0, b"x").status_code == 404
    assert village.patch(f"{served.url}/v1/packs/nothing", 0, b"x").status_code == 404
    assert requests.delete(upload, headers=village.headers(), timeout=30).status_code == 204
    assert requests.head(upload, headers=village.headers(), timeout=30).status_code == 410
    assert village.patch(upload, 0, b"x").status_code == 410
    assert not _part(served.office, upload).exists()


def test_options_tell_what_the_endpoint_can_do(served: Served) -> None:
    answer = requests.options(f"{served.url}/v1/packs", timeout=30)
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert "expiration" in answer.headers["Tus-Extension"]
    assert answer.headers["Tus-Max-Size"] == str(256 * 1024 * 1024)


def test_a_silent_sender_is_let_go_and_its_bytes_are_kept(open_here: OpenHere) -> None:
    office = open_here(idle_read_s=0.3)
    with serve(office) as served:
        village = enrolled(office, served.url)
        submission = village.submit({"ktp": noise(150_000)})
        upload = village.create(served.url, len(submission.pack))
        with _begin(served, village, upload, submission.pack, 70_000) as silent:
            silent.settimeout(20)
            assert b" 408 " in silent.recv(4096)
        assert village.offset(upload) == 70_000


def test_sixty_slow_senders_hold_up_nobody(
    served: Served, village: Village, submission: Submission
) -> None:
    pack = submission.pack
    wires = []
    for _ in range(60):
        upload = village.create(served.url, len(pack))
        wires.append(_begin(served, village, upload, pack, 10))
    health = http.client.HTTPConnection(*served.address, timeout=2)
    health.request("GET", "/v1/health")
    assert health.getresponse().read()
    health.close()
    assert village.send(served.url, pack).status_code == 204
    for wire in wires:
        wire.close()


def test_an_expired_upload_ends_and_its_file_goes(open_here: OpenHere) -> None:
    clock = FakeClock()
    office = open_here(clock=clock)
    with serve(office) as served:
        village = enrolled(office, served.url)
        upload = village.create(served.url, 1000)
        village.patch(upload, 0, b"LP")
        stray = office.uploads.folder / "stray.part"
        stray.write_bytes(b"x")
        clock.pass_time(15 * 24 * 3600)
        sweep(office)
        assert not _part(office, upload).exists()
        assert not stray.exists()
        assert requests.head(upload, headers=village.headers(), timeout=30).status_code == 410


def test_one_chore_that_breaks_keeps_no_other_from_being_done(open_here: OpenHere) -> None:
    office = open_here()
    with serve(office) as served:
        village = enrolled(office, served.url)
        upload = village.create(served.url, 100).rsplit("/", 1)[1]
        waiting = village.submit()
        village.send(served.url, write_pack([waiting.record]))
    with office.database.write() as session:
        # As after a careless hand in the database.
        session.execute(text("UPDATE submissions SET finalized_at = 'yesterday'"))
    office.close()
    later = FakeClock()
    later.pass_time(office.settings.upload_life_s + 1)
    again = open_here(clock=later)
    with serve(again):
        wait_for(lambda: not again.uploads.path(upload).exists())


def test_a_device_that_keeps_losing_answers_does_not_fill_the_office(
    served: Served, village: Village
) -> None:
    uploads = [village.create(served.url, 1000) for _ in range(20)]
    assert sum(_part(served.office, upload).exists() for upload in uploads) == 16
    assert village.offset(uploads[-1]) == 0


def test_a_full_office_says_so_and_keeps_what_it_has(open_here: OpenHere) -> None:
    office = open_here(most_part_bytes=1500)
    with serve(office) as served:
        village = enrolled(office, served.url)
        village.create(served.url, 1000)
        answer = requests.post(
            f"{served.url}/v1/packs", headers=village.headers(Upload_Length="1000"), timeout=30
        )
        assert (answer.status_code, answer.json()["code"]) == (507, "office_full")
    office = open_here(least_free_bytes=2**60)
    with serve(office) as served:
        answer = requests.post(
            f"{served.url}/v1/packs", headers=village.headers(Upload_Length="1000"), timeout=30
        )
        assert answer.status_code == 507


def test_an_empty_pack_is_complete_at_once(served: Served, village: Village) -> None:
    upload = village.create(served.url, 0)
    assert village.offset(upload) == 0
    assert village.patch(upload, 0, write_pack([])).status_code == 204


def test_a_fault_of_the_disk_costs_no_byte_and_is_made_good_at_the_next_question(
    served: Served, village: Village, submission: Submission
) -> None:
    pack = submission.pack
    upload = village.create(served.url, len(pack))
    blobs = served.office.settings.folder / "blobs"
    away = blobs.rename(blobs.with_name("away"))
    answer = village.patch(upload, 0, pack)
    assert (answer.status_code, answer.json()["code"]) == (503, "office_folder_unusable")
    assert answer.headers["Retry-After"]
    away.rename(blobs)
    assert village.offset(upload) == len(pack)
    assert len(village.pull(served.url)) == 1
