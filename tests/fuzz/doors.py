"""Every way by which bytes of strangers come in, each as one call that takes any bytes.

A door may refuse, with an error of ours; anything else that it does wrong gets out of the call.
The tests and the bench of fuzzing knock at the same doors.
"""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

from app.domain.catalogue_reading import decode
from app.domain.news import Announcer
from app.errors import AppError
from app.office.application import create_app
from app.office.courier_import import import_file
from app.office.enrolling import enrol as office_enrol
from app.office.enrolling import new_enrolment_code
from app.office.tables import RecordRow
from app.protocol.courier import open_note, open_return_note, walk
from app.protocol.enrolment import EnrolmentRequest, read_code
from app.protocol.event import open_event, read_signed_event
from app.protocol.keys import Keys, PublicKeys
from app.protocol.manifest import open_manifest
from app.protocol.marks import read_marks
from app.protocol.record import RecordKind, new_record, read_header, read_pack, write_pack
from app.protocol.request import open_request
from app.protocol.sealing import Purpose, seal, sign, squeeze, unsqueeze
from app.protocol.supplement import open_supplement
from app.protocol.waiting import read_waiting
from app.storage import contact
from app.storage.contact import Contact, PendingEnrolment
from app.storage.store import Store
from app.sync.applying import Applying
from app.sync.courier_files import courier_files, digests_in
from app.sync.courier_reading import CourierReading
from app.sync.enrolling import Never, enrol
from app.sync.link import Link
from app.sync.link_adapter import Line, Road
from app.sync.link_sockets import Watch
from app.sync.reports import Findings
from tests.fakes import FakeClock
from tests.office.house import open_at
from tests.simulation.month import folder_in_memory
from tests.simulation.seeded_age import seeded_keys
from tests.simulation.wire import Ask, Told, Wire

KEY = bytes(32)
URL = "http://127.0.0.1:1"
#: Answers of an office are cut off at six of these.
MEBIBYTE = 1024 * 1024


class Grounds:
    """An office and a kiosk that trust each other, for strangers to knock at."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        made = tempfile.TemporaryDirectory(dir=folder_in_memory())
        self.folder = Path(self._stack.enter_context(made))
        self.clock = FakeClock()
        self.office = open_at(self.folder / "office", clock=self.clock)
        self.wire = Wire(create_app(self.office))
        self.store = Store.open(self.folder / "kiosk", KEY, self.clock)
        self.keys = seeded_keys(random.Random(1))
        self._enrol()
        self.stick = self.folder / "stick"
        self.stick.mkdir()
        self._count = 0

    def close(self) -> None:
        """End both."""
        self.wire.close()
        self.store.close()
        self.office.database.close()
        self._stack.close()

    def _enrol(self) -> None:
        code = new_enrolment_code(self.office, "Kiosk", "LET")
        with self.store.write() as session:
            pending = PendingEnrolment(f"{URL}/", read_code(code).name, "Kiosk", self.keys)
            contact.keep_pending(session, pending)
        office = self.office

        class Direct:
            def enrol(self, request: EnrolmentRequest) -> object:
                return office_enrol(office, request)

            def close(self) -> None:
                pass

        open_link: Any = lambda url: Direct()  # noqa: E731 - one word of a test's own
        enrol(self.store, self.clock, URL, code, "Kiosk", open_link=open_link)
        with self.store.read() as session:
            known = contact.read_contact(session)
        assert known is not None
        self.contact: Contact = known

    def link(self, told: Told) -> Link:
        """Return the kiosk's client of an office that answers everything in one way."""
        return answered(self.contact, self.clock, told)

    def ask(self, ask: Ask) -> Told:
        """Ask the office as a stranger does."""
        told = self.wire.carry(ask)
        assert told is not None
        return told

    def path(self, name: str, content: bytes) -> Path:
        """Write a file."""
        path = self.stick / name
        path.write_bytes(content)
        return path


def answered(office: Contact, clock: FakeClock, told: Told) -> Link:
    """Return the real client, whose every request meets the same answer."""
    road = Road(may_be_plain=True)
    return Link(
        URL, clock, Never(), office_id=office.office_id, road=road,
        make_line=lambda stop: _Line(clock, told),
    )  # fmt: skip


class _Line(Line):
    """Makes no sockets."""

    def __init__(self, clock: FakeClock, told: Told) -> None:
        self.watch = Watch(clock.monotonic, Never())
        self.session = requests.Session()
        self.session.mount("http://", _Answers(told))

    def warm_up(self) -> bool:
        """Never stand ready beside another."""
        return False


