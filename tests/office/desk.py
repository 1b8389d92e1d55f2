"""An office with a kiosk that delivers, served on a real socket, and a small browser.

All people are invented.
"""

from __future__ import annotations

import http.client
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import msgspec
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app.domain.answers import Override
from app.domain.catalogue import Catalogue
from app.domain.ids import make_reference, new_id
from app.office.application import create_app
from app.office.context import Office, OfficeSettings
from app.office.enrolling import enrol, new_enrolment_code
from app.office.records import take_record
from app.protocol.enrolment import EnrolmentRequest, device_proof, read_code
from app.protocol.keys import Keys, new_keys
from app.protocol.manifest import (
    Consent,
    Manifest,
    ManifestDocument,
    ManifestFinding,
    ManifestPage,
    encode_manifest,
)
from app.protocol.record import Record, RecordKind, new_record
from app.protocol.sealing import digest_of, seal
from app.resources import load_catalogue, resources_path
from tests.fakes import FakeClock, FakeDice
from tests.laying import open_laid
from tests.office.accounts import PASSWORD as PASSWORD
from tests.office.accounts import add_usual_officers
from tests.office.quick_server import on_loopback

SERVICE = "passport_new_adult"
#: NIK and KK number of a province that does not exist.
ANSWERS = {
    "full_name": "SITI CONTOH ANAMBAS",
    "has_alias": "no",
    "nik": "9999014508900001",
    "kk_number": "9999010101100002",
    "birth_place": "Tarempa",
    "birth_date": "1990-08-05",
    "sex": "female",
    "height_cm": "158",
    "ktp_issued_place": "Kepulauan Anambas",
    "ktp_issued_date": "2018-03-12",
    "ktp_valid_for_life": "yes",
    "address_village": "21.05.01.1001",
    "address_street": "Jalan Contoh 12, RT 02 RW 01",
    "phone": "+6281200000001",
    "email": "siti@contoh.example",
    "marital_status": "married",
    "spouse_name": "BUDI CONTOH",
    "spouse_nationality": "wni",
    "spouse_birth_place": "Letung",
    "spouse_birth_date": "1988-02-17",
    "occupation": "private_employee",
    "workplace": "Toko Contoh, Tarempa",
    "mother_name": "AMINAH CONTOH",
    "mother_nationality": "wni",
    "mother_birth_place": "Tarempa",
    "mother_birth_date": "1965-05-01",
    "father_name": "HASAN CONTOH",
    "father_nationality": "wni",
    "father_birth_place": "Jemaja",
    "father_birth_date": "1960-11-20",
    "born_abroad": "no",
    "has_changed_name": "no",
    "was_naturalised": "no",
    "travel_purpose": "family",
    "destination_country": "Malaysia",
    "destination_stay": "Johor Bahru",
    "travel_length": "month",
    "relative_name": "UMAR CONTOH",
    "relative_phone": "+6281200000002",
    "office": "tarempa",
    "passport_kind": "electronic",
    "passport_validity": "10",
    "passport_speed": "regular",
}


@dataclass(frozen=True)
class Paper:
    """A document to send."""

    need: str
    type: str
    media_type: str
    content: bytes
    page_count: int = 1
    pages: tuple[ManifestPage, ...] = ()


