"""The later life of an application as its applicant sees it: paying, interview, messages, end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from app.domain.requests import CollectingChosen, NoticesWanted, RequestBody, SlotsWished
from app.services.finalizing import Finalized
from app.services.following import following
from app.services.operators import OperatorView
from app.ui.applicant.life.follow import FollowScreen
from app.ui.applicant.life.life_screen import Followed
from app.ui.applicant.life.paying import PayingScreen
from app.ui.applicant.slip_buttons import SlipButtons
from app.ui.operator.application import ApplicationScreen
from app.ui.operator.session import Session
from tests.living import NTPN, Life
from tests.ui.making import ANSWERS, PIN, House, finalized, look, settle, status_now
from tests.ui.person import Person


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finalized]:
    """A kiosk with one application; made once, because its papers take long."""
    folder = tmp_path_factory.mktemp("sent") / "kiosk"
    house = House(folder)
    done = finalized(house.kiosk)
    Life(house.kiosk, done).receive()
    house.close()
    return folder, done


@pytest.fixture
def house(tmp_path: Path, qtbot: QtBot, sent: tuple[Path, Finalized]) -> Iterator[House]:
    shutil.copytree(sent[0], tmp_path / "kiosk")
    made = House(tmp_path / "kiosk", is_enrolled=False)
    made.clock.pass_time(60)
    made.road.now = status_now(link="working")
    yield made
    made.close()


@pytest.fixture
def life(house: House, sent: tuple[Path, Finalized]) -> Life:
    made = Life(house.kiosk, sent[1])
    made.state("in_review", "accepted")
    return made


def opened(person: Person, life: Life, *presses: str, is_proved: bool = True) -> Person:
    """Stand before the application's page, and press what leads on."""
    person.window.go(partial(FollowScreen, followed=Followed(life.id, is_proved)))
    settle(person.window)
    for name in presses:
        person.press(name)
    return person


def asked(life: Life) -> RequestBody:
    return following(life.kiosk, life.id).asked[-1].body


def paid(life: Life) -> None:
    life.bill()
    life.paid()
    life.publish()


def label(person: Person, name: str) -> str:
    return " ".join(one.text() for one in person.screen.findChildren(QLabel, name))


def test_the_status_tells_the_next_step_and_nothing_is_done_without_the_pin(
    person: Person, life: Life
) -> None:
    person.press("status")
    person.type("reference", life.reference)
    for part, digits in zip(
        ("year", "month", "day"), ANSWERS["birth_date"].split("-"), strict=True
    ):
        person.type(f"birth_date.{part}", digits)
    person.press("primary")
    assert person.heading() == "Berkas disetujui"
    assert person.sees("Bayar saat Anda siap")
    person.press("act_messages")
    assert person.place == "proof"
    person.type("pin", "314159")
    person.press("primary")
    assert person.place == "proof"
    assert person.sees("PIN tidak cocok")
    person.type("pin", PIN)
    person.press("primary")
    assert person.place == "messages"
    person.press("back")
    person.press("act_pay")
    assert person.place == "paying"


def test_a_code_is_asked_for_at_once_counted_down_and_never_shown_when_it_is_over(
    person: Person, house: House, life: Life
) -> None:
    opened(person, life, "act_pay")
    assert person.primary() == "Saya siap membayar"
    person.button("primary").setFocus()
    person.press("primary")
    assert house.road.woken == 1
    assert person.sees("Kode billing sudah diminta")
    life.answer()
    life.bill(minutes=180)
    settle(person.window)
    assert label(person, "billing_code") == "82026 11224 65628"
    assert person.focused() is person.screen, "what was pressed is gone, and Back is not meant"
    assert label(person, "left") == "Sisa waktu 1 jam 58 menit"
    assert person.sees("Minimarket")
    house.clock.pass_time(3_600 + 55 * 60)
    screen = person.screen
    assert isinstance(screen, PayingScreen)
    screen.tick()
    assert label(person, "left") == "Sisa waktu 3 menit 20 detik"
    house.clock.pass_time(100)
    screen.tick()
    settle(person.window)
    assert not person.has("print")
    assert person.sees("Jangan mulai membayar")
    house.clock.pass_time(120)
    screen.tick()
    settle(person.window)
    assert person.primary() == "Minta kode baru"
    assert not person.sees("82026")


