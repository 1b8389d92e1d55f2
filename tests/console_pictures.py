"""Pictures of the console and the status page: ``python -m tests.console_pictures --out DIR``.

Serves an office with invented people and looks at it as an officer and an applicant do. Without
``--all`` only those of the README and of docs/office.md are made.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from pathlib import Path

import msgspec
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.domain.answers import Override
from app.domain.events import BillLine, ReturnedItem
from app.office import review
from app.office.billing.tables import BillRow, PaymentNoticeRow
from app.office.context import Office
from app.office.moving import Step, move
from app.office.review import Officer
from app.office.slots.rules import Hours, add_hours
from app.office.slots.tables import BookingRow
from app.office.tables import ApplicationRow
from app.office.talking.messages import write_message
from app.office.talking.tables import MessageRow
from app.protocol.manifest import Manifest
from app.protocol.sealing import seal
from tests.fakes import FakeClock
from tests.office.desk import (
    ANSWERS,
    PASSWORD,
    Paper,
    card,
    new_device,
    new_office,
    served,
    usual_papers,
)

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: One of the others gives the number of the person who was asked to mend something.
_NIKS = {3: ANSWERS["nik"]}
SIZES = {"desk": (1280, 800), "phone": (390, 844)}
_RINA = Officer("rina", "Rina Pemeriksa", ("adjudicator",))
_DODI = Officer("dodi", "Dodi Pemeriksa", ("adjudicator",))
_PLACE = "Kantor Imigrasi Tarempa"
_DAY_S = 24 * 3600.0
_NAMES = (
    "BUDI CONTOH LETUNG",
    "MARIAM SPESIMEN",
    "ABDUL CONTOH JEMAJA",
    "NUR SPESIMEN SIANTAN",
    "HERMAN CONTOH",
    "LESTARI SPESIMEN PALMATAK",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's own Chromium."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def fill_office(office: Office, folder: Path, clock: FakeClock) -> Manifest:
    """Bring the office some days of work; return the application that was corrected."""
    add_hours(office, Hours("TRM", _PLACE, 1, None, time(8), time(11), 15, 2, 1))
    outreach = clock.now().date() + timedelta(days=12)
    add_hours(office, Hours("LTG", "Balai Desa Letung", None, outreach, time(9), time(12), 30, 1))
    kiosk = new_device(office, folder, "TRM", "Kantor Desa Tarempa Barat")
    second = new_device(office, folder, "DBO", "Kantor Camat Singkep")
    birth_date = "1990-08-06"
    first = kiosk.send(
        {**ANSWERS, "birth_date": birth_date, "destination_country": "Malaysia"},
        overrides=(
            Override("nik", "nik_birth_date_differs", "KTP salah cetak, sudah lapor Disdukcapil"),
        ),
        operator="Operator Desa",
    )
    review.start_review(office, _RINA, first.application_id)
    clock.pass_time(1_800)
    items = (
        ReturnedItem("document", "ktp", "Foto buram. Ambil ulang di tempat terang."),
        ReturnedItem("field", "address_street", "Tulis nomor rumah seperti di KTP."),
        ReturnedItem("field", "phone", "Nomor ini tidak aktif. Isi nomor yang bisa dihubungi."),
    )
    review.return_for_correction(
        office, _RINA, first.application_id, 1, items, "Kirim lagi sebelum hari Jumat."
    )
    sent = [
        (kiosk if number % 2 else second).send(
            {**ANSWERS, "full_name": name, "nik": _NIKS.get(number, f"999901450890000{number + 2}")}
        )
        for number, name in enumerate(_NAMES)
    ]
    clock.pass_time(3 * _DAY_S)
    review.accept(office, _DODI, sent[0].application_id, 1)
    _live_on(office, clock, sent[0])
    review.reject(office, _DODI, sent[1].application_id, 1, "Paspor lama masih berlaku.")
    review.start_review(office, _DODI, sent[2].application_id)
    clock.pass_time(4 * _DAY_S)
    kiosk.send({**ANSWERS, "full_name": "ORANG LATIHAN"}, training=True)
    papers = (
        Paper("ktp", "ktp", "image/jpeg", card("KARTU TANDA PENDUDUK", "SITI CONTOH ANAMBAS")),
        *usual_papers()[1:],
    )
    again = {**first.answers, "address_street": "Jalan Contoh 12 A, RT 02 RW 01"}
    return kiosk.send(again, papers, after=first, overrides=first.overrides)


def _live_on(office: Office, clock: FakeClock, accepted: Manifest) -> None:
    """Lead an accepted application to its interview, with a payment beside it that fits nothing."""
    now, of = clock.now(), accepted.application_id
    line = BillLine("E10", "Paspor elektronik 10 tahun", "Electronic passport, 10 years", 950_000)
    bill = BillRow(
        id="b1", application_id=of, state="paid", rupiah=950_000,
        lines=msgspec.json.encode([line]).decode(), wanted_at=now, code="820261124465628",
        issued_at=now, expires_at=now + timedelta(hours=2), paid_at=now + timedelta(minutes=40),
        ntpn="0A1B2C3D4E5F6G7H",
    )  # fmt: skip
    slot = BookingRow(
        application_id=of, slot_id="TRM-20261201-0830", place_number=1,
        starts_at=now + timedelta(days=7, hours=1), minutes=15,
        place=_PLACE, booked_at=now,
    )  # fmt: skip
    asked = "Boleh saya datang dengan anak saya yang masih kecil?"
    said = seal(asked.encode(), office.keys.keys.public().recipient)
    notice = PaymentNoticeRow(
        id="n1", code="820261124465629", rupiah=650_000, ntpn="7H6G5F4E3D2C1B0A", paid_at=now,
        taken_at=now, outcome="unknown_code",
    )  # fmt: skip
    with office.database.write() as session:
        session.add_all((bill, slot, notice))
        session.add(MessageRow(id="m1", application_id=of, at=now, sealed_text=said))
        application = session.get_one(ApplicationRow, of)
        for what, state in (
            ("bill", "awaiting_payment"),
            ("paid", "paid"),
            ("schedule", "scheduled"),
        ):
            move(session, office, application, Step(what, state))
    write_message(office, _DODI, of, "Boleh. Bawa akta kelahiran anak dan KK yang asli.")


def take(page: Page, out: Path, name: str, *, is_whole: bool = True) -> None:
    """Save what is shown once its pictures are there."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=out / f"console-{name}.png", full_page=is_whole)


