"""How an officer sees documents that travelled as pages."""

from __future__ import annotations

import io

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select

from app.domain.answers import Override
from app.domain.catalogue import Look
from app.domain.documents import PAGES_TYPE
from app.imaging.pool import ImagingPool
from app.imaging.requests import ReadPage
from app.office.showing import Shown
from app.office.tables import AuditRow, EventRow
from app.protocol.manifest import Manifest, ManifestFinding, ManifestPage
from tests.office.desk import ANSWERS, Desk, Paper, form_token


@pytest.fixture(scope="module")
def travelled() -> bytes:
    """Two pages, a wide one and the same turned upright, as they travel."""
    picture = Image.new("RGB", (900, 600), "white")
    ImageDraw.Draw(picture).rectangle((90, 60, 300, 200), fill=(20, 40, 200))
    written = io.BytesIO()
    picture.save(written, "PNG")
    pool = ImagingPool(has_engine=False)
    try:
        prepared = pool.prepare(ReadPage("image/png", written.getvalue()), Look())[0]
        encoded = pool.encode(prepared).content
        return pool.assemble(((encoded, 0), (encoded, 1))).content
    finally:
        pool.close()


def one(manifest: Manifest) -> str:
    return f"/console/applications/{manifest.application_id}"


def kk(manifest: Manifest) -> str:
    return f"{one(manifest)}/revisions/{manifest.revision}/documents/kk"


def brought(content: bytes, *pages: ManifestPage, count: int = 2) -> Paper:
    return Paper("kk", "kk", PAGES_TYPE, content, count, pages)


def test_an_officer_sees_each_page_as_a_picture_and_all_as_a_pdf(
    desk: Desk, travelled: bytes
) -> None:
    sent = desk.kiosk.send(papers=[brought(travelled)])
    browser = desk.browser("rina")
    shown = browser.get(one(sent)).text
    sizes = []
    for number in (1, 2):
        address = f"{kk(sent)}/pages/{number}"
        assert f'src="{address}"' in shown
        answer = browser.get(address)
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        sizes.append(Image.open(io.BytesIO(answer.body)).size)
    assert sizes[0][0] > sizes[0][1]
    assert sizes[1] == sizes[0][::-1]
    answer = browser.get(kk(sent))
    assert answer.headers["Content-Type"] == "application/pdf"
    with pdfium.PdfDocument(answer.body) as document:
        assert len(document) == 2


def test_a_page_that_is_not_there_is_not_found(desk: Desk, travelled: bytes) -> None:
    sent = desk.kiosk.send(papers=[brought(travelled)])
    browser = desk.browser("rina")
    assert browser.get(f"{kk(sent)}/pages/3").status >= 400
    assert browser.get(f"{kk(sent)}/pages/0").status >= 400
    assert desk.browser().get(f"{kk(sent)}/pages/1").location == "/console/sign-in"


@pytest.mark.parametrize("lie", [b"", b"<script>", b"\x00" * 4000])
def test_bytes_that_are_no_pages_are_told_as_such(desk: Desk, lie: bytes) -> None:
    sent = desk.kiosk.send(papers=[brought(lie)])
    browser = desk.browser("rina")
    for address in (kk(sent), f"{kk(sent)}/pages/1"):
        answer = browser.get(address)
        assert answer.status >= 400
        assert lie not in answer.body or not lie
    assert browser.get(one(sent)).status == 200


def test_what_the_kiosk_found_wrong_and_why_it_was_sent_is_told(
    desk: Desk, travelled: bytes
) -> None:
    evil = "<script>alert(1)</script>"
    pages = (
        ManifestPage("camera", ("blurred", "of_a_newer_kiosk"), "KK basah, tidak ada yang lain"),
        ManifestPage("a_new_source", (), "", (evil,)),
    )
    sent = desk.kiosk.send(papers=[brought(travelled, *pages)])
    shown = desk.browser("rina").get(one(sent)).text
    for words in ("Dari kamera", "KK basah", "of_a_newer_kiosk", "a_new_source", "Isi kode QR"):
        assert words in shown
    assert "kabur" in shown.lower()
    assert evil not in shown


