"""One person, from home to the slip, and every way back to what was begun."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from app.domain.catalogue import Field
from app.services import drafts, lists
from app.services.correcting import open_correction
from app.ui.applicant.document import DocumentScreen
from app.ui.applicant.form import FormScreen
from app.ui.applicant.slip_buttons import SlipButtons
from tests.ui.making import (
    ANSWERS,
    NEEDS,
    PIN,
    House,
    any_paper,
    finalized,
    receive,
    return_,
    settle,
    started,
    status_now,
    with_documents,
)
from tests.ui.person import Person


def begin(person: Person) -> str:
    """Choose an adult's first passport, set the PIN, and return the resume code."""
    person.press("apply")
    while person.place == "choosing":
        for name in ("choice_passport_new_adult", "choice_new_for_whom"):
            if person.has(name):
                person.press(name)
                break
        else:
            raise AssertionError(f"no way on from {person.texts()}")
    for field in _shown_fields(person):
        person.answer(field, ANSWERS[field.id])
    person.press("primary")
    assert person.place == "bringing"
    person.press("primary")
    person.type("pin", PIN)
    person.type("pin_again", PIN)
    person.press("primary")
    assert person.place == "code"
    code = person.screen.findChildren(QLabel, "resume_code")[0].text()
    person.press("primary")
    return code


def _shown_fields(person: Person) -> list[Field]:
    from app.ui.applicant.deciding import DecidingScreen, deciding_fields

    screen = person.screen
    assert isinstance(screen, DecidingScreen)
    _, today, service = screen.choosing.case()
    return list(deciding_fields(service, ANSWERS, today))


def fill(person: Person) -> None:
    """Answer every page of the form, keeping the warnings of specimen numbers."""
    while person.place == "form":
        screen = person.screen
        assert isinstance(screen, FormScreen)
        while asked := _unanswered(screen):
            person.answer(asked[0], ANSWERS[asked[0].id])
            person.leave()
        page = screen.page
        person.press("primary")
        for name in ("nik", "kk_number"):
            if person.screen is screen and person.has(f"keep_{name}"):
                person.type(f"reason_{name}", "Orang contoh")
                person.press(f"keep_{name}")
        if person.screen is screen:
            person.press("primary")
        assert person.screen is not screen, (
            f"stuck at {page}: {screen.journey.answers} {person.texts()}"
        )


def _unanswered(screen: FormScreen) -> list[Field]:
    """Return what is asked now and not answered; an answer may bring up another question."""
    known = screen.journey.answers
    return [one for one in screen.fields() if ANSWERS.get(one.id) and not known.get(one.id)]


def add_documents(person: Person, folder: Path) -> None:
    """Give every paper of the invented person; skip what is not needed."""
    folder.mkdir(exist_ok=True)
    while person.place == "document":
        screen = person.screen
        assert isinstance(screen, DocumentScreen)
        need = screen.page.partition(":")[2]
        kind, count = NEEDS.get(need, ("", 0))
        paths = [folder / f"{need}-{number}.jpg" for number in range(count)]
        for number, path in enumerate(paths, start=1):
            path.write_bytes(any_paper(kind, number))
        if paths:
            screen.add_files(paths)
            settle(person.window)
        person.press("primary" if paths else "later")


def test_a_person_goes_from_home_to_the_slip(house: House, person: Person, tmp_path: Path) -> None:
    begin(person)
    fill(person)
    add_documents(person, tmp_path / "papers")
    assert person.place == "check"
    assert person.sees("SITI CONTOH")
    person.press("primary")
    assert person.place == "consent"
    person.press("primary")
    assert person.place == "consent", "sent without consent"
    person.press("truth")
    person.press("agree")
    person.press("primary")
    assert person.place == "done"
    (line,) = lists.list_applications(house.kiosk)
    assert line.reference
    assert person.sees(line.reference)
    assert line.state == "finalized"
    assert house.road.woken == 1
    slip = tmp_path / "slip.pdf"
    person.screen.findChildren(SlipButtons)[0].save_to(slip)
    settle(person.window)
    assert slip.read_bytes().startswith(b"%PDF")
    assert b"SITI" not in slip.read_bytes()


def test_a_draft_reopens_on_its_page_with_its_answers_by_code_and_pin(house: House) -> None:
    first = Person(house.window())
    code = begin(first)
    first.answer(_field(first, "full_name"), "Siti Contoh")
    first.answer(_field(first, "has_alias"), "no")
    first.press("primary")
    page = _page(first)
    assert page == "group:numbers"
    first.window.close()  # as a closed lid would

    second = Person(house.window())
    second.press("resume")
    second.type("resume_code", code.lower())
    second.type("pin", PIN)
    second.press("primary")
    assert second.place == "form"
    assert _page(second) == page
    second.press("back")
    assert second.line("full_name").text() == "Siti Contoh"


def _page(person: Person) -> str:
    screen = person.screen
    assert isinstance(screen, FormScreen)
    return screen.page


def _field(person: Person, name: str) -> Field:
    screen = person.screen
    assert isinstance(screen, FormScreen)
    return next(one for one in screen.fields() if one.id == name)


def test_whoever_stops_gets_the_code_and_the_list_of_what_is_missing(
    house: House, tmp_path: Path
) -> None:
    person = Person(house.window())
    code = begin(person)
    person.type("full_name", "SITI CONTOH")
    person.press("pause")
    assert person.place == "pausing"
    assert person.sees(code)
    slip = tmp_path / "missing.pdf"
    person.screen.findChildren(SlipButtons)[0].save_to(slip)
    settle(person.window)
    assert slip.read_bytes().startswith(b"%PDF")
    person.press("back")
    assert person.line("full_name").text() == "SITI CONTOH"


