"""Letters as PDF, and the list of reasons that the office keeps itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.domain.events import ReturnedItem
from app.errors import UserError
from app.office import reasons, review
from app.office.progress import take_step
from app.office.review import Officer
from app.office.tables import AuditRow
from app.resources import load_words
from tests.office.desk import ANSWERS, Desk, open_desk
from tests.printing.test_slip import text_of

LIST = "/console/applications"
RINA = Officer("rina", "Rina Pemeriksa", ("adjudicator",))
HADI = Officer("hadi", "Hadi Kepala", ("supervisor",))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("desk"), shared_database_url) as opened:
        yield opened


def test_the_letter_of_return_names_what_to_mend_and_until_when(desk: Desk) -> None:
    sent = desk.kiosk.send({**ANSWERS, "full_name": "SITI <b>&CONTOH"}, [])
    browser = desk.browser("rina")
    page = f"{LIST}/{sent.application_id}"
    assert browser.get(f"{page}/letters/returned").status == 404
    assert "/letters/" not in browser.get(page).text
    items = (
        ReturnedItem("document", "ktp", "Foto buram. " * 150),
        ReturnedItem("field", "phone", "Nomor tidak aktif."),
    )
    review.return_for_correction(desk.office, RINA, sent.application_id, 1, items, "Cepat ya.")
    assert f"{page}/letters/returned" in browser.get(page).text
    answer = browser.get(f"{page}/letters/returned")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    text = text_of(answer.body)
    for words in (sent.reference, "SITI <b>&CONTOH", "Nomor tidak aktif.", "Foto buram.",
                  "21 Desember 2026", "Cepat ya.", "Rina Pemeriksa"):  # fmt: skip
        assert words in text
    assert browser.get(f"{page}/letters/accepted").status == 404
    assert browser.get(f"{page}/letters/other").status == 404
    with desk.office.database.read() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.what == "letter")).one()
    assert (row.who, row.params) == ("officer:rina", '{"kind":"returned"}')


def test_the_letter_of_acceptance_says_what_comes_next(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    review.accept(desk.office, RINA, sent.application_id, 1)
    browser = desk.browser("rina")
    text = text_of(browser.get(f"{LIST}/{sent.application_id}/letters/accepted").body)
    assert "kode billing" in text
    assert ANSWERS["nik"] not in text
    take_step(desk.office, RINA, sent.application_id, "cancel", "accepted", "Berkas palsu.")
    page = f"{LIST}/{sent.application_id}"
    assert browser.get(f"{page}/letters/accepted").status == 404
    assert "/letters/accepted" not in browser.get(page).text


def test_the_list_of_reasons_is_the_offices_own(desk: Desk) -> None:
    head, rina = desk.browser("hadi"), desk.browser("rina")
    page = "/console/reasons"
    assert rina.get(page).status == 403
    assert rina.send_form(LIST, page, {"kind": "document", "text": "x"}).status == 403
    sent = desk.kiosk.send(papers=[])
    form = f"{LIST}/{sent.application_id}/return"
    blurred = load_words("id")("console.return.suggestion.blurred")
    assert blurred in rina.get(form).text
    own = {"kind": "field", "text": "Tulis  sesuai 'KK'"}
    assert head.send_form(page, page, own).location == page
    assert head.send_form(page, page, {"id": "blurred", "listed": "no"}).status == 303
    shown = rina.get(form).text
    assert blurred not in shown
    assert "Tulis sesuai &#39;KK&#39;" in shown
    assert f'<s class="quiet">{blurred}</s>' in head.get(page).text
    head.send_form(page, page, {"id": "blurred", "listed": "yes"})
    assert blurred in rina.get(form).text
    with pytest.raises(UserError, match="reason_unknown"):
        reasons.list_reason(desk.office, HADI, "nothing", is_listed=False)
    for kind, text, code in (
        ("document", " ", "reason_missing"),
        ("document", "x" * 201, "reason_too_long"),
        ("letter", "x", "request_malformed"),
    ):
        with pytest.raises(UserError, match=code):
            reasons.add_reason(desk.office, HADI, kind, text)
