"""Things tests start from: a kiosk on a folder, a filled draft, pages; all people are invented."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance
from reportlab.pdfgen.canvas import Canvas

from app.capture.sources import Sources
from app.domain.catalogue import (
    Catalogue,
    Choice,
    Condition,
    DecisionChoice,
    DecisionQuestion,
    DocumentNeed,
    DocumentType,
    Fee,
    FeeRule,
    Field,
    FieldGroup,
    Fill,
    Label,
    Look,
    Office,
    Service,
    Source,
)
from app.domain.news import Announcer
from app.domain.regions import Regions
from app.imaging.pool import ImagingPool
from app.protocol.enrolment import EnrolmentAnswer
from app.protocol.keys import Keys, new_keys
from app.services import documents, drafts
from app.services.drafts import Draft
from app.services.finalizing import check_draft
from app.services.kiosk import Catalogues, Kiosk
from app.storage.contact import PendingEnrolment, keep_enrolment
from tests.fakes import FakeClock, FakeDice
from tests.laying import open_laid_store
from tests.remembering import RememberingPool

STORE_KEY = bytes(range(32))
PIN = "271828"
SERVICE = "passport_test"
#: A complete form; the NIK's province does not exist.
ANSWERS = {
    "full_name": "SITI CONTOH",
    "nik": "9901014508900001",
    "birth_date": "1990-08-05",
    "has_old_passport": "no",
    "email": "siti@contoh.example",
}
_SOURCE = Source("invented for tests", "high")


def _label(text: str) -> Label:
    return Label(text, text)


@cache
def small_catalogue(version: str = "2026.1.1") -> Catalogue:
    """Return a catalogue of one service with every mechanism the store needs."""
    service = Service(
        id=SERVICE,
        family="passport",
        label=_label("Passport"),
        summary=_label("A passport."),
        steps=(_label("Come to the office."),),
        groups=(
            FieldGroup(
                "person",
                _label("Person"),
                (
                    Field("full_name", "name", _label("Name")),
                    Field("nik", "nik", _label("NIK")),
                    Field("birth_date", "date", _label("Birth date"), is_past=True),
                    Field("has_old_passport", "yes_no", _label("Old passport?")),
                    Field("email", "email", _label("E-mail"), is_required=False),
                    Field(
                        "kind",
                        "choice",
                        _label("Kind"),
                        choices=(Choice("a", _label("A")), Choice("b", _label("B"))),
                        is_required=False,
                    ),
                ),
            ),
        ),
        documents=(
            DocumentNeed("ktp", ("ktp",)),
            DocumentNeed("proof", ("akta", "ijazah")),
            DocumentNeed("old", ("ktp",), when=Condition("has_old_passport", equals="yes")),
        ),
        fees=(FeeRule("F1"),),
        clocks=(),
        source=_SOURCE,
    )
    kinds = tuple(
        DocumentType(name, _label(name), _label(name), max_pages=5, look=look)
        for name, look in (("ktp", Look(reads="ktp")), ("akta", Look()), ("ijazah", Look()))
    )
    fee = Fee("F1", _label("Passport"), 350_000, date(2024, 12, 17), _SOURCE)
    office = Office("TRM", _label("Tarempa"), "Tarempa", {"F1": fee.valid_from}, _SOURCE)
    first = DecisionChoice(_label("Passport"), service=SERVICE)
    start = DecisionQuestion("start", _label("What?"), (first,))
    fills = (Fill("ktp", {"nik": "nik"}),)
    return Catalogue(version, (service,), kinds, (fee,), (), (office,), (start,), fills=fills)


def make_kiosk(
    folder: Path,
    *,
    clock: FakeClock | None = None,
    catalogue: Callable[[], Catalogue] = small_catalogue,
    seed: int = 1,
    imaging: ImagingPool | None = None,
) -> Kiosk:
    """Open a kiosk on a folder; the caller ends it with ``close_kiosk``."""
    clock = clock or FakeClock()
    store = open_laid_store(folder, STORE_KEY, clock)
    return Kiosk(
        store=store,
        clock=clock,
        dice=FakeDice(seed),
        catalogues=Catalogues(store, catalogue),
        regions=lambda: Regions(""),
        imaging=imaging or RememberingPool(has_engine=False),
        capture=Sources(clock, ()),
        announcer=Announcer(),
    )


def close_kiosk(kiosk: Kiosk) -> None:
    """End what ``make_kiosk`` opened."""
    kiosk.imaging.close()
    kiosk.store.close()


def filled_draft(kiosk: Kiosk, *, pages: dict[str, bytes] | None = None) -> Draft:
    """Start a draft with every answer and, unless given otherwise, one page for each document."""
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    for field, value in ANSWERS.items():
        drafts.save_answer(kiosk, draft.application_id, field, value)
    wanted = {"ktp": jpeg_page("KTP"), "proof": jpeg_page("AKTA")} if pages is None else pages
    kinds = {"ktp": "ktp", "proof": "akta", "old": "ktp"}
    for need, content in wanted.items():
        documents.add_pages(kiosk, draft.application_id, need, kinds[need], content)
    keep_warnings(kiosk, draft.application_id)
    return drafts.load_draft(kiosk, draft.application_id)


def keep_warnings(kiosk: Kiosk, application_id: str) -> None:
    """Give a reason for everything that only looks wrong, as a specimen's numbers do."""
    for problem in check_draft(kiosk, application_id):
        if problem.severity == "warning":
            drafts.keep_warning(kiosk, application_id, problem.where, problem.code, "contoh")