def test_a_wrong_code_and_a_wrong_pin_get_the_same_answer(house: House, person: Person) -> None:
    draft = started(house.kiosk, {})
    said = []
    for code, pin in (("ZZZZZZ", PIN), (draft.resume_code, "000000")):
        person.press("resume")
        person.type("resume_code", code)
        person.type("pin", pin)
        person.button("primary").setFocus()
        person.press("primary")
        assert person.place == "resume"
        assert person.focused() is person.line("resume_code")
        said.append([one for one in person.texts() if one not in (code,)])
        person.press("back")
    assert said[0] == said[1]


def test_a_returned_application_opens_at_what_the_office_named(
    house: House, person: Person
) -> None:
    done = finalized(house.kiosk)
    receive(house.kiosk, done)
    why = "Nama ibu di KK berbeda."
    return_(
        house.kiosk,
        done.application_id,
        ("field", "mother_name", why),
        ("document", "ktp", "Foto KTP buram."),
    )
    code = drafts.load_draft(house.kiosk, done.application_id).resume_code
    person.press("resume")
    person.type("resume_code", code)
    person.type("pin", PIN)
    person.press("primary")
    assert person.place == "correction"
    assert person.sees(why)
    person.press("primary")
    assert person.place == "form"
    assert person.sees(why)
    person.type("mother_name", "AMINAH HASAN")
    person.press("primary")
    assert person.place == "document", "only what was named is asked again"
    assert person.sees("Foto KTP buram.")
    person.press("primary")
    assert person.place == "check"
    draft = open_correction(house.kiosk, done.application_id)
    assert draft.revision == 2
    assert draft.answers["mother_name"] == "AMINAH HASAN"
    person.press("primary")
    for name in ("truth", "agree", "primary"):
        person.press(name)
    assert person.place == "done"
    assert drafts.load_draft(house.kiosk, done.application_id).state == "finalized"


def test_the_confirmation_tells_three_truths_and_no_other(house: House, person: Person) -> None:
    from functools import partial

    from app.domain.news import ApplicationChanged
    from app.ui.applicant.done import DoneScreen

    done = finalized(house.kiosk)
    person.window.restart(partial(DoneScreen, application_id=done.application_id))
    settle(person.window)
    assert person.sees("Tersimpan di kiosk")
    house.road.tell(
        status_now(
            is_busy=True,
            sending_references=(done.reference,),
            sent_bytes=212_000,
            pack_bytes=480_000,
            remaining_s=240.0,
        )
    )
    settle(person.window)
    assert person.sees("Sedang dikirim: 212 dari 480 KB, kira-kira 4 menit")
    assert not person.sees("Diterima")
    receive(house.kiosk, done)
    house.kiosk.announcer.announce(ApplicationChanged(done.application_id, "received"))
    settle(person.window)
    proof = lists.details(house.kiosk, done.application_id).submissions[0].proof
    assert person.sees(f"Diterima kantor, bukti {proof}")


def test_changing_one_answer_returns_to_the_check_page(house: House, person: Person) -> None:
    from app.ui.applicant import route
    from app.ui.applicant.journey import CHECK, journey_of

    draft = with_documents(house.kiosk, started(house.kiosk))
    route.show(person.window, journey_of(house.kiosk, draft), CHECK)
    settle(person.window)
    person.press("change_father_name")
    assert person.place == "form"
    person.type("father_name", "HASAN BASRI")
    person.press("primary")
    assert person.place == "check"
    assert person.sees("HASAN BASRI")


def test_a_reason_typed_on_the_check_page_outlives_another_and_counts_at_going_on(
    house: House, person: Person
) -> None:
    from app.ui.applicant import route
    from app.ui.applicant.journey import CHECK, journey_of

    route.show(person.window, journey_of(house.kiosk, started(house.kiosk)), CHECK)
    settle(person.window)
    person.type("reason_kk_number", "KK contoh")
    person.type("reason_nik", "NIK contoh")
    person.press("keep_nik")
    assert not person.has("keep_nik")
    assert person.focused() is person.button("change_nik"), "not thrown back to the top"
    assert person.line("reason_kk_number").text() == "KK contoh"
    person.press("primary")
    assert person.place == "check"
    assert person.sees("KK contoh")
    assert not person.has("keep_kk_number")


def test_what_is_not_ticked_is_said_beside_the_tick(house: House, person: Person) -> None:
    from app.ui.applicant import route
    from app.ui.applicant.journey import CONSENT, journey_of

    draft = with_documents(house.kiosk, started(house.kiosk))
    route.show(person.window, journey_of(house.kiosk, draft), CONSENT)
    settle(person.window)
    person.press("agree")
    person.press("primary")
    assert person.sees("Centang dulu pernyataan ini.")
    assert person.focused() is person.button("truth")
    person.press("truth")
    assert not person.sees("Centang dulu pernyataan ini.")


@pytest.mark.parametrize("birth_date", ["1990-08-05", "1991-08-05"])
def test_the_status_is_shown_for_the_right_birth_date_only(
    house: House, person: Person, birth_date: str
) -> None:
    done = finalized(house.kiosk)
    person.press("status")
    person.type("reference", done.reference)
    year, month, day = birth_date.split("-")
    for part, digits in (("day", day), ("month", month), ("year", year)):
        person.type(f"birth_date.{part}", digits)
    person.press("primary")
    if birth_date == ANSWERS["birth_date"]:
        assert person.place == "timeline"
    else:
        assert person.place == "status"
        assert person.sees("Tidak ada permohonan dengan nomor dan tanggal lahir ini")