class _Answers(BaseAdapter):
    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told

    def close(self) -> None:
        """Have nothing to close."""

    def send(self, request: Any, **_: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401
        """Answer."""
        while request.body is not None and request.body.read(65536):
            pass
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(self._told.body),
            headers=urllib3.HTTPHeaderDict(self._told.headers),
            status=self._told.status,
            preload_content=False,
        )
        return HTTPAdapter().build_response(request, raw)


Door = Callable[[bytes], object]


def doors(grounds: Grounds) -> Mapping[str, Door]:
    """Return every door by name."""
    device, office = grounds.keys, grounds.office.keys.keys
    device_id = grounds.contact.device_id

    def signed(purpose: Purpose, by: Keys, to: Keys) -> Callable[[bytes], bytes]:
        # What only somebody with a right key can send: the bytes are the message itself.
        recipient = to.public().recipient
        return lambda said: seal(squeeze(sign(purpose, said, by.signing)), recipient)

    manifest = signed("manifest", device, office)
    supplement = signed("supplement", device, office)
    request = signed("request", device, office)
    opinion = signed("opinion", device, office)
    note = signed("courier_note", device, office)
    return_note = signed("return_note", office, device)
    event = signed("event", office, device)
    return {
        "header": read_header,
        "pack": lambda said: list(read_pack(said)),
        "sealed_manifest": lambda said: open_manifest(said, office.identity),
        "squeezed": lambda said: unsqueeze(said, MEBIBYTE),
        "manifest": lambda said: open_manifest(manifest(said), office.identity),
        "supplement": lambda said: open_supplement(supplement(said), office.identity),
        "request": lambda said: open_request(request(said), office.identity),
        "courier_note": lambda said: open_note(note(said), office.identity),
        "return_note": lambda said: open_return_note(
            return_note(said), device.identity, office.public().signing, device_id
        ),
        "event": lambda said: open_event(
            event(said), device.identity, office.public().signing, device_id
        ),
        "signed_event": lambda said: read_signed_event(said, office.public().signing, device_id),
        "marks": lambda said: read_marks(said.decode("latin-1")),
        "waiting": lambda said: read_waiting(said.decode("latin-1")),
        "catalogue": decode,
        "courier_walk": lambda said: list(walk(lambda at, n: said[at : at + n], len(said))),
        "courier_import": lambda said: import_file(
            grounds.office, grounds.path("LOKET-LET-00001.lpk", said), "officer:ani"
        ),
        "courier_digests": lambda said: digests_in(grounds.path("LOKET-LET-00001.lpk", said)),
        "return_file": lambda said: _return_file(grounds, said),
        "events_answer": lambda said: _apply(grounds, said),
        "taken_manifest": lambda said: _taken(grounds, RecordKind.MANIFEST, manifest(said)),
        "taken_supplement": lambda said: _taken(grounds, RecordKind.SUPPLEMENT, supplement(said)),
        "taken_request": lambda said: _taken(grounds, RecordKind.REQUEST, request(said)),
        "taken_opinion": lambda said: _taken(grounds, RecordKind.OPINION, opinion(said)),
        "taken_note": lambda said: _taken(grounds, RecordKind.COURIER_NOTE, note(said)),
        "tus": lambda said: _tus(grounds, said),
        "enrolment": lambda said: _enrolment(grounds, said),
        "answer": lambda said: _answer(grounds, said),
    }


def knock(door: Door, untrusted: bytes) -> bool:
    """Bring bytes to a door; True when it took them, False when it refused as it should."""
    try:
        door(untrusted)
    except AppError:
        return False
    return True


def _return_file(grounds: Grounds, said: bytes) -> object:
    grounds.path("LOKET-LET-00001.lpr", said)
    applying = Applying(grounds.store, grounds.clock, Announcer())
    files = tuple(one for one in courier_files(grounds.stick) if one.name.is_return)
    return CourierReading(grounds.store, applying).read(files, lambda progress: None, Never())


def _apply(grounds: Grounds, said: bytes) -> object:
    """Apply a pack of one event whose office vouches for it, whatever it says."""
    office = grounds.office.keys.keys
    sealed = seal(squeeze(sign("event", said, office.signing)), grounds.keys.public().recipient)
    with grounds.store.read() as session:
        known = contact.read_contact(session)
    assert known is not None
    applying = Applying(grounds.store, grounds.clock, Announcer())
    return applying.apply_pack(
        known, write_pack([new_record(RecordKind.EVENT, sealed)]), Findings()
    )


