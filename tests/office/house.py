"""An office to test against: opened on a folder, served on a socket, or a process to kill."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import requests
import uvicorn

from app.bootstrap import MachineClock, MachineDice
from app.domain.catalogue import (
    Catalogue,
    DecisionChoice,
    DecisionQuestion,
    DocumentNeed,
    DocumentType,
    Field,
    FieldGroup,
    Label,
    Service,
    Source,
)
from app.domain.catalogue import Office as CatalogueOffice
from app.domain.clock import Clock, Dice
from app.domain.events import Event
from app.domain.ids import make_reference, new_id
from app.office.application import create_app
from app.office.context import Office, OfficeSettings
from app.office.enrolling import new_enrolment_code
from app.office.opening import open_office
from app.protocol.enrolment import (
    EnrolmentAnswer,
    EnrolmentRequest,
    device_proof,
    read_code,
)
from app.protocol.event import open_event
from app.protocol.keys import new_keys
from app.protocol.manifest import Consent, Manifest, ManifestDocument, encode_manifest
from app.protocol.record import Record, RecordKind, new_record, read_pack, write_pack
from app.protocol.sealing import digest_of, seal, unseal
from tests.fakes import FakeClock, FakeDice
from tests.laying import lay_office

CHECKOUT = Path(__file__).parent.parent.parent
SERVICE = "passport_new"
NAMES = {"full_name": "Siti Contoh", "birth_date": "1990-08-05", "nik": "9999014508900001"}


def small_catalogue(version: str = "2026.11.1") -> Catalogue:
    """Return a catalogue of one service with three needs."""
    said = Source("invented", "high")

    def label(text: str) -> Label:
        return Label(text, text)

    fields = (
        Field("full_name", "name", label("Name")),
        Field("nik", "nik", label("NIK")),
        Field("birth_date", "date", label("Birth date")),
    )
    service = Service(
        id=SERVICE,
        family="passport",
        label=label("Passport"),
        summary=label("A passport"),
        steps=(),
        groups=(FieldGroup("person", label("Person"), fields),),
        documents=tuple(DocumentNeed(need, (need,)) for need in ("ktp", "kk", "akta", "photo")),
        fees=(),
        clocks=(),
        source=said,
    )
    kinds = tuple(
        DocumentType(kind, label(kind), label(kind)) for kind in ("ktp", "kk", "akta", "photo")
    )
    start = DecisionQuestion(
        "start", label("What?"), (DecisionChoice(label("Passport"), service=SERVICE),)
    )
    office = CatalogueOffice("tarempa", label("Tarempa"), "Tarempa", {}, said)
    return Catalogue(version, (service,), kinds, (), (), (office,), (start,))


def open_at(
    folder: Path,
    *,
    clock: Clock | None = None,
    dice: Dice | None = None,
    **settings: Any,  # noqa: ANN401 - any of the settings
) -> Office:
    """Open an office on a folder; the caller closes its database."""
    if not settings.get("database_url"):
        lay_office(folder)
    return open_office(
        OfficeSettings(folder, least_free_bytes=0, **settings)
        if "least_free_bytes" not in settings
        else OfficeSettings(folder, **settings),
        clock or FakeClock(),
        dice or FakeDice(),
        small_catalogue,
    )


class Served:
    """An office on a socket of this process."""

    def __init__(self, office: Office, url: str) -> None:
        self.office = office
        self.url = url

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)


@contextmanager
def serve(office: Office) -> Iterator[Served]:
    """Serve an office from a thread until the block ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    config = uvicorn.Config(
        create_app(office),
        http="h11",
        ws="none",
        loop="asyncio",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        requests.get(f"{url}/v1/health", timeout=10).raise_for_status()
        yield Served(office, url)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


class OfficeProcess:
    """An office in a process of its own, to be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.office.house", str(self._folder)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def stop(self) -> int:
        """End it as a service manager does; return its exit code."""
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.terminate()
        code = self._process.wait(15)
        self._process.stdout.close()
        self._process = None
        return code

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)


class Submission(msgspec.Struct, frozen=True):
    """What a kiosk has frozen."""

    manifest: Manifest
    record: Record
    blobs: tuple[Record, ...]
    #: Need to plain bytes.
    contents: dict[str, bytes]

    @property
    def records(self) -> tuple[Record, ...]:
        """Manifest first, then documents."""
        return (self.record, *self.blobs)

    @property
    def pack(self) -> bytes:
        """Everything in one pack."""
        return write_pack(self.records)


class Village:
    """A kiosk's side of the wire, as small as can be."""

    def __init__(self, code_shown: str, seed: int = 7) -> None:
        self.code = read_code(code_shown)
        self.keys = new_keys()
        self._dice = FakeDice(seed)
        self._serial = 0
        self.answer: EnrolmentAnswer | None = None
        self.token = ""

    def request(self, **changes: object) -> EnrolmentRequest:
        """Return the enrolment request with a right proof unless changed after."""
        asked = EnrolmentRequest(self.code.name, "Kiosk Letung", self.keys.public(), "")
        asked = msgspec.structs.replace(asked, proof=device_proof(self.code.secret, asked))
        return msgspec.structs.replace(asked, **changes)

    def take(self, answer: EnrolmentAnswer) -> None:
        """Believe an answer."""
        self.answer = answer
        self.token = unseal(bytes.fromhex(answer.sealed_token), self.keys.identity).decode()

    def enrol(self, url: str) -> None:
        """Enrol over the wire."""
        answer = requests.post(
            f"{url}/v1/enrolments", data=msgspec.json.encode(self.request()), timeout=30
        )
        assert answer.status_code == 201, answer.text
        self.take(msgspec.json.decode(answer.content, type=EnrolmentAnswer))

    @property
    def trusted(self) -> EnrolmentAnswer:
        """The answer believed."""
        assert self.answer is not None
        return self.answer

    def new_id(self) -> str:
        """Return a fresh id."""
        return new_id(datetime(2026, 11, 21, tzinfo=UTC), self._dice)

    def next_reference(self) -> str:
        """Return the next reference of the block."""
        self._serial += 1
        return make_reference(self.trusted.device_code, self._serial)

    def blob(self, content: bytes) -> Record:
        """Seal a document."""
        return new_record(RecordKind.BLOB, seal(content, self.trusted.keys.recipient))

    def submit(
        self,
        contents: Mapping[str, bytes] | None = None,
        *,
        blobs: Mapping[str, Record] | None = None,
        **changes: Any,  # noqa: ANN401 - any part of a manifest
    ) -> Submission:
        """Freeze an application; ``changes`` go into the manifest, ``blobs`` are reused."""
        plain = dict(contents if contents is not None else {"ktp": b"ktp " * 500})
        sealed = {
            need: (blobs or {}).get(need) or self.blob(content) for need, content in plain.items()
        }
        documents = tuple(
            ManifestDocument(
                need=need,
                type=need,
                blob_digest=sealed[need].digest,
                content_digest=digest_of(content),
                media_type="image/jpeg",
                page_count=1,
                size_bytes=len(content),
            )
            for need, content in plain.items()
        )
        manifest = Manifest(
            format=1,
            submission_id=self.new_id(),
            application_id=changes.pop("application_id", None) or self.new_id(),
            revision=changes.pop("revision", 1),
            reference=changes.pop("reference", None) or self.next_reference(),
            device_id=self.trusted.device_id,
            service=SERVICE,
            catalogue_version="2026.11.1",
            answers=dict(NAMES),
            overrides=(),
            documents=documents,
            consent=Consent("1", "id", datetime(2026, 11, 21, tzinfo=UTC)),
            finalized_at=datetime(2026, 11, 21, tzinfo=UTC),
            clock_offset_s=0.0,
        )
        manifest = msgspec.structs.replace(manifest, **changes)
        record = encode_manifest(manifest, self.keys, self.trusted.keys.recipient)
        return Submission(manifest, record, tuple(sealed.values()), plain)

    def headers(self, **more: str) -> dict[str, str]:
        """Return what every tus request carries."""
        return {
            "Authorization": f"Bearer {self.token}",
            "Tus-Resumable": "1.0.0",
            **{name.replace("_", "-"): value for name, value in more.items()},
        }

    def create(self, url: str, length: int) -> str:
        """Make an upload and return its address."""
        answer = requests.post(
            f"{url}/v1/packs", headers=self.headers(Upload_Length=str(length)), timeout=30
        )
        assert answer.status_code == 201, answer.text
        return url + answer.headers["Location"]

    def offset(self, upload: str) -> int:
        """Ask how much is there."""
        answer = requests.head(upload, headers=self.headers(), timeout=30)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["Upload-Offset"])

    def patch(self, upload: str, offset: int, body: bytes, **more: str) -> requests.Response:
        """Send bytes from an offset."""
        return requests.patch(
            upload,
            data=body,
            headers=self.headers(
                **{
                    "Upload_Offset": str(offset),
                    "Content_Type": "application/offset+octet-stream",
                    **more,
                }
            ),
            timeout=60,
        )

    def send(self, url: str, pack: bytes) -> requests.Response:
        """Send a whole pack."""
        return self.patch(self.create(url, len(pack)), 0, pack)

    def bring(self, url: str, pack: bytes, name: str, **more: str) -> requests.Response:
        """Send a whole pack in the request that makes its upload, as the kiosk does."""
        headers = {
            "Upload_Length": str(len(pack)),
            "Content_Type": "application/offset+octet-stream",
            "Loket_Upload": name,
            "Accept": "application/vnd.loket.pack",
            "Loket_Cursor": "0",
        }
        return requests.post(
            f"{url}/v1/packs", data=pack, headers=self.headers(**{**headers, **more}), timeout=60
        )

    def pull(self, url: str, after: int = 0, **params: int) -> list[Event]:
        """Fetch, unseal and verify events."""
        answer = requests.get(
            f"{url}/v1/events",
            params={"after": after, **params},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return self.read(answer.content)

    def read(self, pack: bytes) -> list[Event]:
        """Unseal and verify a pack of events."""
        return [
            open_event(
                record.sealed,
                self.keys.identity,
                self.trusted.keys.signing,
                self.trusted.device_id,
            ).event
            for record in read_pack(pack)
        ]


def enrolled(office: Office, url: str, device_code: str = "LET") -> Village:
    """Return an enrolled kiosk."""
    shown = new_enrolment_code(office, f"Kiosk {device_code}", device_code)
    village = Village(shown, seed=int.from_bytes(device_code.encode()))
    village.enrol(url)
    return village


def patch_head(village: Village, upload: str, offset: int, length: int) -> bytes:
    """Return the head of a PATCH request for a bare socket."""
    path = "/" + upload.split("/", 3)[3]
    head = village.headers(
        Host="office",
        Upload_Offset=str(offset),
        Content_Type="application/offset+octet-stream",
        Content_Length=str(length),
    )
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"PATCH {path} HTTP/1.1\r\n{lines}\r\n".encode()


def noise(length: int, seed: int = 1) -> bytes:
    """Return bytes that do not compress, the same for the same seed."""
    return hashlib.shake_256(str(seed).encode()).digest(length)


def wait_for(is_true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something another thread or process brings about."""
    settled = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if is_true():
            return
        settled.wait(0.01)
    raise AssertionError("waited in vain")


def wait_for_size(path: Path, size_bytes: int) -> None:
    """Wait until a file has that size."""
    wait_for(lambda: path.stat().st_size == size_bytes)


def wait_for_acknowledgement(wire: socket.socket) -> None:
    """Wait until all that was sent lies in the other side's system, where ours tells."""
    if sys.platform == "linux":
        import fcntl

        wait_for(lambda: fcntl.ioctl(wire, 0x5411, bytes(4)) == bytes(4))  # SIOCOUTQ


if __name__ == "__main__":
    from app.office.serving import run_office

    run_office(
        OfficeSettings(Path(sys.argv[1]), port=0, least_free_bytes=0),
        MachineClock(),
        MachineDice(),
        small_catalogue,
    )