def enrol(kiosk: Kiosk, *, first_serial: int = 1, last_serial: int = 99) -> Keys:
    """Enrol the kiosk with an office that exists only as its keys, which are returned."""
    office, device = new_keys(), new_keys()
    with kiosk.store.write() as session:
        keep_enrolment(
            session,
            PendingEnrolment("http://127.0.0.1:9", "ABCD", "Kiosk Contoh", device),
            EnrolmentAnswer(
                "dev-1", "TRM", first_serial, last_serial, "", "office-1", "Kantor Contoh",
                office.public(), "",
            ),
            "token",
            kiosk.clock.now(),
        )  # fmt: skip
    return office


def jpeg_page(text: str, size: tuple[int, int] = (640, 400)) -> bytes:
    """Return a small paper as a scanner gives it, cropped to its edges, with a few lines on it."""
    return _scanned(text, size, "JPEG")


def dark_page(text: str) -> bytes:
    """Return the same taken in too little light: no page that is good."""
    return _scanned(text, (640, 400), "JPEG", light=0.12)


def png_page(text: str, size: tuple[int, int] = (640, 400)) -> bytes:
    """Return the same as PNG."""
    return _scanned(text, size, "PNG")


def pdf_file(page_count: int) -> bytes:
    """Return a PDF of some small pages with a few lines on each."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(200, 120))
    for number in range(page_count):
        for line in range(8):
            canvas.drawString(8, 104 - 13 * line, f"CONTOH SURAT, HALAMAN {number + 1}")
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def _scanned(text: str, size: tuple[int, int], kind: str, light: float = 1) -> bytes:
    width, height = size
    picture = Image.new("RGB", size, "white")
    drawing = ImageDraw.Draw(picture)
    drawing.text((20, 20), text, fill="black", font_size=28)
    for top in range(70, height - 30, 30):
        drawing.text((20, top), "CONTOH SURAT 0123456789"[: width // 30], "black", font_size=18)
    drawing.ellipse((width - 120, height - 120, width - 20, height - 20), outline="navy", width=5)
    written = io.BytesIO()
    (picture if light == 1 else ImageEnhance.Brightness(picture).enhance(light)).save(
        written, kind, quality=85, dpi=(200, 200)
    )
    return written.getvalue()


def day(text: str) -> date:
    """Return an ISO date."""
    return date.fromisoformat(text)