def document_pictures(browser: Browser, address: str, corrected: Manifest, out: Path) -> None:
    """Make the pictures of the README and of docs/office.md, in few colours."""
    page = _page(browser, address, "desk", "id")
    _sign_in(page, address, "hadi")
    take(page, out, "list", is_whole=False)
    page.fill("#text", _NAMES[0])
    page.press("#text", "Enter")
    page.get_by_role("link", name="DBO-", exact=False).first.click()
    take(page, out, "life", is_whole=False)
    for name in ("payments", "trail", "hours", "figures"):
        page.goto(f"{address}/console/{name}")
        take(page, out, name, is_whole=False)
    page.goto(f"{address}/console/applications/{corrected.application_id}")
    take(page, out, "application", is_whole=False)
    page.locator("#findings").scroll_into_view_if_needed()
    page.locator("#findings").screenshot(path=out / "console-findings.png")
    page.context.close()
    for path in out.glob("console-*.png"):
        with Image.open(path) as drawn:
            top = drawn.convert("RGB").crop(
                (0, 0, drawn.width, min(drawn.height, SIZES["desk"][1]))
            )
            top.quantize(256).save(path, optimize=True)


def all_pictures(
    browser: Browser, address: str, corrected: Manifest, out: Path, size: str, language: str
) -> None:
    """Look at every page."""
    page = _page(browser, address, size, language)
    mark = f"{size}-{language}"
    one = f"{address}/console/applications/{corrected.application_id}"
    for name, path in {"status": "/status", "sign-in": "/console", "missing": "/nowhere"}.items():
        page.goto(address + path)
        take(page, out, f"{name}-{mark}")
    _status_pictures(page, address, corrected, out, mark)
    _sign_in(page, address, "hadi", out, mark)
    take(page, out, f"list-{mark}")
    page.fill("#text", "contoh")
    page.press("#text", "Enter")
    take(page, out, f"search-{mark}")
    page.fill("#text", "tidak ada")
    page.press("#text", "Enter")
    take(page, out, f"search-empty-{mark}")
    for name, path in {
        "application": one,
        "application-first": f"{one}?revision=1",
        "return": f"{one}/return",
        "accept": f"{one}/accept",
        "reject": f"{one}/reject",
        "devices": f"{address}/console/devices",
        "officers": f"{address}/console/officers",
        "courier": f"{address}/console/courier",
        "payments": f"{address}/console/payments",
        "reasons": f"{address}/console/reasons",
        "hours": f"{address}/console/hours",
        "figures": f"{address}/console/figures",
        "trail": f"{address}/console/trail",
    }.items():
        page.goto(path)
        take(page, out, f"{name}-{mark}")
    _form_pictures(page, address, one, out, mark)
    page.context.close()


def _status_pictures(page: Page, address: str, corrected: Manifest, out: Path, mark: str) -> None:
    for name, year in (("status-none", "1991"), ("status-found", "1990"), ("status-wrong", "90x")):
        page.goto(f"{address}/status")
        page.fill("#reference", corrected.reference if year != "90x" else "TRM-1")
        for part, value in (("day", "6"), ("month", "8"), ("year", year)):
            page.fill(f"#{part}", value)
        page.click("main button")
        take(page, out, f"{name}-{mark}")


def _form_pictures(page: Page, address: str, one: str, out: Path, mark: str) -> None:
    page.goto(f"{one}/return")
    page.check('input[value="ktp"]')
    page.check('input[value="phone"]')
    page.fill("#why-field-phone", "Nomor ini tidak aktif.")
    page.click(".stay button")
    take(page, out, f"return-wrong-{mark}")
    page.goto(f"{address}/console/devices")
    page.fill("#name", "Kantor Desa Contoh")
    page.fill("#code", "TRM")
    page.click("main form button")
    take(page, out, f"devices-wrong-{mark}")
    page.fill("#code", mark[0] + mark[-2:])
    page.click("main form button")
    take(page, out, f"enrolment-code-{mark}")


def _page(browser: Browser, address: str, size: str, language: str) -> Page:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_cookies([{"name": "loket_language", "value": language, "url": address}])
    return context.new_page()


def _sign_in(page: Page, address: str, name: str, out: Path | None = None, mark: str = "") -> None:
    page.goto(f"{address}/console/sign-in")
    if out is not None:
        page.fill("#name", name)
        page.fill("#password", "bukan ini")
        page.click("main button")
        take(page, out, f"sign-in-wrong-{mark}")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("main button")


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--all", action="store_true", help="every page, both sizes and languages")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder, clock = Path(name), FakeClock()
        office = new_office(folder, clock)
        corrected = fill_office(office, folder, clock)
        with served(office) as address, chromium() as browser:
            document_pictures(browser, address, corrected, chosen.out)
            if chosen.all:
                for size in SIZES:
                    for language in ("id", "en"):
                        all_pictures(browser, address, corrected, chosen.out, size, language)
                        # The status page allows an address so many questions a minute.
                        clock.pass_time(61)
        office.close()


if __name__ == "__main__":
    main()