@dataclass
class FakeKiosk:
    """An enrolled device that finalizes and delivers without a kiosk's store."""

    office: Office
    device_id: str
    code: str
    keys: Keys
    folder: Path
    dice: FakeDice
    serial: int = 0

    def send(
        self,
        answers: Mapping[str, str] | None = None,
        papers: Sequence[Paper] | None = None,
        *,
        after: Manifest | None = None,
        overrides: tuple[Override, ...] = (),
        findings: tuple[ManifestFinding, ...] = (),
        operator: str = "",
        training: bool = False,
    ) -> Manifest:
        """Deliver one whole submission; ``after`` makes it the next revision of an application."""
        now = self.office.clock.now()
        recipient = self.office.keys.keys.public().recipient
        sent, blobs = self._sealed(usual_papers() if papers is None else papers, recipient, after)
        if after is None:
            self.serial += 1
        manifest = Manifest(
            format=1,
            submission_id=new_id(now, self.dice),
            application_id=after.application_id if after else new_id(now, self.dice),
            revision=after.revision + 1 if after else 1,
            reference=after.reference if after else make_reference(self.code, self.serial),
            device_id=self.device_id,
            service=SERVICE,
            catalogue_version=shipped().version,
            answers=dict(ANSWERS if answers is None else answers),
            overrides=overrides,
            documents=sent,
            consent=Consent("1", "id", now),
            finalized_at=now,
            clock_offset_s=0.0,
            operator=operator,
            training=training,
            findings=findings,
        )
        for record in (encode_manifest(manifest, self.keys, recipient), *blobs):
            self.deliver(record)
        return manifest

    def send_as_is(self, manifest: Manifest) -> Manifest:
        """Deliver a made-up manifest as a new application; its documents are there already."""
        self.serial += 1
        now = self.office.clock.now()
        made = msgspec.structs.replace(
            manifest,
            submission_id=new_id(now, self.dice),
            application_id=new_id(now, self.dice),
            reference=make_reference(self.code, self.serial),
        )
        self.deliver(encode_manifest(made, self.keys, self.office.keys.keys.public().recipient))
        return made

    def deliver(self, record: Record) -> None:
        """Hand one record over as the end of an upload would."""
        part = self.folder / "part"
        part.write_bytes(record.sealed)
        take_record(self.office, "none", self.device_id, record.header(), part, 0)

    def _sealed(
        self, papers: Sequence[Paper], recipient: str, after: Manifest | None
    ) -> tuple[tuple[ManifestDocument, ...], list[Record]]:
        known = {paper.content_digest: paper for paper in after.documents} if after else {}
        sent, blobs = [], []
        for paper in papers:
            content_digest = digest_of(paper.content)
            if (earlier := known.get(content_digest)) is not None:
                sent.append(msgspec.structs.replace(earlier, need=paper.need, type=paper.type))
                continue
            record = new_record(RecordKind.BLOB, seal(paper.content, recipient))
            blobs.append(record)
            sent.append(
                ManifestDocument(
                    paper.need,
                    paper.type,
                    record.digest,
                    content_digest,
                    paper.media_type,
                    paper.page_count,
                    len(paper.content),
                    paper.pages,
                )
            )
        return tuple(sent), blobs


@cache
def shipped() -> Catalogue:
    """Return the shipped catalogue, read once."""
    return load_catalogue()


def new_office(
    folder: Path,
    clock: FakeClock | None = None,
    database_url: str = "",
    *,
    has_second_factor: bool = False,
) -> Office:
    """Open an office with two adjudicators, ``rina`` and ``dodi``, and its head, ``hadi``."""
    settings = OfficeSettings(
        folder / "office",
        office_name="Kantor Imigrasi Kelas II TPI Tarempa",
        database_url=database_url,
        has_second_factor=has_second_factor,
    )
    office = open_laid(settings, clock or FakeClock(), FakeDice(5), shipped)
    add_usual_officers(office)
    return office


def new_device(
    office: Office, folder: Path, code: str = "TRM", name: str = "Desa Contoh"
) -> FakeKiosk:
    """Enrol a device through the office's own enrolment."""
    secret = read_code(new_enrolment_code(office, name, code))
    keys = new_keys()
    request = EnrolmentRequest(secret.name, name, keys.public(), "")
    proof = device_proof(secret.secret, request)
    answer = enrol(office, msgspec.structs.replace(request, proof=proof))
    dice = FakeDice(int.from_bytes(code.encode()))
    return FakeKiosk(office, answer.device_id, code, keys, folder, dice)


@contextmanager
def served(office: Office) -> Iterator[str]:
    """Serve the office on loopback while the block runs; gives its address."""
    with on_loopback(create_app(office)) as address:
        yield address


@dataclass(frozen=True)
class Desk:
    """A served office with one kiosk and its clock."""

    office: Office
    kiosk: FakeKiosk
    clock: FakeClock
    address: str

    def browser(self, name: str = "") -> Browser:
        """Return a fresh browser, signed in as an officer when a name is given."""
        browser = Browser(self.address)
        if name:
            assert browser.sign_in(name).location == "/console/applications"
        return browser


