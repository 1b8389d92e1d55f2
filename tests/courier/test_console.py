"""An officer takes files off a stick in the browser and saves the answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.office.context import Office
from app.office.officers import add_officer
from tests.courier.island import CourierIsland, file_of
from tests.courier.test_trips import FOUR
from tests.office.desk import PASSWORD, Answer, Browser, form_token, served

PAGE = "/console/courier"


def body(token: str, files: dict[str, bytes], *, token_first: bool = True) -> bytes:
    """Return a form as a browser posts it."""
    field = f'--x\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n'.encode()
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in files.items()
    ]
    ordered = [field, *parts] if token_first else [*parts, field]
    return b"".join(ordered) + b"--x--\r\n"


def post(browser: Browser, content: bytes, **headers: str) -> Answer:
    kind = {"Content-Type": "multipart/form-data; boundary=x", **headers}
    return browser._ask("POST", PAGE, content, kind)


@contextmanager
def officer(office: Office) -> Iterator[Browser]:
    add_officer(office, "rina", "Rina Pemeriksa", PASSWORD, ("intake",))
    with served(office) as address:
        browser = Browser(address)
        browser.sign_in("rina")
        yield browser


@pytest.fixture
def browser(office: Office) -> Iterator[Browser]:
    with officer(office) as one:
        yield one


def test_an_officer_takes_a_file_and_saves_its_answer(
    kiosk: CourierIsland, browser: Browser, stick: Path
) -> None:
    frozen = kiosk.freeze(FOUR)
    path = file_of(kiosk.write(stick), stick)
    token = form_token(browser.get(PAGE))
    shown = post(browser, body(token, {path.name: path.read_bytes()}))
    assert shown.status == 200
    assert "1 dari 1 permohonan lengkap; 4 catatan diambil" in shown.text
    where = shown.text.split('href="/console/courier/answers/')[1].split('"')[0]
    answer = browser.get(f"{PAGE}/answers/{where}")
    assert 'filename="LOKET-LET-00001.lpr"' in answer.headers["Content-Disposition"]
    (stick / "LOKET-LET-00001.lpr").write_bytes(answer.body)
    assert kiosk.read(stick).received == (frozen.reference,)


def test_several_files_at_once_and_one_that_is_none_are_told_apart(
    kiosk: CourierIsland, browser: Browser, stick: Path, office: Office
) -> None:
    kiosk.freeze(FOUR)
    path = file_of(kiosk.write(stick), stick)
    files = {path.name: path.read_bytes(), "liburan<b>.jpg": b"\xff\xd8" * 4000}
    shown = post(browser, body(form_token(browser.get(PAGE)), files)).text
    assert "4 catatan diambil" in shown
    assert "liburan&lt;b&gt;.jpg" in shown
    assert "Surat pengantar berkas rusak" in shown
    assert list((office.settings.folder / "courier").iterdir()) == []


def test_a_form_that_is_not_ours_reaches_no_disk(
    kiosk: CourierIsland, browser: Browser, stick: Path, office: Office
) -> None:
    content = file_of(kiosk.write(stick), stick).read_bytes()
    token = form_token(browser.get(PAGE))
    files = {"a.lpk": content}
    assert post(browser, body("0" * 64, files)).status == 403
    assert post(browser, body(token, files, token_first=False)).status == 403
    assert post(browser, body(token, files), Origin="http://elsewhere.example").status == 403
    assert post(browser, body(token, files)[:-9]).status == 400
    assert post(Browser(f"http://{browser._host}"), body(token, files)).status == 303
    nothing = post(browser, body(token, {"": b""}))
    assert nothing.status == 422
    assert "Pilih dulu berkas dari stik." in nothing.text
    assert browser.get(f"{PAGE}/answers/{'0' * 64}").status == 404
    with office.database.read() as session:
        from app.office.tables import CourierNoteRow

        assert session.query(CourierNoteRow).count() == 0
