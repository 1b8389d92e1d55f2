"""One application from the village to the hand-over: officers in a browser, a kiosk often away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from app.domain.requests import CollectingChosen
from app.imaging.pool import ImagingPool
from app.office import review
from app.office.billing.bills import expire_bills
from app.office.context import Office, OfficeSettings
from app.office.enrolling import new_enrolment_code
from app.office.officers import add_officer
from app.office.second_factor import code_at
from app.office.slots.rules import Hours, add_hours
from app.office.tables import ApplicationRow
from app.services.billing import Paying, ask_for_billing, paying
from app.services.correcting import open_correction
from app.services.documents import retake_page
from app.services.drafts import save_answer
from app.services.finalizing import finalize
from app.services.following import Following, following
from app.services.kiosk import Kiosk
from app.services.requesting import ask_office
from app.services.scheduling import wish_for
from app.storage.contact import Contact
from app.sync.engine import Engine
from app.sync.enrolling import enrol
from app.sync.link import Link
from app.sync.link_adapter import Road
from app.sync.stopping import Stopping
from tests.builders import (
    filled_draft,
    jpeg_page,
    keep_warnings,
    make_kiosk,
    small_catalogue,
)
from tests.console_pictures import CHROMIUM, chromium
from tests.fakes import FakeDice
from tests.laying import open_laid
from tests.link import WeakLink
from tests.office.house import serve
from tests.office.postgres import on_postgres
from tests.remembering import RememberingPool
from tests.sync.island import QUICK, RoadClock

pytestmark = [
    pytest.mark.browser,
    on_postgres,
    # Twenty seconds of processor; a machine that is busy with other things takes its time.
    pytest.mark.timeout(400),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}"),
]
SECRET = "a secret of tests"
PASSWORD = "laut biru sekali"
#: The states of the whole life as both sides must tell them in the end.
LIFE = [
    "received",
    "in_review",
    "returned",
    "received",
    "in_review",
    "accepted",
    "awaiting_payment",
    "payment_expired",
    "awaiting_payment",
    "paid",
    "scheduled",
    "scheduled",
    "attended",
    "adjudication",
    "printing",
    "ready",
    "handed_over",
]
#: What Rina presses from the interview on, and what she then confirms.
STEPS = (
    ("Sudah datang", "Ya, sudah datang"),
    ("Lanjut ke keputusan", "Ya, lanjutkan"),
    ("Cetak", "Ya, cetak"),
    ("Siap diambil", "Ya, siap diambil"),
)


@dataclass
class Village:
    """A kiosk with a road that opens and closes, and one applicant in front of it."""

    kiosk: Kiosk
    clock: RoadClock
    road: WeakLink
    application_id: str = ""
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        kiosk = self.kiosk
        self._engine = Engine(
            kiosk.store, kiosk.clock, kiosk.dice, kiosk.announcer, self._open_link, lambda _: None
        )

    def _open_link(self, office: Contact, stop: Stopping) -> Link:
        return Link(
            office.office_url,
            self.clock,
            stop,
            office_id=office.office_id,
            token=office.token,
            road=Road(),
            patience=QUICK,
        )

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Have no network while the block runs; what is asked meanwhile waits and is not lost."""
        self.road.go_away()
        yield
        assert self._engine.cycle(self.stop, is_forced=True).error
        self.road.come_back()

    def sync(self) -> Following:
        """Send and pull, and return what the applicant sees then."""
        self.clock.pass_time(5)
        assert self._engine.cycle(self.stop, is_forced=True).error is None
        return self.sees()

    def sees(self) -> Following:
        return following(self.kiosk, self.application_id)

    @property
    def paying(self) -> Paying:
        return paying(self.kiosk, self.application_id)

    def apply(self) -> None:
        """Fill a form, scan two papers and send."""
        self.application_id = filled_draft(self.kiosk).application_id
        finalize(self.kiosk, self.application_id, "id")

    def correct(self) -> None:
        """Take the identity card again and mend an answer, as the office asked."""
        draft = open_correction(self.kiosk, self.application_id)
        assert {(one.kind, one.id) for one in draft.returned} == {
            ("document", "ktp"),
            ("field", "email"),
        }
        (card,) = (page for page in draft.pages if page.need == "ktp")
        retake_page(self.kiosk, card.id, jpeg_page("KTP BARU"))
        save_answer(self.kiosk, self.application_id, "email", "siti.baru@contoh.example")
        keep_warnings(self.kiosk, self.application_id)
        finalize(self.kiosk, self.application_id, "id")


