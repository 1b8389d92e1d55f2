"""The console and the status page as people use them, in headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.protocol.manifest import Manifest
from tests.console_pictures import CHROMIUM, chromium
from tests.office.desk import ANSWERS, PASSWORD, Desk, Paper, card, usual_papers
from tests.office.postgres import on_postgres

pytestmark = [
    pytest.mark.browser,
    on_postgres,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}"),
]
#: What reaches past the right edge; the row of filters is scrolled on purpose.
_OUTSIDE = """() => [...document.querySelectorAll('main *')]
    .filter(one => !one.closest('.filters, .hidden, thead'))
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.outerHTML.slice(0, 80))"""
HTML = b"<!doctype html><title>owned</title><script>document.title='owned'</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    context = browser.new_context(
        base_url=desk.address, viewport={"width": 1280, "height": 800}, locale="id-ID"
    )
    context.set_default_timeout(30_000)
    opened = context.new_page()
    yield opened
    context.close()


def sign_in(page: Page, name: str = "rina") -> None:
    page.goto("/console")
    page.get_by_label("Nama akun").fill(name)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Permohonan")


def open_application(page: Page, manifest: Manifest) -> None:
    page.goto("/console/applications?state=all")
    page.get_by_role("link", name=manifest.reference).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ANSWERS["full_name"])


def ask_status(page: Page, manifest: Manifest, born: str = ANSWERS["birth_date"]) -> None:
    year, month, day = born.split("-")
    page.goto("/")
    page.get_by_label("Nomor permohonan").fill(manifest.reference.lower())
    page.get_by_label("Tanggal", exact=True).fill(day)
    page.get_by_label("Bulan").fill(month)
    page.get_by_label("Tahun").fill(year)
    page.get_by_role("button", name="Lihat status").click()


def test_an_application_is_returned_corrected_accepted_and_the_applicant_sees_each_step(
    desk: Desk, page: Page
) -> None:
    sent = desk.kiosk.send()
    sign_in(page)
    open_application(page, sent)
    page.get_by_role("button", name="Mulai periksa").click()
    expect(page.get_by_role("status")).to_contain_text("Pemeriksaan dimulai")
    page.get_by_role("link", name="Kembalikan untuk diperbaiki", exact=True).click()
    page.get_by_role("checkbox", name="KTP").first.check()
    page.get_by_role("button", name="Kembalikan ke pemohon").click()
    expect(page.get_by_role("alert")).to_contain_text("Tulis alasan untuk KTP")
    page.get_by_label("Alasan untuk KTP").first.fill("Foto buram")
    page.get_by_role("checkbox", name="Nomor HP").first.check()
    page.get_by_label("Alasan untuk Nomor HP").first.fill("Nomor tidak aktif")
    page.get_by_role("button", name="Kembalikan ke pemohon").click()
    expect(page.get_by_role("status")).to_contain_text("Permohonan dikembalikan")
    ask_status(page, sent)
    expect(page.locator(".now")).to_have_text("Perlu diperbaiki")

    papers = [Paper("ktp", "ktp", "image/jpeg", card("KTP", "BARU")), *usual_papers()[1:]]
    again = desk.kiosk.send({**ANSWERS, "phone": "+6281299999999"}, papers, after=sent)
    open_application(page, again)
    expect(page.locator("dd", has_text="+6281299999999")).to_contain_text("Diubah")
    page.get_by_role("link", name="Terima", exact=True).click()
    page.get_by_role("button", name="Ya, terima permohonan").click()
    expect(page.get_by_role("status")).to_contain_text("Permohonan diterima")
    ask_status(page, again)
    expect(page.locator(".now")).to_have_text("Permohonan diterima")


def test_an_application_is_rejected_with_a_reason_and_the_language_is_switched(
    desk: Desk, page: Page
) -> None:
    sent = desk.kiosk.send()
    sign_in(page)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Applications")
    page.get_by_label("Search by reference").fill("siti contoh")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=sent.reference).click()
    page.get_by_role("link", name="Reject").click()
    page.get_by_label("Reason for the rejection").fill("Paspor lama masih berlaku")
    page.get_by_role("button", name="Yes, reject").click()
    expect(page.locator(".state")).to_have_class("state rejected")
    expect(page.locator(".timeline")).to_contain_text("Paspor lama masih berlaku")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Officer sign-in")
    # The page's own step: the driver's fails when the browser changes the page's process under it.
    with page.expect_navigation():
        page.evaluate("() => { history.back() }")
    expect(page.get_by_role("heading", level=1)).to_have_text("Officer sign-in")


def test_documents_are_drawn_beside_the_answers(desk: Desk, page: Page) -> None:
    sent = desk.kiosk.send()
    sign_in(page)
    open_application(page, sent)
    picture = page.locator("#paper-ktp img")
    expect(picture).to_be_visible()
    assert _drawn_width(page, "#paper-ktp img") == 860
    assert picture.bounding_box() is not None
    papers = page.locator(".papers").bounding_box()
    answers = page.locator(".answers").first.bounding_box()
    assert papers is not None
    assert answers is not None
    assert papers["x"] > answers["x"] + answers["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    _zoom_turn_and_lay_side_by_side(page)


def _zoom_turn_and_lay_side_by_side(page: Page) -> None:
    first = page.locator("#paper-ktp")
    picture = first.locator("img")
    before = picture.bounding_box()
    first.get_by_role("button", name="Perbesar").click()
    zoomed = picture.bounding_box()
    assert before is not None
    assert zoomed is not None
    assert zoomed["width"] > before["width"] * 1.4
    first.locator(".viewer").press("-")
    first.locator(".viewer").press("r")
    turned = picture.bounding_box()
    assert turned is not None
    assert abs(turned["width"] - before["height"]) < 2
    page.get_by_role("button", name="Dokumen berdampingan").click()
    left, right = (
        page.locator("#paper-ktp").bounding_box(),
        page.locator("#paper-kk").bounding_box(),
    )
    assert left is not None
    assert right is not None
    assert right["x"] >= left["x"] + left["width"]
    assert right["y"] == left["y"]


def test_no_script_runs_whatever_the_applicant_or_a_document_says(desk: Desk, page: Page) -> None:
    evil = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    papers = [
        Paper("ktp", "ktp", "image/jpeg", HTML),
        Paper("kk", "kk", "image/jpeg", b"\xff\xd8\xff" + HTML),
    ]
    sent = desk.kiosk.send({**ANSWERS, "full_name": evil}, papers, operator=evil)
    sign_in(page)
    page.goto(f"/console/applications/{sent.application_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    assert "owned" not in page.title()
    for need in ("ktp", "kk"):
        page.goto(f"/console/applications/{sent.application_id}/revisions/1/documents/{need}")
        assert "owned" not in page.title()


@pytest.mark.parametrize("width", [390, 320])
def test_nothing_is_wider_than_a_phone(desk: Desk, page: Page, width: int) -> None:
    sent = desk.kiosk.send()
    one = f"/console/applications/{sent.application_id}"
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, "hadi")
    for path in (
        "/status",
        "/console/applications",
        one,
        f"{one}/return",
        f"{one}/reject",
        "/console/devices",
        "/console/officers",
        "/nowhere",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(_OUTSIDE) == [], path
    page.goto(one)
    papers = page.locator(".papers").bounding_box()
    assert papers is not None
    assert papers["width"] > width * 0.8


def test_rooms_that_fit_beside_nothing_stand_in_one_line_of_their_own(
    desk: Desk, page: Page
) -> None:
    sign_in(page, "hadi")
    rooms = page.locator(".bar nav a:visible")
    expect(rooms).to_have_count(10)
    line = {box["y"] for box in (one.bounding_box() for one in rooms.all()) if box}
    brand, tools = (page.locator(one).bounding_box() for one in (".brand", ".tools"))
    assert brand is not None
    assert tools is not None
    assert len(line) == 1
    assert abs(brand["y"] - tools["y"]) < 8
    assert min(line) >= tools["y"] + tools["height"]


def test_the_status_page_works_by_keyboard_alone(desk: Desk, page: Page) -> None:
    sent = desk.kiosk.send()
    page.goto("/status")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()
    page.keyboard.press("Enter")
    for typed in (sent.reference, "5", "8", "1990"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator(".now")).to_have_text("Sudah diterima kantor")
    assert page.url.endswith("/status")


def test_buttons_and_fields_are_large_enough_to_touch(desk: Desk, page: Page) -> None:
    desk.kiosk.send()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/status")
    for found in page.locator("main button, main input").all():
        box = found.bounding_box()
        assert box is not None
        assert box["height"] >= 48


def _drawn_width(page: Page, selector: str) -> int:
    page.locator(selector).scroll_into_view_if_needed()
    page.wait_for_function("s => document.querySelector(s).complete", arg=selector)
    width: int = page.evaluate("s => document.querySelector(s).naturalWidth", selector)
    return width
