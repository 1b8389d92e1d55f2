"""The operator's screens for the gallery, with invented people."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import cast

from PySide6.QtWidgets import QAbstractButton, QLineEdit

from app.errors import RemoteError, UserError
from app.services.finalizing import Finalized
from app.services.operators import OperatorView, add_operator
from app.storage import sending as stored_sending
from app.ui.operator.about import AboutScreen
from app.ui.operator.accounts import AccountsScreen, AddOperatorScreen, ChangePasswordScreen
from app.ui.operator.application import ApplicationScreen
from app.ui.operator.desk_screen import Tab, tab_maker
from app.ui.operator.device import DeviceScreen
from app.ui.operator.entry import FirstAccountScreen, SignInScreen
from app.ui.operator.look import LookScreen
from app.ui.operator.paper import PaperScreen
from app.ui.operator.session import Session
from app.ui.operator.sharing import SharingScreen
from app.ui.window import Window
from tests.ui.making import (
    ANSWERS,
    House,
    finalized,
    receive,
    return_,
    settle,
    started,
    status_now,
)
from tests.ui.shots import Shot

NAMES = (
    "SITI CONTOH",
    "BUDI CONTOH SAPUTRA",
    "MARIA MAGDALENA CONTOH WULANDARI KUSUMANINGTYAS",
    "ANDI CONTOH",
)


def _session() -> Session:
    return Session(OperatorView("ayu", "Ayu Lestari"))


def people(house: House) -> dict[str, Finalized]:
    """Put one application in each state into the store; return those that were finalized."""
    made: dict[str, Finalized] = {}
    for state in ("received", "returned", "set_aside", "waiting"):
        made[state] = finalized(house.kiosk)
        house.clock.pass_time(3_700)
    for name in ("received", "returned"):
        receive(house.kiosk, made[name])
    return_(
        house.kiosk,
        made["returned"].application_id,
        ("field", "birth_place", "Tidak sama dengan akta lahir."),
        ("document", "ktp", "Foto terpotong, NIK tidak terbaca."),
        note="Mohon diperbaiki sebelum hari Jumat.",
    )
    with house.kiosk.store.write() as session:
        now = house.clock.now()
        stored_sending.set_aside(session, made["set_aside"].submission_id, "pack_torn", now)
    for name in NAMES[1:]:
        started(house.kiosk, {"full_name": name, "nik": ANSWERS["nik"]})
        house.clock.pass_time(86_000)
    started(house.kiosk, {})
    return made


def _tab(house: House, window: Window, tab: Tab, *, is_empty: bool = False) -> None:
    if not is_empty:
        people(house)
        house.road.now = status_now(
            link="away",
            waiting_count=2,
            waiting_bytes=480_000,
            set_aside_count=1,
            speed_bytes_per_s=1_900.0,
            remaining_s=252.0,
            last_contact_at=house.clock.now() - timedelta(hours=3),
            next_attempt_at=house.clock.now() + timedelta(minutes=4),
            last_error="office_away",
        )
    window.restart(tab_maker(_session(), tab))


def _busy(house: House, window: Window) -> None:
    house.road.now = status_now(
        link="working",
        waiting_count=3,
        waiting_bytes=480_000,
        sent_bytes=212_000,
        pack_bytes=480_000,
        speed_bytes_per_s=1_150.0,
        remaining_s=233.0,
        last_contact_at=house.clock.now(),
        is_busy=True,
    )
    window.restart(tab_maker(_session(), "sending"))


def _not_enrolled(house: House, window: Window, tab: Tab) -> None:
    house.road.now = status_now(is_enrolled=False)
    window.restart(tab_maker(_session(), tab))


def _search(house: House, window: Window, typed: str) -> None:
    people(house)
    session = _session()
    session.list_place.text = typed
    window.restart(tab_maker(session, "list"))


def _application(house: House, window: Window, state: str) -> None:
    done = people(house)[state]
    window.go(partial(ApplicationScreen, session=_session(), application_id=done.application_id))


def _draft(house: House, window: Window) -> None:
    draft = started(house.kiosk, {"full_name": NAMES[0]})
    window.go(partial(ApplicationScreen, session=_session(), application_id=draft.application_id))


def _sign_in(_house: House, window: Window) -> None:
    window.go(SignInScreen)


def _refused(house: House, window: Window) -> None:
    add_operator(house.kiosk, "ayu", "Ayu Lestari", "perahu biru 7")
    window.go(SignInScreen)
    _type(window, "account_name", "ayu")
    _type(window, "password", "salah sekali")
    _press(window, "primary")
    settle(window)


def _first(_house: House, window: Window, *, is_wrong: bool = False) -> None:
    window.go(FirstAccountScreen)
    if is_wrong:
        _press(window, "primary")


def _settings(_house: House, window: Window) -> None:
    window.restart(tab_maker(_session(), "settings"))


def _page(_house: House, window: Window, page: type) -> None:
    window.go(partial(page, session=_session()))


def _device(house: House, window: Window, *, error: str = "") -> None:
    with house.kiosk.store.write() as session:
        session.connection().exec_driver_sql("DELETE FROM enrolment")
    window.go(partial(DeviceScreen, session=_session()))
    settle(window)
    _type(window, "office_address", "https://loket.contoh.example")
    for number, letters in enumerate(("7K3F", "9QWZ", "2MHT", "X4"), 1):
        _type(window, f"enrolment_code_{number}", letters)
    if error == "missing":
        _press(window, "primary")
    elif error:
        screen = cast(DeviceScreen, window.screen_)
        fault = RemoteError(error) if error == "wrong_certificate" else UserError(error)
        screen._refused(fault)


def _type(window: Window, name: str, text: str) -> None:
    window.findChildren(QLineEdit, name)[0].setText(text)


def _press(window: Window, name: str) -> None:
    window.findChildren(QAbstractButton, name)[0].click()


SHOTS: tuple[Shot, ...] = (
    Shot("operator_first", _first),
    Shot("operator_first_wrong", partial(_first, is_wrong=True)),
    Shot("operator_sign_in", _sign_in),
    Shot("operator_sign_in_refused", _refused),
    Shot("operator_today", partial(_tab, tab="today")),
    Shot("operator_today_empty", partial(_tab, tab="today", is_empty=True)),
    Shot("operator_today_not_enrolled", partial(_not_enrolled, tab="today")),
    Shot("operator_list", partial(_tab, tab="list")),
    Shot("operator_list_empty", partial(_tab, tab="list", is_empty=True)),
    Shot("operator_list_nothing_found", partial(_search, typed="zulkifli")),
    Shot("operator_application_draft", _draft),
    Shot("operator_application_waiting", partial(_application, state="waiting")),
    Shot("operator_application_set_aside", partial(_application, state="set_aside")),
    Shot("operator_application_received", partial(_application, state="received")),
    Shot("operator_application_returned", partial(_application, state="returned")),
    Shot("operator_sending", partial(_tab, tab="sending")),
    Shot("operator_sending_busy", _busy),
    Shot("operator_sending_not_enrolled", partial(_not_enrolled, tab="sending")),
    Shot("operator_settings", _settings),
    Shot("operator_device", partial(_page, page=DeviceScreen)),
    Shot("operator_device_form", _device),
    Shot("operator_device_missing", partial(_device, error="missing")),
    Shot("operator_device_used", partial(_device, error="enrolment_code_used")),
    Shot("operator_device_certificate", partial(_device, error="wrong_certificate")),
    Shot("operator_look", partial(_page, page=LookScreen)),
    Shot("operator_paper", partial(_page, page=PaperScreen)),
    Shot("operator_sharing", partial(_page, page=SharingScreen)),
    Shot("operator_accounts", partial(_page, page=AccountsScreen)),
    Shot("operator_add", partial(_page, page=AddOperatorScreen)),
    Shot("operator_change_password", partial(_page, page=ChangePasswordScreen)),
    Shot("operator_about", partial(_page, page=AboutScreen)),
)