@dataclass
class Desk:
    """An officer at a browser of their own."""

    page: Page
    name: str
    clock: RoadClock
    reference: str = ""
    secret: bytes = b""

    def sign_in(self, *, has_second_factor: bool) -> None:
        """Sign in, setting the second factor up when it is asked for the first time."""
        self.page.goto("/console/sign-in")
        self.page.get_by_label("Nama akun").fill(self.name)
        self.page.get_by_label("Kata sandi").fill(PASSWORD)
        self.page.get_by_role("button", name="Masuk", exact=True).click()
        assert self.page.url.endswith("/second-factor") == has_second_factor
        if has_second_factor:
            self._give_code()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Permohonan")

    def _give_code(self) -> None:
        is_new = not self.secret
        if is_new:
            self.page.locator("summary").click()
            typed = self.page.locator(".letters").inner_text()
            self.secret = base64.b32decode(typed.replace(" ", ""))
        self.page.locator("#code").fill(code_at(self.secret, self.clock.now()))
        self.page.locator("main button.primary").click()
        if is_new:
            self.page.locator("a.button.primary").click()

    def open(self) -> None:
        """Find the application by its reference."""
        self.page.goto("/console/applications?state=all")
        self.page.get_by_role("link", name=self.reference).click()

    def press(self, name: str) -> None:
        """Press a button or a link that looks like one."""
        button = self.page.get_by_role("button", name=name, exact=True)
        button.or_(self.page.get_by_role("link", name=name, exact=True)).click()

    def step(self, button: str, submit: str, tick: str = "") -> None:
        """Take a step of the later life."""
        self.press(button)
        if tick:
            self.page.get_by_label(tick).check()
        self.press(submit)
        expect(self.page.get_by_role("status")).to_be_visible()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def clock() -> RoadClock:
    """One time for both sides; it moves when told."""
    return RoadClock()


@pytest.fixture
def imaging() -> Iterator[ImagingPool]:
    """One worker for both sides: starting it takes longer than its work here."""
    with closing(RememberingPool(has_engine=False)) as pool:
        yield pool


@pytest.fixture
def office(
    tmp_path: Path, database_url: str, clock: RoadClock, imaging: ImagingPool
) -> Iterator[Office]:
    settings = OfficeSettings(
        tmp_path / "office",
        least_free_bytes=0,
        database_url=database_url,
        payments="simulator",
        payment_secret=SECRET,
    )
    opened = open_laid(settings, clock, FakeDice(3), small_catalogue)
    add_officer(opened, "ida", "Ida Loket", PASSWORD, ("intake",))
    add_officer(opened, "rina", "Rina Pemeriksa", PASSWORD, ("adjudicator",))
    hours = Hours("TRM", "Kantor Imigrasi Tarempa", 1, None, time(8), time(10), 60, 2)
    add_hours(opened, hours)
    yield replace(opened, imaging=imaging)
    opened.close()


@pytest.fixture
def url(office: Office) -> Iterator[str]:
    with serve(office) as running:
        yield running.url


@pytest.fixture
def village(
    tmp_path: Path, office: Office, url: str, clock: RoadClock, imaging: ImagingPool
) -> Iterator[Village]:
    host, port = url.removeprefix("http://").split(":")
    with WeakLink((host, int(port))) as road:
        kiosk = make_kiosk(tmp_path / "kiosk", clock=clock, imaging=imaging)
        code = new_enrolment_code(office, "Kiosk Letung", "LET")
        enrol(kiosk.store, clock, road.url, code, "Kiosk Letung")
        yield Village(kiosk, clock, road)
        kiosk.store.close()


