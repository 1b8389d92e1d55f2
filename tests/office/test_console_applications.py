"""What an officer sees of an application, and what they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from sqlalchemy import select

from app.domain.answers import Override
from app.domain.events import Event, Returned, StateChanged
from app.office.console.listing import PAGE_LINES
from app.office.tables import ApplicationRow, AuditRow, DecisionRow, EventRow
from app.protocol.manifest import Manifest
from app.protocol.sealing import peek
from tests.office.desk import ANSWERS, Answer, Browser, Desk, Paper, card, usual_papers

LIST = "/console/applications"
HTML = b"<!doctype html><script>document.title='owned'</script>"


def one(manifest: Manifest) -> str:
    return f"{LIST}/{manifest.application_id}"


def paper(manifest: Manifest, need: str) -> str:
    return f"{one(manifest)}/revisions/{manifest.revision}/documents/{need}"


def test_the_list_shows_what_waits_longest_first_with_its_age(desk: Desk) -> None:
    first = desk.kiosk.send()
    desk.clock.pass_time(7 * 24 * 3600)
    second = desk.kiosk.send({**ANSWERS, "full_name": "BUDI CONTOH"})
    shown = desk.browser("rina").get(LIST).text
    assert shown.index(first.reference) < shown.index(second.reference)
    assert "5 hari kerja" in shown
    assert "lewat 1 hari kerja" in shown
    assert "hari ini" in shown
    assert ANSWERS["nik"] not in shown


def test_the_list_is_filtered_searched_and_paged(desk: Desk) -> None:
    browser = desk.browser("rina")
    assert "Belum ada permohonan di sini" in browser.get(LIST).text
    sent = [
        desk.kiosk.send({**ANSWERS, "full_name": f"ORANG {number:02d}"}, [])
        for number in range(PAGE_LINES + 1)
    ]
    desk.kiosk.send({**ANSWERS, "full_name": "100%_LAIN", "nik": "9999014508900002"}, [])
    assert "Halaman 1 dari 2" in browser.get(LIST).text
    assert browser.get(f"{LIST}?page=2").text.count('class="reference') == 2
    assert browser.get(f"{LIST}?page=999").text.count('class="reference') == 2
    assert browser.get(f"{LIST}?state=rejected").text.count('class="reference') == 0
    assert _found(browser, "orang 07") == 1
    assert _found(browser, sent[3].reference.lower().replace("-", "")) == 1
    assert _found(browser, "9999 0145 0890 0002") == 1
    assert _found(browser, "%") == 1
    assert _found(browser, "_") == 1
    assert "Halaman 2 dari 2" in _search(browser, "orang", page="2").text
    assert "Tidak ada yang cocok" in _search(browser, "tidak ada").text


def test_the_console_works_the_same_on_either_database(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser("rina")
    assert _found(browser, "%") == 0
    assert _found(browser, "siti contoh") == 1
    _act(browser, sent, "start")
    _act(browser, sent, "accept", {"revision": "1"})
    assert browser.get(f"{LIST}?state=accepted").text.count('class="reference') == 1
    assert "oleh Rina Pemeriksa" in browser.get(one(sent)).text
    assert browser.send_form(LIST, "/console/sign-out", {}).status == 303


def test_a_searched_name_stands_in_no_address_and_no_trail(desk: Desk) -> None:
    desk.kiosk.send()
    browser = desk.browser("rina")
    answer = _search(browser, "SITI CONTOH")
    assert "?text" not in answer.text
    with desk.office.database.read() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.what == "search")).one()
    assert (row.who, row.params) == ("officer:rina", '{"shown":1}')


def test_answers_stand_under_the_catalogues_questions_in_both_languages(desk: Desk) -> None:
    sent = desk.kiosk.send(
        {**ANSWERS, "sex": "female", "unheard_of": "sesuatu"}, operator="Operator Desa"
    )
    browser = desk.browser("rina")
    shown = browser.get(one(sent)).text
    for words in ("Perempuan", "5 Agustus 1990", "Terempa, Siantan", "Operator Desa"):
        assert words in shown
    assert "Jawaban lain" in shown
    assert "sesuatu" in shown
    browser.post("/language", {"language": "en", "back": one(sent)})
    shown = browser.get(one(sent)).text
    for words in ("Female", "5 August 1990", "Other answers"):
        assert words in shown


def test_a_kept_warning_is_shown_in_words_with_its_reason(desk: Desk) -> None:
    kept = (
        Override("nik", "nik_birth_date_differs", "KTP salah cetak"),
        Override("document:kk", "document_old", "KK baru belum jadi"),
    )
    sent = desk.kiosk.send({**ANSWERS, "birth_date": "1990-08-06"}, overrides=kept)
    shown = desk.browser("rina").get(one(sent)).text
    assert "Tanggal lahir di NIK tidak sama" in shown
    assert "KTP salah cetak" in shown
    assert "KK baru belum jadi" in shown


def test_a_document_is_shown_as_it_was_and_kept_by_nobody(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser("rina")
    for brought in usual_papers():
        answer = browser.get(paper(sent, brought.need))
        assert answer.status == 200
        assert answer.body == brought.content
        assert answer.headers["Content-Type"] == brought.media_type
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    held = [
        path.read_bytes() for path in (desk.office.settings.folder).rglob("*") if path.is_file()
    ]
    assert not any(brought.content in kept for brought in usual_papers() for kept in held)


def test_a_document_is_for_officers_only(desk: Desk) -> None:
    sent = desk.kiosk.send()
    stranger = desk.browser()
    assert stranger.get(paper(sent, "ktp")).location == "/console/sign-in"
    officer = desk.browser("rina")
    assert officer.get(f"{one(sent)}/revisions/2/documents/ktp").status == 404
    assert officer.get(paper(sent, "nothing")).status == 404


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "application/pdf", "image/tiff"])
def test_a_file_that_is_not_what_it_says_is_not_handed_out(desk: Desk, media_type: str) -> None:
    sent = desk.kiosk.send(papers=[Paper("ktp", "ktp", media_type, HTML)])
    answer = desk.browser("rina").get(paper(sent, "ktp"))
    assert answer.status >= 400
    assert HTML not in answer.body


def test_a_name_that_is_a_script_is_text(desk: Desk) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x>"
    sent = desk.kiosk.send(
        {**ANSWERS, "full_name": evil, evil: evil},
        overrides=(Override("nik", evil, evil),),
        operator=evil,
    )
    browser = desk.browser("rina")
    pages = [browser.get(path) for path in (LIST, one(sent), f"{one(sent)}/return")]
    pages += [browser.get(f"{one(sent)}/{action}") for action in ("accept", "reject")]
    pages.append(_search(browser, evil))
    for shown in pages:
        assert shown.status == 200
        # The page loads one script of ours, by its address.
        assert "<script" not in shown.text.lower().replace('<script src="/static/papers.js?', "")
        assert "<img src=x" not in shown.text.lower()
        assert "&lt;script&gt;" in shown.text.lower()


def test_every_look_at_a_person_leaves_a_line(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser("dodi")
    browser.get(LIST)
    browser.get(one(sent))
    browser.get(paper(sent, "kk"))
    with desk.office.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.who == "officer:dodi")).all()
    assert [row.what for row in rows] == ["sign_in", "list", "open_submission", "open_document"]
    assert "Dodi Pemeriksa" in browser.get(one(sent)).text


def test_a_returned_application_comes_back_with_its_changes_marked(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser("rina")
    assert _act(browser, sent, "start").location.endswith("?done=started")
    fields = {
        "revision": "1",
        "document": ["ktp"],
        "field": ["phone", "email"],
        "reason.document.ktp": "Foto buram",
        "reason.field.phone": "Nomor tidak aktif",
        "reason.field.email": "Salah ketik",
        "note": "Sebelum Jumat",
    }
    assert _act(browser, sent, "return", fields).location.endswith("?done=returned")
    told = _told(desk, "returned")
    assert isinstance(told.body, Returned)
    assert {(item.kind, item.id) for item in told.body.items} == {
        ("document", "ktp"),
        ("field", "phone"),
        ("field", "email"),
    }
    papers = [
        Paper("ktp", "ktp", "image/jpeg", card("KTP", "BARU")),
        *usual_papers()[1:2],
    ]
    again = desk.kiosk.send({**ANSWERS, "phone": "+6281299999999"}, papers, after=sent)
    shown = browser.get(one(again)).text
    assert "Jawaban: 1, dokumen: 2" in shown
    assert "Sebelumnya: +6281200000001" in shown
    assert "Diminta diperbaiki: Nomor tidak aktif" in shown
    assert shown.count("Belum diubah") == 1
    assert "ada di revisi sebelumnya dan sekarang dihapus" in shown
    assert "Catatan: Sebelum Jumat" in shown
    first = browser.get(f"{one(again)}?revision=1").text
    assert "Anda melihat revisi 1" in first
    assert "/accept" not in first
    assert "Diminta diperbaiki: Nomor tidak aktif" in first
    assert "Belum diubah" not in first


def test_accepting_asks_once_more_and_tells_the_kiosk(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser("rina")
    assert "Terima permohonan ini?" in browser.get(f"{one(sent)}/accept").text
    assert _state(desk, sent) == "received"
    assert _act(browser, sent, "accept", {"revision": "1"}).location.endswith("?done=accepted")
    assert _state(desk, sent) == "accepted"
    assert _told(desk, "state").body == StateChanged("accepted")
    shown = browser.get(f"{one(sent)}?done=accepted").text
    assert f"{one(sent)}/reject" not in shown


def test_rejecting_needs_a_reason_and_keeps_what_was_typed(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser("rina")
    empty = _act(browser, sent, "reject", {"revision": "1", "reason": "  "})
    assert (empty.status, "Tulis alasan penolakan" in empty.text) == (422, True)
    long = _act(browser, sent, "reject", {"revision": "1", "reason": "x" * 301})
    assert (long.status, "x" * 301 in long.text) == (422, True)
    assert _state(desk, sent) == "received"
    _act(browser, sent, "reject", {"revision": "1", "reason": "Paspor lama masih berlaku"})
    assert _state(desk, sent) == "rejected"
    assert _told(desk, "state").body == StateChanged("rejected", "Paspor lama masih berlaku")


def test_a_return_without_ticks_or_reasons_keeps_what_was_typed(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser("rina")
    nothing = _act(browser, sent, "return", {"revision": "1", "note": "catatan saya"})
    assert nothing.status == 422
    assert "Centang sekurangnya satu" in nothing.text
    assert "catatan saya" in nothing.text
    fields = {"revision": "1", "field": ["phone", "kk_number"], "reason.field.phone": "Mati"}
    half = _act(browser, sent, "return", fields)
    assert "Tulis alasan untuk Nomor KK" in half.text
    assert 'value="Mati"' in half.text
    assert half.text.count("checked>") == 2
    forged = _act(
        browser,
        sent,
        "return",
        {"revision": "1", "field": "nothing_here", "reason.field.nothing_here": "x"},
    )
    assert forged.status == 422
    assert _state(desk, sent) == "received"


def test_a_paper_that_was_not_brought_can_be_asked_for(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=usual_papers()[:1])
    browser = desk.browser("rina")
    assert "Tidak dibawa" in browser.get(f"{one(sent)}/return").text
    fields = {"revision": "1", "document": "kk", "reason.document.kk": "Bawa KK"}
    assert _act(browser, sent, "return", fields).status == 303
    assert _state(desk, sent) == "returned"


def test_the_second_of_two_officers_is_told_that_it_has_changed(desk: Desk) -> None:
    sent = desk.kiosk.send()
    rina, dodi = desk.browser("rina"), desk.browser("dodi")
    assert dodi.get(f"{one(sent)}/reject").status == 200
    _act(rina, sent, "start")
    assert "Rina Pemeriksa sedang memeriksa" in dodi.get(one(sent)).text
    assert "sedang memeriksa" not in rina.get(one(sent)).text
    _act(rina, sent, "accept", {"revision": "1"})
    late = _act(dodi, sent, "reject", {"revision": "1", "reason": "Terlambat"})
    assert late.status == 409
    assert "Permohonan ini baru saja berubah" in late.text
    assert _state(desk, sent) == "accepted"
    for action in ("accept", "return"):
        assert dodi.get(f"{one(sent)}/{action}").status == 409
    assert _act(dodi, sent, "start").status == 409


def test_a_decision_on_an_older_revision_is_not_taken(desk: Desk) -> None:
    sent = desk.kiosk.send()
    rina, dodi = desk.browser("rina"), desk.browser("dodi")
    fields = {"revision": "1", "field": "phone", "reason.field.phone": "Mati"}
    _act(rina, sent, "return", fields)
    desk.kiosk.send({**ANSWERS, "phone": "+6281299999999"}, after=sent)
    assert _act(dodi, sent, "accept", {"revision": "1"}).status == 409
    assert _act(dodi, sent, "accept", {"revision": "x"}).status == 400
    assert _state(desk, sent) == "received"


def test_a_life_from_received_to_accepted_is_told_step_by_step(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser("rina")
    _act(browser, sent, "start")
    _act(browser, sent, "return", {"revision": "1", "field": "phone", "reason.field.phone": "x"})
    again = desk.kiosk.send({**ANSWERS, "phone": "+6281299999999"}, after=sent)
    _act(browser, again, "start")
    _act(browser, again, "accept", {"revision": "2"})
    with desk.office.database.read() as session:
        steps = session.execute(
            select(DecisionRow.from_state, DecisionRow.to_state).order_by(DecisionRow.id)
        )
        assert [tuple(step) for step in steps] == [
            ("", "received"),
            ("received", "in_review"),
            ("in_review", "returned"),
            ("returned", "received"),
            ("received", "in_review"),
            ("in_review", "accepted"),
        ]
    shown = browser.get(one(again)).text
    assert shown.count("· oleh Rina Pemeriksa</span>") == 4


def test_a_document_whose_bytes_are_wrong_is_marked_and_not_shown(desk: Desk) -> None:
    sent = desk.kiosk.send()
    lying = msgspec.structs.replace(sent.documents[0], content_digest="00" * 32)
    other = desk.kiosk.send_as_is(msgspec.structs.replace(sent, documents=(lying,)))
    browser = desk.browser("rina")
    answer = browser.get(paper(other, "ktp"))
    assert answer.status >= 400
    assert not answer.body.startswith(b"\xff\xd8")
    assert "tidak sama dengan yang dijanjikan kiosk" in browser.get(one(other)).text


def _search(browser: Browser, text: str, page: str = "") -> Answer:
    return browser.send_form(LIST, LIST, {"text": text, "page": page})


def _found(browser: Browser, text: str) -> int:
    return _search(browser, text).text.count('class="reference')


def _act(
    browser: Browser,
    manifest: Manifest,
    action: str,
    fields: Mapping[str, str | Sequence[str]] | None = None,
) -> Answer:
    return browser.send_form(LIST, f"{one(manifest)}/{action}", {**(fields or {})})


def _state(desk: Desk, manifest: Manifest) -> str:
    with desk.office.database.read() as session:
        return session.get_one(ApplicationRow, manifest.application_id).state


def _told(desk: Desk, kind: str) -> Event:
    with desk.office.database.read() as session:
        row = session.scalars(
            select(EventRow).where(EventRow.kind == kind).order_by(EventRow.number.desc())
        ).first()
        assert row is not None
        return msgspec.json.decode(peek(row.signed), type=Event)