def test_why_the_office_issued_no_code_is_told(person: Person, house: House, life: Life) -> None:
    opened(person, life, "act_pay", "primary")
    assert person.sees("Biasanya kurang dari satu menit")
    house.road.tell(status_now(link="away"))
    settle(person.window)
    assert person.sees("Sekarang tidak ada jaringan ke kantor")
    life.answer("billing_off")
    settle(person.window)
    assert person.sees("Tanyakan cara membayar di loket kantor")
    assert person.primary() == "Saya siap membayar"


def test_the_proof_of_payment_goes_home_without_a_name(
    person: Person, life: Life, tmp_path: Path
) -> None:
    life.bill()
    life.paid()
    opened(person, life, "act_proof")
    assert label(person, "ntpn").replace(" ", "") == NTPN
    slip = tmp_path / "slip.pdf"
    person.screen.findChildren(SlipButtons)[0].save_to(slip)
    settle(person.window)
    with pdfium.PdfDocument(slip) as document:
        text = document[0].get_textpage().get_text_range()
    assert NTPN in text
    assert ANSWERS["full_name"] not in text


def test_three_wishes_in_order_leave_and_a_fourth_cannot_be_chosen(
    person: Person, house: House, life: Life
) -> None:
    paid(life)
    opened(person, life, "primary", "primary")
    assert person.place == "wishing"
    free = [one.slot for one in life.free()]
    person.press(f"slot_{free[2].id}")
    person.window.resize(1280, 460)
    person.press(f"day_{free[5].starts_at.date().isoformat()}")
    hour = person.button(f"slot_{free[5].id}")
    assert hour.visibleRegion().boundingRect().height() == hour.height()
    for slot in (free[5], free[4]):
        person.press(f"slot_{slot.id}")
    assert not person.button(f"slot_{free[7].id}").isEnabled()
    person.press("remove_2")
    person.press(f"slot_{free[6].id}")
    person.press("group_pregnant")
    person.press("primary")
    assert asked(life) == SlotsWished((free[2].id, free[4].id, free[6].id), ("pregnant",))
    assert house.road.woken == 1
    assert person.sees("Pilihan Anda sudah dikirim")
    life.answer()
    life.give(free[4])
    settle(person.window)
    assert label(person, "slot_day").startswith("Kamis, 26 November 2026")
    assert person.sees("Kartu Keluarga (KK)")


def test_a_slot_that_the_office_took_back_is_not_shown_as_good(person: Person, life: Life) -> None:
    paid(life)
    life.give()
    opened(person, life, "act_interview")
    assert person.has("move")
    life.state("scheduled", reason="Kapal tidak berangkat.")
    life.offer(is_released=True)
    settle(person.window)
    assert not label(person, "slot_day")
    assert person.sees("Jangan datang pada jadwal lama")
    assert person.sees("Kapal tidak berangkat.")
    assert person.primary() == "Pilih waktu"


def test_what_is_chosen_and_typed_stays_through_language_size_and_news(
    person: Person, life: Life
) -> None:
    paid(life)
    opened(person, life, "act_collect", "how:post")
    person.type("name", "BUDI CONTOH")
    person.window.change_language("en")
    person.window.change_look(look(scale=200))
    settle(person.window)
    life.writes("Ada kabar.")
    settle(person.window)
    assert person.line("name").text() == "BUDI CONTOH"
    person.press("primary")
    assert person.sees("Full address")
    address = person.screen.findChildren(QPlainTextEdit, "address")[0]
    address.setPlainText("Jalan Contoh 1, Letung")
    person.type("phone", "081200000000")
    person.press("primary")
    assert asked(life) == CollectingChosen(
        "post", "BUDI CONTOH", address="Jalan Contoh 1, Letung", phone="081200000000"
    )


