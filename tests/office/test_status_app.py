"""The status page on a cheap phone: small, an app where wanted, and useful without a network."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.console_pictures import CHROMIUM, chromium
from tests.office.desk import ANSWERS, Desk, open_desk
from tests.office.postgres import on_postgres_shared

#: At 2G's 40 kilobits a second: six seconds.
MOST_BYTES = 30 * 1024
pytestmark = on_postgres_shared
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("desk"), shared_database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


def test_the_manifest_names_an_app_whose_files_are_there(desk: Desk) -> None:
    answer = desk.browser().get("/status.webmanifest")
    assert answer.headers["Content-Type"].startswith("application/manifest+json")
    told = msgspec.json.decode(answer.body)
    assert (told["start_url"], told["scope"], told["display"]) == (
        "/status", "/status", "standalone",
    )  # fmt: skip
    for icon in told["icons"]:
        drawn = desk.browser().get(icon["src"])
        assert drawn.status == 200
        assert drawn.headers["Content-Type"].startswith(icon["type"])
    worker = desk.browser().get("/status-worker.js")
    assert "connect-src 'self'" in worker.headers["Content-Security-Policy"]
    assert "VERSION" not in worker.text


@pytest.mark.browser
@needs_chromium
def test_the_first_view_is_small_and_works_without_script(desk: Desk, browser: Chromium) -> None:
    sent = desk.kiosk.send(papers=[])
    for has_script in (True, False):
        context = browser.new_context(
            base_url=desk.address, viewport={"width": 360, "height": 640},
            java_script_enabled=has_script, service_workers="block",
        )  # fmt: skip
        page = context.new_page()
        asked = _loaded(page, "/status")
        total = 0
        for url in asked:
            answer = desk.browser().get(url.removeprefix(desk.address))
            assert answer.status == 200
            total += len(answer.body) + len(bytes(answer.headers)) + 40
        assert any("base.css" in url for url in asked)
        assert not any("console.css" in url or "fonts" in url for url in asked)
        assert total < MOST_BYTES, asked
        _ask(page, sent.reference)
        expect(page.get_by_text("Sudah diterima kantor").first).to_be_visible()
        context.close()


@pytest.mark.browser
@needs_chromium
def test_without_a_network_the_form_opens_and_no_answer_was_kept(
    desk: Desk, browser: Chromium
) -> None:
    sent = desk.kiosk.send(papers=[])
    context = browser.new_context(base_url=desk.address, locale="id-ID")
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto("/status")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    _ask(page, sent.reference)
    expect(page.get_by_text("Sudah diterima kantor").first).to_be_visible()
    kept = page.evaluate(
        "async () => { const all = []; for (const name of await caches.keys())"
        " for (const one of await (await caches.open(name)).keys()) all.push(one.url);"
        " return all }"
    )
    assert faults == []
    assert {url.removeprefix(desk.address).partition("?")[0] for url in kept} == {
        "/status", "/status/no-network", "/static/base.css", "/static/status.js",
        "/static/mark.svg",
    }  # fmt: skip
    context.set_offline(True)
    page.goto("/status")
    _ask(page, sent.reference)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tidak ada jaringan")
    assert sent.reference not in page.content()
    context.close()


def _loaded(page: Page, path: str) -> list[str]:
    """Open a page; return the addresses of all that it loads."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path, wait_until="networkidle")
    return asked


def _ask(page: Page, reference: str) -> None:
    year, month, day = ANSWERS["birth_date"].split("-")
    page.get_by_label("Nomor permohonan").fill(reference)
    for label, value in (("Tanggal", day), ("Bulan", month), ("Tahun", year)):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Lihat status").click()