def test_a_kiosk_that_says_no_end_of_things_fills_no_screen(desk: Desk, travelled: bytes) -> None:
    long = "x" * 200_000
    endless = ManifestPage(long, ("",) * 20_000, long, ("",) * 20_000)
    paper = brought(travelled, endless, endless, count=100_000)
    shown = desk.browser("rina").get(one(desk.kiosk.send(papers=[paper])))
    assert shown.status == 200
    assert len(shown.body) < 120_000


def test_a_difference_between_paper_and_answer_is_shown_with_its_reason(
    desk: Desk, travelled: bytes
) -> None:
    found = ManifestFinding(
        "full_name", "differs_from_paper", {"paper": "kk", "read": "SITI CONTHO"}
    )
    newer = ManifestFinding("nik", "of_a_newer_kiosk", {})
    sent = desk.kiosk.send(
        ANSWERS,
        [brought(travelled)],
        overrides=(
            Override("full_name", "differs_from_paper", "Salah cetak di KK"),
            Override("nik", "of_a_newer_kiosk", "Sudah diperiksa"),
        ),
        findings=(found, newer),
    )
    shown = desk.browser("rina").get(one(sent)).text
    for words in (
        "SITI CONTHO",
        "Kartu Keluarga",
        "Salah cetak di KK",
        "of_a_newer_kiosk",
        "Sudah diperiksa",
    ):
        assert words in shown


def test_each_look_at_a_page_leaves_a_line_though_it_is_drawn_once(
    desk: Desk, travelled: bytes
) -> None:
    sent = desk.kiosk.send(papers=[brought(travelled)])
    browser = desk.browser("dodi")
    first, second = (browser.get(f"{kk(sent)}/pages/1").body for _ in range(2))
    assert first == second
    with desk.office.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.what == "open_document")).all()
    assert len(rows) == 2


def test_the_oldest_drawn_page_goes_when_there_are_too_many() -> None:
    shown = Shown(most_bytes=25)
    for page in range(3):
        shown.keep(("digest", page, 100), bytes(10))
    assert shown.get(("digest", 0, 100)) is None
    assert shown.get(("digest", 1, 100)) == bytes(10)
    shown.keep(("digest", 3, 100), bytes(10))
    assert shown.get(("digest", 2, 100)) is None
    shown.keep(("digest", 4, 100), bytes(26))
    assert shown.get(("digest", 4, 100)) is None


def test_an_officer_asks_once_for_a_page_as_it_was_captured(desk: Desk, travelled: bytes) -> None:
    pages = (ManifestPage("camera", has_original=True), ManifestPage("camera"))
    sent = desk.kiosk.send(papers=[brought(travelled, *pages)])
    browser = desk.browser("rina")
    shown = browser.get(one(sent)).text
    assert f'action="{kk(sent)}/pages/1/ask"' in shown
    assert f'action="{kk(sent)}/pages/2/ask"' not in shown
    assert browser.post(f"{kk(sent)}/pages/1/ask", {}).status >= 400
    token = form_token(browser.get(one(sent)))
    for _ in range(2):
        answer = browser.post(f"{kk(sent)}/pages/1/ask", {"form_token": token})
        assert answer.location.endswith("done=asked#paper-kk-1")
    shown = browser.get(f"{one(sent)}?done=asked").text
    assert "Halaman utuh diminta" in shown
    assert f'action="{kk(sent)}/pages/1/ask"' not in shown
    with desk.office.database.read() as session:
        asked = session.scalars(select(EventRow).where(EventRow.kind == "page_asked")).all()
    assert len(asked) == 1
    assert browser.get(f"{kk(sent)}/pages/1/capture").status >= 400
    assert browser.post(f"{kk(sent)}/pages/9/ask", {"form_token": token}).status >= 400