def test_messages_go_both_ways_and_what_waits_is_said(person: Person, life: Life) -> None:
    life.writes("Bawa akta yang asli.")
    opened(person, life)
    assert person.button("act_messages").accessibleDescription() == "1 pesan belum dibaca"
    person.press("act_messages")
    assert person.sees("Bawa akta yang asli.")
    person.press("primary")
    assert person.sees("Tulis pesannya dahulu.")
    person.screen.findChildren(QPlainTextEdit, "message")[0].setPlainText("Baik, terima kasih.")
    person.press("primary")
    assert person.sees("Baik, terima kasih.")
    assert person.sees("Menunggu dikirim")
    assert not person.screen.findChildren(QPlainTextEdit, "message")[0].toPlainText()
    person.press("back")
    assert "dibaca" not in person.button("act_messages").accessibleDescription()


def test_nobody_is_told_news_without_a_tick_and_an_address(person: Person, life: Life) -> None:
    opened(person, life, "act_notices")
    person.type("email", "siti@contoh")
    person.press("primary")
    assert person.sees("Contoh yang benar: siti@contoh.id")
    assert person.sees("Centang dulu persetujuannya.")
    person.type("email", "siti@contoh.example")
    person.press("agree")
    person.press("primary")
    assert asked(life) == NoticesWanted("siti@contoh.example", "", "id")


def test_taking_it_back_needs_a_tick_after_the_warning(person: Person, life: Life) -> None:
    opened(person, life, "act_withdraw")
    assert person.sees("Biaya yang sudah dibayar tidak dikembalikan")
    person.press("primary")
    assert not following(life.kiosk, life.id).asked
    person.press("agree")
    person.press("primary")
    assert person.heading() == "Penarikan sudah diminta"
    life.answer()
    life.state("withdrawn")
    settle(person.window)
    assert person.heading() == "Permohonan ini sudah ditarik"


def test_the_operator_opens_it_only_after_asking_whether_the_applicant_is_here(
    person: Person, life: Life
) -> None:
    session = Session(OperatorView("ayu", "Ayu Lestari"))
    person.window.go(partial(ApplicationScreen, session=session, application_id=life.id))
    settle(person.window)
    person.press("follow")
    assert person.place == "operator_application"
    person.press("do_follow")
    assert person.place == "timeline"
    person.press("act_messages")
    assert person.place == "messages"
    person.press("back")
    person.press("back")
    assert person.place == "home"


def test_a_deadline_that_is_over_says_so(person: Person, life: Life) -> None:
    paid(life)
    life.state("ready")
    life.clock.pass_time(timedelta(days=32).total_seconds())
    opened(person, life)
    assert person.sees("sudah lewat")


def test_other_applications_are_listed_once_an_officer_met_the_person(
    person: Person, house: House, life: Life
) -> None:
    other = Life(house.kiosk, finalized(house.kiosk))
    other.receive()
    opened(person, life, "act_earlier")
    assert person.sees("Daftarnya belum dapat ditampilkan")
    assert not person.has(f"earlier_{other.reference}")
    person.type("reference", other.reference)
    person.window.change_language("en")
    settle(person.window)
    assert person.line("reference").text() == other.reference
    person.type("pin", "314159")
    person.press("primary")
    assert person.sees("Number or PIN does not fit")
    person.type("pin", PIN)
    person.press("primary")
    assert person.sees(other.reference)
    person.press("act_messages")
    assert person.place == "messages"

    paid(life)
    life.give()
    life.state("attended")
    opened(person, life, "act_earlier", f"earlier_{other.reference}")
    assert person.place == "timeline"
    person.press("act_messages")
    assert person.place == "proof"