def _taken(grounds: Grounds, kind: RecordKind, sealed: bytes) -> object:
    """Send a pack of one record and see that the office answers, and has dealt with it."""
    record = new_record(kind, sealed)
    pack = write_pack([record])
    made = grounds.ask(_request(grounds, "POST", "/v1/packs", {"Upload-Length": str(len(pack))}))
    assert made.status == 201, made.status
    headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    path = dict(made.headers)["location"]
    told = grounds.ask(_request(grounds, "PATCH", path, headers, pack))
    assert told.status in (200, 204), told.status
    with grounds.office.database.read() as session:
        row = session.get_one(RecordRow, record.digest)
        assert row.read_at is not None or kind in (RecordKind.SUPPLEMENT, RecordKind.REQUEST)
    return None


def _tus(grounds: Grounds, said: bytes) -> object:
    """Send a request whose method, path, headers and body a stranger chose."""
    words = said.split(b"\n", 6)
    words += [b""] * (7 - len(words))
    methods = ("POST", "PATCH", "HEAD", "DELETE", "OPTIONS", "GET")
    text = [word.decode("latin-1").replace("\r", "") for word in words[:6]]
    method = methods[len(text[0]) % len(methods)]
    headers = {
        "Upload-Length": text[1],
        "Upload-Offset": text[2],
        "Upload-Checksum": text[3],
        "Loket-Cursor": text[4],
        "Loket-Heard": text[5],
        "Content-Type": "application/offset+octet-stream",
        "Accept": "application/vnd.loket.pack",
    }
    headers = {name: value for name, value in headers.items() if value}
    path = "/v1/packs" if len(text[0]) % 2 else f"/v1/packs/{'0' * 8}"
    told = grounds.ask(_request(grounds, method, path, headers, words[6]))
    assert told.status < 500, (told.status, method, headers)
    return None


def _enrolment(grounds: Grounds, said: bytes) -> object:
    headers = {"Content-Type": "application/json"}
    told = grounds.ask(_request(grounds, "POST", "/v1/enrolments", headers, said))
    assert told.status < 500, told.status
    grounds.clock.pass_time(61)
    return None


def _answer(grounds: Grounds, said: bytes) -> object:
    """Let the kiosk meet an answer whose status, headers and body a stranger chose."""
    words = said.split(b"\n", 5)
    words += [b""] * (6 - len(words))
    text = [word.decode("latin-1").replace("\r", "") for word in words[:5]]
    status = 200 + (len(text[0]) * 37) % 400
    told = Told(
        status,
        [
            ("Loket-Office", grounds.contact.office_id),
            ("Location", text[1]),
            ("Upload-Offset", text[2]),
            ("Loket-Last", text[3]),
            ("Loket-After", text[3]),
            ("Loket-Time", text[4]),
            ("Retry-After", text[4]),
        ],
        words[5],
    )
    link = grounds.link(told)
    refused = 0
    ways: tuple[Callable[[], object], ...] = (
        lambda: link.create(9),
        lambda: link.offset("v1/packs/1"),
        lambda: link.pull(0),
        lambda: link.enrol(EnrolmentRequest("ABCD", "Kiosk", PublicKeys("00", "age1"), "")),
    )
    for way in ways:
        try:
            way()
        except AppError:
            refused += 1
    return refused


def _request(
    grounds: Grounds, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
) -> Ask:
    always = {"Authorization": f"Bearer {grounds.contact.token}", "Tus-Resumable": "1.0.0"}
    return Ask(method, f"{URL}{path}", {**always, **headers}, body)


@cache
def seeds(grounds: Grounds) -> Mapping[str, tuple[bytes, ...]]:
    """Return well-formed bytes of some doors, for mutations to begin with."""
    office = grounds.office.keys.keys
    blob = new_record(RecordKind.BLOB, seal(b"x" * 50, office.public().recipient))
    return {
        "pack": (write_pack([blob]), write_pack([blob, blob])),
        "header": (blob.header().encode(),),
        "courier_walk": (write_pack([blob, blob]),),
        "courier_import": (write_pack([blob, blob]),),
        "squeezed": (squeeze(b"\0" * MEBIBYTE), squeeze(b"\0" * 16 * MEBIBYTE)),
        "enrolment": (msgspec.json.encode({"code_name": "ABCD", "device_name": "K", "keys": {}}),),
        "tus": (b"x\n10\n0\nsha1 AAAA\n1\n1:0123456789abcdef\nbody",),
        "answer": (b"\n/v1/packs/1\n5\n7\n2026-11-21T00:00:00+00:00\nbody",),
    }


def spoiled(content: bytes, place: int, put: bytes) -> bytes:
    """Cut, change or lengthen right bytes somewhere."""
    at = place % (len(content) + 1)
    if place % 3 == 0:
        return content[:at]
    return content[:at] + put + content[at + (len(put) if place % 3 == 1 else 0) :]
