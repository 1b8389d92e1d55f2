"""The states of papers and pages for the gallery, with invented papers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event

from PySide6.QtWidgets import QAbstractButton

from app.domain.sources import ScanProgress
from app.services import capturing, documents, drafts
from app.services.developing import develop_next
from app.ui.applicant import route
from app.ui.applicant.consent import ConsentScreen
from app.ui.applicant.document import DocumentScreen
from app.ui.applicant.journey import CHECK, CONSENT, Journey, journey_of
from app.ui.applicant.taking import TakingSheet, Told
from app.ui.window import Window
from tests.ui.making import ANSWERS, House, settle, started, with_documents
from tests.ui.papers import blurred, glaring, paper, photographed, truth
from tests.ui.scanners import GLASS, TRAY, FakeScanner, ailing
from tests.ui.shots import Shot

_REASON = "KTP saya sudah pudar dan tergores."


def _open(
    house: House, window: Window, need: str, answers: dict[str, str] | None = None
) -> Journey:
    journey = journey_of(house.kiosk, started(house.kiosk, answers))
    route.show(window, journey, f"document:{need}")
    settle(window)
    return journey


def _add(house: House, window: Window, need: str, kind: str, *files: bytes) -> Journey:
    journey = journey_of(house.kiosk, started(house.kiosk))
    for file in files:
        documents.add_pages(house.kiosk, journey.id, need, kind, file)
    return _again(house, window, journey, f"document:{need}")


def _again(house: House, window: Window, journey: Journey, page: str) -> Journey:
    journey.take(drafts.load_draft(house.kiosk, journey.id))
    route.show(window, journey, page)
    settle(window)
    return journey


def _press(window: Window, name: str) -> None:
    window.findChildren(QAbstractButton, name)[0].click()
    settle(window)


def _scanner(house: House, window: Window) -> None:
    house.plug(FakeScanner(), FakeScanner(TRAY))
    _open(house, window, "birth_proof")


def _scanner_lost(house: House, window: Window) -> None:
    house.plug(ailing("needs_attention", "scanner_cover_open"))
    capturing.choose(house.kiosk, GLASS.id)
    _open(house, window, "ktp")


def _jammed(house: House, window: Window) -> None:
    house.plug(FakeScanner(TRAY, [paper("birth_certificate")], fault="scanner_jammed"))
    _open(house, window, "birth_proof")
    _press(window, "primary")


def _good(house: House, window: Window) -> None:
    house.plug(FakeScanner())
    _add(house, window, "ktp", "ktp", photographed("ktp"))


def _several(house: House, window: Window) -> None:
    house.plug(FakeScanner(), FakeScanner(TRAY))
    birth = "birth_certificate"
    journey = _add(house, window, "birth_proof", birth, paper(birth), paper(birth, 2))
    while develop_next(house.kiosk):
        pass
    _again(house, window, journey, "document:birth_proof")


def _bad(house: House, window: Window, make: Callable[[str], bytes], tries: int) -> None:
    house.plug(FakeScanner())
    journey = _add(house, window, "ktp", "ktp", make("ktp"))
    page = journey.pages_of("ktp")[0]
    for _ in range(tries - 1):
        documents.retake_page(house.kiosk, page.id, make("ktp"))
    _again(house, window, journey, "document:ktp")


def _kept(house: House, window: Window) -> None:
    _bad(house, window, blurred, 2)
    screen = window.screen_
    assert isinstance(screen, DocumentScreen)
    page = screen.journey.pages_of("ktp")[0]
    documents.keep_page(house.kiosk, page.id, _REASON)
    _again(house, window, screen.journey, "document:ktp")


def _corners(house: House, window: Window) -> None:
    _good(house, window)
    _press(window, "corners_1")


def _view(house: House, window: Window) -> None:
    _add(house, window, "ktp", "ktp", glaring("ktp"))
    _press(window, "view_1")


def _again_sheet(house: House, window: Window) -> None:
    _several(house, window)
    _press(window, "again_2")


def _scanning(house: House, window: Window) -> None:
    house.plug(FakeScanner(TRAY))
    journey = _open(house, window, "birth_proof")
    assert window.screen_
    kind = journey.catalogue.document_type("birth_certificate")
    title = window.words("pages.taking.scan_title", paper=window.words.label(kind.label))
    sheet = TakingSheet(window.screen_, title, Event())
    sheet.told.emit(Told("scanning", 3, ScanProgress(3, 0.6).fraction, 2))
    settle(window)


def _offer(house: House, window: Window) -> None:
    house.plug(FakeScanner())
    journey = journey_of(house.kiosk, started(house.kiosk, {}))
    route.show(window, journey, journey.page_of("nik"))


def _reading(house: House, window: Window) -> None:
    journey = journey_of(house.kiosk, started(house.kiosk, {}))
    documents.add_pages(house.kiosk, journey.id, "ktp", "ktp", paper("ktp"))
    _again(house, window, journey, journey.page_of("nik"))


def _suggested(house: House, window: Window, field: str) -> None:
    journey = journey_of(house.kiosk, started(house.kiosk, {}))
    documents.add_pages(house.kiosk, journey.id, "ktp", "ktp", paper("ktp"))
    while develop_next(house.kiosk):
        pass
    _again(house, window, journey, journey.page_of(field))


def _differs(house: House, window: Window) -> None:
    """An answer that is not what the card says, on the page that shows all of them."""
    draft = with_documents(house.kiosk, started(house.kiosk, {**ANSWERS, **_own()}), paper)
    drafts.save_answer(house.kiosk, draft.application_id, "birth_date", "1991-01-02")
    while develop_next(house.kiosk):
        pass
    route.show(window, journey_of(house.kiosk, draft), CHECK)


def _own() -> dict[str, str]:
    """Return answers that agree with the invented card."""
    read = truth("ktp")
    return {"full_name": read["name"], "nik": read["nik"]}


def _finishing(house: House, window: Window) -> None:
    """Papers that are not small yet when everything is to be sent."""
    draft = with_documents(house.kiosk, started(house.kiosk), paper)
    route.show(window, journey_of(house.kiosk, draft), CONSENT)
    settle(window)
    screen = window.screen_
    assert isinstance(screen, ConsentScreen)
    screen.show_waiting()


def _check_bad(house: House, window: Window) -> None:
    draft = with_documents(house.kiosk, started(house.kiosk), paper)
    page = next(page for page in draft.pages if page.need == "ktp")
    documents.retake_page(house.kiosk, page.id, blurred("ktp"))
    route.show(window, journey_of(house.kiosk, draft), CHECK)


SHOTS = (
    Shot("page_scanner", _scanner),
    Shot("page_scanner_needs", _scanner_lost),
    Shot("page_jammed", _jammed, is_over=True),
    Shot("page_good", _good),
    Shot("page_several", _several),
    Shot("page_bad_first", partial(_bad, make=glaring, tries=1)),
    Shot("page_bad_second", partial(_bad, make=blurred, tries=2)),
    Shot("page_kept", _kept),
    Shot("page_corners", _corners),
    Shot("page_view", _view),
    Shot("page_again", _again_sheet, is_over=True),
    Shot("page_scanning", _scanning, is_over=True),
    Shot("page_offer", _offer, needs_engine=True),
    Shot("page_reading", _reading, needs_engine=True),
    Shot("page_suggested", partial(_suggested, field="nik"), needs_engine=True),
    Shot("page_suggested_birth", partial(_suggested, field="birth_date"), needs_engine=True),
    Shot("page_differs", _differs, needs_engine=True),
    Shot("page_check_bad", _check_bad),
    Shot("page_finishing", _finishing, is_over=True),
)