@contextmanager
def open_desk(
    folder: Path, database_url: str = "", *, has_second_factor: bool = False
) -> Iterator[Desk]:
    """Open, enrol and serve."""
    clock = FakeClock()
    office = new_office(folder, clock, database_url, has_second_factor=has_second_factor)
    try:
        kiosk = new_device(office, folder)
        with served(office) as address:
            yield Desk(office, kiosk, clock, address)
    finally:
        office.close()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def location(self) -> str:
        """Where it leads."""
        return self.headers.get("Location", "")


class Browser:
    """Cookies and forms over a real socket; runs nothing and follows no redirect by itself."""

    def __init__(self, address: str) -> None:
        self._host = address.removeprefix("http://")
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        """Fetch a page."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, str | Sequence[str]], **headers: str) -> Answer:
        """Send a form as given."""
        typed = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._ask("POST", path, urlencode(fields, doseq=True).encode(), typed)

    def send_form(self, page: str, path: str, fields: Mapping[str, str | Sequence[str]]) -> Answer:
        """Open ``page``, take its form token along, and send a form to ``path``."""
        return self.post(path, {"form_token": form_token(self.get(page)), **fields})

    def sign_in(self, name: str, password: str = PASSWORD) -> Answer:
        """Sign in as an officer."""
        page = "/console/sign-in"
        return self.send_form(page, page, {"name": name, "password": password})

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        connection = http.client.HTTPConnection(self._host, timeout=30)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer


def form_token(page: Answer) -> str:
    """Return the token that a page's forms carry."""
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
    assert found, page.text[:400]
    return found[1]


@cache
def usual_papers() -> tuple[Paper, ...]:
    """Return specimens of the papers that an adult brings."""
    return (
        Paper("ktp", "ktp", "image/jpeg", card("KARTU TANDA PENDUDUK", "SPESIMEN")),
        Paper("kk", "kk", "application/pdf", sheets("KARTU KELUARGA - SPESIMEN", 2), 2),
        Paper("birth_proof", "birth_certificate", "image/png", picture("AKTA KELAHIRAN", "PNG")),
    )


def card(title: str, name: str) -> bytes:
    """Return a JPEG like an identity card that is none."""
    return picture(title, "JPEG", name)


def picture(title: str, kind: str, name: str = "SPESIMEN") -> bytes:
    """Return a picture with a few words."""
    drawn = Image.new("RGB", (860, 540), "#cfe3ee")
    pen = ImageDraw.Draw(drawn)
    fonts = resources_path() / "fonts"
    bold = ImageFont.truetype(fonts / "AtkinsonHyperlegibleNext-Bold.ttf", 40)
    plain = ImageFont.truetype(fonts / "AtkinsonHyperlegibleNext-Regular.ttf", 30)
    pen.rounded_rectangle((12, 12, 848, 528), 24, outline="#11506f", width=4)
    pen.text((40, 36), title, "#0a2c40", bold)
    for line, text in enumerate(
        (name, "NIK 9999 0145 0890 0001", "Provinsi Contoh", "Bukan dokumen")
    ):
        pen.text((40, 130 + 56 * line), text, "#16242c", plain)
    pen.rectangle((620, 130, 800, 370), fill="#e8dec8", outline="#9a8a68", width=3)
    pen.ellipse((670, 170, 750, 250), fill="#9a8a68")
    pen.pieslice((640, 260, 780, 480), 180, 360, fill="#9a8a68")
    written = io.BytesIO()
    drawn.save(written, kind)
    return written.getvalue()


def sheets(title: str, count: int) -> bytes:
    """Return a PDF of some pages with a few words."""
    written = io.BytesIO()
    canvas = Canvas(written, A4, invariant=True)
    for number in range(1, count + 1):
        canvas.setFont("Helvetica-Bold", 22)
        canvas.drawString(72, 760, title)
        canvas.setFont("Helvetica", 14)
        canvas.drawString(72, 730, f"Lembar {number} dari {count}")
        canvas.rect(72, 480, 450, 220)
        canvas.showPage()
    canvas.save()
    return written.getvalue()
