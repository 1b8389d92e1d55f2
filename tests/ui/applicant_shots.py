"""The applicant's screens for the gallery, with invented people."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QAbstractButton

from app.errors import LocalFault, UserError
from app.services import drafts
from app.ui.applicant import route
from app.ui.applicant.bringing import bring_screen
from app.ui.applicant.choosing import Choosing, begin
from app.ui.applicant.correction import CorrectionScreen
from app.ui.applicant.deciding import DecidingScreen
from app.ui.applicant.done import DoneScreen
from app.ui.applicant.help import HelpScreen
from app.ui.applicant.journey import CHECK, CONSENT, journey_of
from app.ui.applicant.life.follow import FollowScreen
from app.ui.applicant.life.life_screen import Followed
from app.ui.applicant.opinion import OpinionScreen, ThanksScreen
from app.ui.applicant.pausing import PausingScreen
from app.ui.applicant.resuming import ResumeScreen
from app.ui.applicant.securing import CodeScreen, SecuringScreen
from app.ui.applicant.status import StatusScreen
from app.ui.fault import FaultScreen
from app.ui.window import Window
from tests.ui.making import (
    ANSWERS,
    SERVICE,
    House,
    finalized,
    receive,
    return_,
    settle,
    started,
    status_now,
    with_documents,
)
from tests.ui.shots import Shot


def _choosing(house: House, service: str = SERVICE) -> Choosing:
    catalogue = house.kiosk.catalogues.current()
    return Choosing(
        catalogue, house.kiosk.today(), catalogue.service(service), dict(ANSWERS), "tarempa"
    )


def _press(window: Window, name: str) -> None:
    window.findChildren(QAbstractButton, name)[0].click()


def _tree(house: House, window: Window) -> None:
    window.go(begin())


def _deciding(house: House, window: Window) -> None:
    choosing = _choosing(house)
    choosing.answers = {}
    window.go(partial(DecidingScreen, choosing=choosing))


def _bringing(house: House, window: Window) -> None:
    window.go(bring_screen(_choosing(house)))


def _bringing_lost(house: House, window: Window) -> None:
    lost = [one.id for one in house.kiosk.catalogues.current().services if one.has_examination]
    window.go(bring_screen(_choosing(house, lost[0])))


def _securing(house: House, window: Window) -> None:
    window.go(partial(SecuringScreen, choosing=_choosing(house)))
    _press(window, "primary")


def _code(house: House, window: Window) -> None:
    journey = journey_of(house.kiosk, started(house.kiosk, {}))
    window.go(partial(CodeScreen, journey=journey))


def _group(house: House, window: Window, number: int, *, is_wrong: bool = False) -> None:
    answers = {} if is_wrong else ANSWERS
    journey = journey_of(house.kiosk, started(house.kiosk, answers))
    route.show(window, journey, journey.pages()[number])
    if is_wrong:
        settle(window)
        _press(window, "primary")


def _form_wrong(house: House, window: Window) -> None:
    answers = {**ANSWERS, "birth_date": "1990-08-06"}
    journey = journey_of(house.kiosk, started(house.kiosk, answers))
    page = journey.page_of("nik")
    route.show(window, journey, page)
    settle(window)
    _press(window, "primary")


def _document(house: House, window: Window, need: str, *, is_empty: bool = False) -> None:
    draft = started(house.kiosk)
    if not is_empty:
        draft = with_documents(house.kiosk, draft)
    journey = journey_of(house.kiosk, draft)
    route.show(window, journey, f"document:{need}")


def _check(house: House, window: Window, *, is_open: bool = False) -> None:
    draft = started(house.kiosk)
    if not is_open:
        draft = with_documents(house.kiosk, draft)
    route.show(window, journey_of(house.kiosk, draft), CHECK)


def _consent(house: House, window: Window) -> None:
    draft = with_documents(house.kiosk, started(house.kiosk))
    route.show(window, journey_of(house.kiosk, draft), CONSENT)


def _pausing(house: House, window: Window) -> None:
    journey = journey_of(house.kiosk, started(house.kiosk))
    window.go(partial(PausingScreen, journey=journey))


def _done(
    house: House, window: Window, *, is_sending: bool = False, has_proof: bool = False
) -> None:
    done = finalized(house.kiosk)
    house.road.now = status_now()
    if is_sending:
        house.road.now = status_now(
            is_busy=True,
            sending_references=(done.reference,),
            sent_bytes=212_000,
            pack_bytes=480_000,
            remaining_s=240.0,
        )
    if has_proof:
        receive(house.kiosk, done)
    window.restart(partial(DoneScreen, application_id=done.application_id))


def _opinion(house: House, window: Window, *, is_said: bool = False) -> None:
    window.restart(partial(OpinionScreen, service_id="passport_new_adult", occasion="slip"))
    if is_said:
        settle(window)
        for name, mark in (("easy", 3), ("quick", 2), ("kind", 1)):
            window.findChildren(QAbstractButton, f"{name}:{mark}")[0].setChecked(True)


def _thanks(house: House, window: Window) -> None:
    window.restart(ThanksScreen)


def _resume(house: House, window: Window) -> None:
    window.go(ResumeScreen)


def _returned(house: House) -> drafts.Draft:
    from app.services.correcting import open_correction

    done = finalized(house.kiosk)
    receive(house.kiosk, done)
    return_(
        house.kiosk,
        done.application_id,
        ("field", "mother_name", "Nama ibu di KK tertulis AMINAH BINTI HASAN."),
        ("document", "ktp", "Foto KTP buram, NIK tidak terbaca."),
        note="Perbaiki dua hal ini, lalu kirim lagi.",
    )
    return open_correction(house.kiosk, done.application_id)


def _correction(house: House, window: Window) -> None:
    journey = journey_of(house.kiosk, _returned(house))
    window.go(partial(CorrectionScreen, journey=journey))


def _correction_form(house: House, window: Window) -> None:
    journey = journey_of(house.kiosk, _returned(house))
    route.show(window, journey, journey.page_of("mother_name"))


def _status(house: House, window: Window) -> None:
    window.go(StatusScreen)


def _timeline(house: House, window: Window) -> None:
    done = finalized(house.kiosk)
    receive(house.kiosk, done)
    return_(house.kiosk, done.application_id, ("document", "ktp", "Foto KTP buram."))
    house.clock.pass_time(120)
    window.go(partial(FollowScreen, followed=Followed(done.application_id)))


def _help(house: House, window: Window) -> None:
    window.go(HelpScreen)
    _press(window, "f02")


def _idle(house: House, window: Window) -> None:
    _group(house, window, 0)
    settle(window)
    window.idle.warn()


def _fault(house: House, window: Window) -> None:
    window.go(partial(FaultScreen, error=LocalFault("store_key_wrong")))


def _banner(house: House, window: Window) -> None:
    _resume(house, window)
    window.show_error(UserError("resume_code_unknown"))


SHOTS = (
    Shot("home", lambda _house, _window: None),
    Shot("choose", _tree),
    Shot("deciding", _deciding),
    Shot("bring", _bringing),
    Shot("bring_examination", _bringing_lost),
    Shot("pin", _securing),
    Shot("code", _code),
    Shot("form_name", partial(_group, number=0)),
    Shot("form_numbers", partial(_group, number=1)),
    Shot("form_birth", partial(_group, number=2)),
    Shot("form_address", partial(_group, number=4)),
    Shot("form_job", partial(_group, number=7)),
    Shot("form_empty_wrong", partial(_group, number=2, is_wrong=True)),
    Shot("form_warning", _form_wrong),
    Shot("document", partial(_document, need="birth_proof")),
    Shot("document_empty", partial(_document, need="ktp", is_empty=True)),
    Shot("check", _check),
    Shot("check_open", partial(_check, is_open=True)),
    Shot("consent", _consent),
    Shot("pausing", _pausing),
    Shot("done", _done),
    Shot("done_sending", partial(_done, is_sending=True)),
    Shot("done_received", partial(_done, has_proof=True)),
    Shot("opinion", _opinion),
    Shot("opinion_said", partial(_opinion, is_said=True)),
    Shot("thanks", _thanks),
    Shot("resume", _resume),
    Shot("correction", _correction),
    Shot("correction_form", _correction_form),
    Shot("status", _status),
    Shot("timeline", _timeline),
    Shot("help", _help),
    Shot("idle", _idle, is_over=True),
    Shot("fault", _fault),
    Shot("banner", _banner, is_over=True),
)