@pytest.fixture
def desks(browser: Browser, url: str, clock: RoadClock) -> Iterator[tuple[Desk, Desk]]:
    """Ida takes in and hands over, Rina decides."""
    expect.set_options(timeout=15_000)
    with ExitStack() as opened:
        made = []
        for name in ("ida", "rina"):
            context = browser.new_context(base_url=url, locale="id-ID")
            opened.callback(context.close)
            context.set_default_timeout(30_000)
            made.append(Desk(context.new_page(), name, clock))
        yield made[0], made[1]


def test_an_application_lives_its_whole_life_and_both_sides_tell_it_alike(
    office: Office, url: str, village: Village, desks: tuple[Desk, Desk]
) -> None:
    ida, rina = desks
    with village.offline():
        village.apply()
        assert village.sees().state == "finalized"
    reference = village.sync().reference
    ida.reference = rina.reference = reference
    assert village.sees().office_state == "received"
    _return_and_correct(village, ida)
    _accept(village, ida, rina)
    _pay(office, url, village)
    _choose_and_move(village)
    _finish(village, ida, rina)
    _both_tell_the_same(office, village, rina.page)


def _return_and_correct(village: Village, ida: Desk) -> None:
    """Ida, who may not decide, sends it back while the kiosk is away."""
    with village.offline():
        ida.sign_in(has_second_factor=False)
        ida.open()
        ida.press("Mulai periksa")
        expect(ida.page.get_by_role("link", name="Terima", exact=True)).to_have_count(0)
        village.clock.pass_time(600)
        ida.press("Kembalikan untuk diperbaiki")
        for label, reason in (("ktp", "Foto buram"), ("E-mail", "Alamat surel salah")):
            ida.page.get_by_role("checkbox", name=label).first.check()
            ida.page.get_by_label(f"Alasan untuk {label}").first.fill(reason)
        ida.press("Kembalikan ke pemohon")
        expect(ida.page.get_by_role("status")).to_contain_text("Permohonan dikembalikan")
        village.clock.pass_time(2 * 86_400)
    seen = village.sync()
    assert (seen.office_state, seen.deadline) == ("returned", datetime(2026, 12, 21).date())
    with village.offline():
        village.correct()
    assert village.sync().office_state == "received"


def _accept(village: Village, ida: Desk, rina: Desk) -> None:
    """Ida begins again, Rina takes over knowingly and decides."""
    with village.offline():
        ida.sign_in(has_second_factor=False)
        ida.open()
        expect(ida.page.locator("dd", has_text="siti.baru@")).to_contain_text("Diubah")
        ida.press("Mulai periksa")
        rina.sign_in(has_second_factor=True)
        rina.open()
        rina.press("Terima")
        expect(rina.page.get_by_role("heading", level=1)).to_have_text("Ambil alih permohonan ini?")
        rina.page.get_by_label("Sudah disepakati").check()
        rina.press("Ya, ambil alih")
        rina.press("Terima")
        rina.press("Ya, terima permohonan")
        expect(rina.page.get_by_role("status")).to_contain_text("Permohonan diterima")
    assert village.sync().office_state == "accepted"


