"""The settings of a kiosk: enrolment against a real office, look, paper, accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.domain.sharing import Sharing
from app.errors import UserError
from app.office.context import OfficeSettings
from app.office.enrolling import new_enrolment_code
from app.office.opening import open_office
from app.services.enrolment import read_enrolment
from app.services.operators import add_operator, sign_in
from app.services.settings import read_setting
from app.sync.enrolling import enrol as enrol_with
from app.ui.choices import keep_look
from app.ui.theme.tokens import Appearance
from tests.builders import close_kiosk, make_kiosk, small_catalogue
from tests.fakes import FakeClock, FakeDice
from tests.office.house import Served, serve
from tests.sync.island import RoadClock
from tests.ui.making import StillRoad
from tests.ui.operating import AYU, Stand


@pytest.fixture
def stand(qtbot: QtBot, tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(qtbot, make_kiosk(tmp_path / "kiosk", clock=RoadClock()), StillRoad())
    yield stand
    stand.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    settings = OfficeSettings(tmp_path / "office", least_free_bytes=0, office_name="Kantor Contoh")
    office = open_office(settings, FakeClock(), FakeDice(), small_catalogue)
    with serve(office) as running:
        yield running
    office.database.close()


def _to_form(stand: Stand) -> None:
    stand.open("settings")
    stand.press("settings_device")
    assert stand.screen == "operator_device"


def _fill(stand: Stand, url: str, code: str) -> None:
    stand.type("office_address", url)
    for number in range(1, 6):
        stand.find(QLineEdit, f"enrolment_code_{number}").clear()
    stand.find(QLineEdit, "enrolment_code_1").setFocus()
    QTest.keyClicks(stand.focused, code.replace("-", "")[:4])
    for number in range(1, 5):
        QTest.keyClicks(stand.focused, code.replace("-", "")[number * 4 : number * 4 + 4])
    stand.type("device_name", "Kantor Desa Letung")


def test_a_right_code_typed_group_by_group_enrols_the_kiosk(stand: Stand, served: Served) -> None:
    code = new_enrolment_code(served.office, "Kiosk Letung", "LET")
    _to_form(stand)
    _fill(stand, served.url, code.lower())
    stand.press("primary")
    assert stand.sees("Kiosk sudah terdaftar")
    for words in ("Kantor Contoh", "LET"):
        assert stand.sees(words)
    enrolment = read_enrolment(stand.kiosk)
    assert enrolment is not None
    assert enrolment.device_code == "LET"


def test_a_whole_code_may_be_pasted_into_any_group(stand: Stand, served: Served) -> None:
    code = new_enrolment_code(served.office, "Kiosk Letung", "LET")
    _to_form(stand)
    stand.type("office_address", served.url)
    QGuiApplication.clipboard().setText(code)
    stand.find(QLineEdit, "enrolment_code_3").setFocus()
    QTest.keyClick(stand.focused, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    shown = [stand.find(QLineEdit, f"enrolment_code_{n}").text() for n in range(1, 6)]
    assert "-".join(shown) == code
    stand.type("device_name", "Kantor Desa Letung")
    stand.press("primary")
    assert read_enrolment(stand.kiosk) is not None


def test_a_wrong_code_is_said_at_its_box_and_may_be_typed_again(
    stand: Stand, served: Served
) -> None:
    code = new_enrolment_code(served.office, "Kiosk Letung", "LET")
    _to_form(stand)
    _fill(stand, served.url, "7K3F9QWZ2MHTX4DPA6BC")
    stand.press("primary")
    assert stand.screen == "operator_device"
    assert stand.find(QLabel, "enrolment_code_problem").text()
    assert stand.find(QLineEdit, "enrolment_code_1").hasFocus()
    assert stand.find(QLineEdit, "office_address").isEnabled()
    assert read_enrolment(stand.kiosk) is None
    _fill(stand, served.url, code)
    stand.press("primary")
    assert read_enrolment(stand.kiosk) is not None


def test_a_code_that_another_kiosk_used_is_told_apart(
    stand: Stand, served: Served, tmp_path: Path
) -> None:
    code = new_enrolment_code(served.office, "Kiosk Letung", "LET")
    other = make_kiosk(tmp_path / "other", clock=RoadClock())
    enrol_with(other.store, other.clock, served.url, code, "Kiosk lain")
    close_kiosk(other)
    _to_form(stand)
    _fill(stand, served.url, code)
    stand.press("primary")
    assert "sudah dipakai" in stand.find(QLabel, "enrolment_code_problem").text()
    assert read_enrolment(stand.kiosk) is None


def test_an_office_that_is_away_leaves_everything_as_typed(stand: Stand) -> None:
    _to_form(stand)
    _fill(stand, "http://127.0.0.1:9", "7K3F9QWZ2MHTX4DPA6BC")
    stand.press("primary")
    assert stand.sees("Kantor tidak terjangkau")
    assert stand.find(QLineEdit, "enrolment_code_5").text() == "A6BC"
    assert stand.find(QLineEdit, "office_address").hasFocus()


def test_what_is_missing_is_named_and_nobody_is_asked(stand: Stand) -> None:
    _to_form(stand)
    stand.type("office_address", "https://loket.contoh.example")
    stand.type("enrolment_code_1", "7K3F")
    stand.press("primary")
    assert stand.sees("masih kurang 16")
    assert stand.find(QLineEdit, "enrolment_code_2").hasFocus()


def test_the_other_language_keeps_what_was_typed(stand: Stand) -> None:
    _to_form(stand)
    _fill(stand, "https://loket.contoh.example", "7K3F9QWZ2MHTX4DPA6BC")
    # Two changes at once: the second comes before the first page was filled.
    stand.find(QAbstractButton, "language").click()
    stand.press("larger")
    assert stand.sees("Office address")
    assert stand.find(QLineEdit, "enrolment_code_3").text() == "2MHT"
    assert stand.find(QLineEdit, "device_name").text() == "Kantor Desa Letung"


def test_the_look_chosen_meets_the_next_person_and_stays_in_the_store(stand: Stand) -> None:
    stand.open("settings")
    stand.press("settings_look")
    for card in ("language_en", "text_150", "theme_contrast"):
        stand.find(QAbstractButton, card).click()
    stand.press("primary")
    assert stand.sees("Tersimpan")
    assert read_setting(stand.kiosk, "text_scale", 100) == 150
    stand.press("lock")
    assert stand.window.words.language == "en"
    assert stand.window.appearance.text_scale == 150
    assert stand.window.appearance.theme == "contrast"


def test_the_paper_is_kept_where_no_printer_is_installed(stand: Stand) -> None:
    stand.open("settings")
    stand.press("settings_paper")
    stand.find(QAbstractButton, "paper_roll80").click()
    stand.press("primary")
    assert read_setting(stand.kiosk, "paper", "a5") == "roll80"


def test_what_was_agreed_of_the_network_is_kept(stand: Stand) -> None:
    stand.open("settings")
    stand.press("settings_sharing")
    stand.find(QAbstractButton, "speed_8000").click()
    stand.find(QAbstractButton, "hours_08:00-16:00").click()
    stand.press("primary")
    assert read_setting(stand.kiosk, "most_bytes_per_s", 0) == 8000
    assert read_setting(stand.kiosk, "quiet_hours", "") == "08:00-16:00"
    assert read_setting(stand.kiosk, "most_document_bytes_per_day", -1) == 0


def test_what_the_settings_file_says_of_the_network_is_shown_until_somebody_chooses(
    qtbot: QtBot, tmp_path: Path
) -> None:
    usual = Sharing(most_bytes_per_s=9_000, quiet_hours="06:00-22:00")
    stand = Stand(qtbot, make_kiosk(tmp_path / "kiosk"), StillRoad(), sharing=usual)
    stand.open("settings")
    stand.press("settings_sharing")
    assert stand.find(QAbstractButton, "speed_9000").isChecked()
    assert stand.find(QAbstractButton, "hours_06:00-22:00").isChecked()
    stand.find(QAbstractButton, "speed_0").click()
    stand.press("primary")
    stand.open("settings")
    stand.press("settings_sharing")
    assert stand.find(QAbstractButton, "speed_0").isChecked()
    stand.close()


def test_a_second_operator_is_added_and_a_taken_name_refused(stand: Stand) -> None:
    add_operator(stand.kiosk, *AYU)
    stand.open("settings")
    stand.press("settings_accounts")
    for name in ("budi", "ayu"):
        stand.press("add_operator")
        for box, typed in (
            ("shown_name", "Budi Contoh"),
            ("account_name", name),
            ("password", "kapal merah 9"),
            ("again", "kapal merah 9"),
        ):
            stand.type(box, typed)
        stand.press("primary")
    assert stand.screen == "operator_add_operator"
    assert stand.find(QWidget, "close_banner").isVisible()
    assert sign_in(stand.kiosk, "budi", "kapal merah 9").shown_name == "Budi Contoh"


def test_one_s_own_password_changes_only_with_the_old_one(stand: Stand) -> None:
    add_operator(stand.kiosk, *AYU)
    stand.open("settings")
    stand.press("settings_accounts")
    stand.press("change_password")
    for old in ("salah sekali", AYU[2]):
        stand.type("old_password", old)
        stand.type("new_password", "kapal merah 9")
        stand.type("again", "kapal merah 9")
        stand.press("primary")
    assert stand.screen == "operator_accounts"
    assert sign_in(stand.kiosk, "ayu", "kapal merah 9").name == "ayu"
    with pytest.raises(UserError, match="sign_in_refused"):
        sign_in(stand.kiosk, "ayu", AYU[2])


def test_about_names_program_services_and_office(stand: Stand) -> None:
    stand.open("settings")
    stand.press("settings_about")
    for words in ("Loket Pulau", "2026.1.1", "Belum terdaftar"):
        assert stand.sees(words)


def test_about_tells_in_words_what_the_doctor_found_the_worst_first(stand: Stand) -> None:
    stand.open("settings")
    stand.press("settings_about")
    findings = stand.find(QWidget, "findings")
    said = [label.text() for label in findings.findChildren(QLabel) if label.text()]
    weak = next(at for at, words in enumerate(said) if "berkas yang hanya dapat dibaca" in words)
    well = next(at for at, words in enumerate(said) if "Katalog layanan versi" in words)
    assert weak < well
    assert not stand.sees("Tidak ada masalah")


def _language(stand: Stand) -> str:
    return stand.window.words.language


def test_a_kiosk_starts_as_its_operator_chose(qtbot: QtBot, tmp_path: Path) -> None:
    kiosk = make_kiosk(tmp_path / "kiosk")
    keep_look(kiosk, "en", Appearance("contrast", 150))
    stand = Stand(qtbot, kiosk, StillRoad())
    try:
        assert stand.window.appearance == Appearance("contrast", 150)
        assert _language(stand) == "en"
        stand.press("language")
        assert _language(stand) == "id"
        stand.window.lock()
        assert _language(stand) == "en"
    finally:
        stand.close()
