"""An office to test against: opened on a folder, served on a socket, or a process to kill."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

import msgspec
import requests

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
from app.office.serving import run_office
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
from tests.laying import open_laid
from tests.office.quick_server import on_loopback

#: Makes processes that may be killed. Where it can, by forking one that has read all the modules:
#: reading them takes longer than most of what such a process does.
MORTAL: SpawnContext | ForkServerContext
if sys.platform == "win32":
    MORTAL = multiprocessing.get_context("spawn")
else:
    MORTAL = multiprocessing.get_context("forkserver")
    MORTAL.set_forkserver_preload(["tests.office.house"])
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
    return open_laid(
        OfficeSettings(folder, least_free_bytes=0, **settings)
        if "least_free_bytes" not in settings
        else OfficeSettings(folder, **settings),
        clock or FakeClock(),
        dice or FakeDice(),
        small_catalogue,
    )


class OpenHere(Protocol):
    """Opens the office of a test."""

    def __call__(self, **settings: Any) -> Office:  # noqa: ANN401 - any of the settings
        """Open it; the fixture closes it."""
        ...


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
    with on_loopback(create_app(office)) as url:
        yield Served(office, url)


class _Teller(io.StringIO):
    """Takes what a process prints to whoever started it."""

    def __init__(self, listener: Connection) -> None:
        super().__init__()
        self._listener = listener

    def write(self, said: str) -> int:
        self._listener.send(said)
        return len(said)


def _serve_and_tell(settings: OfficeSettings, listener: Connection) -> None:
    with redirect_stdout(_Teller(listener)):
        run_office(settings, MachineClock(), MachineDice(), small_catalogue)


class OfficeProcess:
    """An office in a process of its own, to be killed.

    Args:
        folder: of the office.
        database_url: where its tables are; empty is in the folder.
    """

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self._settings = OfficeSettings(
            folder, port=0, least_free_bytes=0, database_url=database_url
        )
        self._process: BaseProcess | None = None
        self.url = ""

    def start(self) -> None:
        """Start it and wait until it listens."""
        heard, said = MORTAL.Pipe(duplex=False)
        self._process = MORTAL.Process(target=_serve_and_tell, args=(self._settings, said))
        self._process.start()
        said.close()
        with heard:
            self.url = json.loads(heard.recv())["url"]

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.join(10)
            self._process = None

    def stop(self) -> int:
        """End it as a service manager does; return its exit code."""
        assert self._process is not None
        self._process.terminate()
        self._process.join(15)
        code = self._process.exitcode
        assert code is not None
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