def _pay(office: Office, url: str, village: Village) -> None:
    """One code runs out while the kiosk is away, the next one is paid while it is away."""
    with village.offline():
        ask_for_billing(village.kiosk, village.application_id)
        assert village.paying.is_asking
    village.sync()
    first = village.paying.bill
    assert first is not None
    assert village.paying.left_s > 7_000
    with village.offline():
        village.clock.pass_time(2 * 3600 + 1)
        expire_bills(office)
        # Nobody told the kiosk, and still it shows the old code to nobody.
        assert (village.paying.left_s, village.paying.may_ask) == (0, True)
    assert village.sync().office_state == "payment_expired"
    ask_for_billing(village.kiosk, village.application_id)
    village.sync()
    second = village.paying.bill
    assert second is not None
    assert second.code != first.code
    with village.offline():
        assert _tell_payment(url, second.code, "guessed", village.clock).status_code == 401
        told = _tell_payment(url, second.code, SECRET, village.clock)
        assert told.json() == {"outcome": "paid"}
    assert village.sync().office_state == "paid"
    paid = village.paying.bill
    assert paid is not None
    assert paid.ntpn == "0A1B2C3D4E5F6G7H"


def _tell_payment(url: str, code: str, secret: str, clock: RoadClock) -> requests.Response:
    """Be the provider, as docs/office.md says how."""
    now = clock.now()
    notice = {
        "id": "N-1",
        "code": code,
        "rupiah": 350_000,
        "paid_at": now.isoformat(),
        "ntpn": "0A1B2C3D4E5F6G7H",
    }
    body, moment = json.dumps(notice).encode(), int(now.timestamp())
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Loket-Signature": f"t={moment},v1={signed}"}
    return requests.post(f"{url}/v1/payments/notices", body, headers=headers, timeout=10)


def _choose_and_move(village: Village) -> None:
    """The applicant wishes for a time without a network, and moves it once."""
    free = village.sees().scheduling.free
    with village.offline():
        wish_for(village.kiosk, village.application_id, (free[0].slot.id,))
    seen = village.sync()
    assert seen.office_state == "scheduled"
    assert seen.scheduling.slot == free[0].slot
    with village.offline():
        wish_for(village.kiosk, village.application_id, (free[3].slot.id,))
    moved = village.sync().scheduling
    assert (moved.slot, moved.is_moved, moved.may_wish) == (free[3].slot, True, False)


def _finish(village: Village, ida: Desk, rina: Desk) -> None:
    """From the interview to the hand-over, with the kiosk away but for one contact."""
    slot = village.sees().scheduling.slot
    assert slot is not None
    with village.offline():
        village.clock.jump_to(slot.starts_at.astimezone(UTC))
        rina.sign_in(has_second_factor=True)
        rina.open()
        for button, submit in STEPS:
            rina.step(button, submit)
        ask_office(village.kiosk, village.application_id, CollectingChosen("self"))
    assert village.sync().office_state == "ready"
    with village.offline():
        ida.sign_in(has_second_factor=False)
        ida.open()
        expect(ida.page.locator("#collecting")).to_contain_text("sendiri")
        ida.step("Serahkan", "Ya, sudah diserahkan", "Identitas pengambil sudah saya lihat")
        village.clock.pass_time(timedelta(days=1).total_seconds())
    assert village.sync().office_state == "handed_over"


def _both_tell_the_same(office: Office, village: Village, page: Page) -> None:
    at_office = [(one.to_state, one.at) for one in review.history(office, village.application_id)]
    at_kiosk = [
        (entry.params.get("state", entry.what), entry.params.get("since"))
        for entry in village.sees().timeline
        if entry.what in ("received", "returned", "state")
    ]
    assert [state for state, _ in at_office] == LIFE
    assert [state for state, _ in at_kiosk] == LIFE
    for (state, at), (_, since) in zip(at_office, at_kiosk, strict=True):
        assert since is None or datetime.fromisoformat(since) == at, state
    with office.database.read() as session:
        assert session.query(ApplicationRow).count() == 1
    page.goto("/status")
    page.get_by_label("Nomor permohonan").fill(village.sees().reference)
    for label, part in (("Tanggal", "5"), ("Bulan", "8"), ("Tahun", "1990")):
        page.get_by_label(label, exact=True).fill(part)
    page.get_by_role("button", name="Lihat status").click()
    expect(page.locator(".now")).to_have_text("Sudah diserahkan")
