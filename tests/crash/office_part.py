"""The office's process, and the officer who decides beside it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from app.bootstrap import MachineClock, MachineDice
from app.domain.events import ReturnedItem
from app.domain.lifecycle import OFFICE_STATES, may_become
from app.errors import AppError
from app.office import audit, review
from app.office.context import Office, OfficeSettings
from app.office.courier_import import import_file
from app.office.courier_returns import return_for_note
from app.office.opening import open_office
from app.office.review import Officer
from app.office.serving import run_office
from app.office.supplements import ask_for_page
from app.office.tables import ApplicationRow
from app.protocol.courier import read_name
from app.security.sticks import files_on_stick, write_to_stick
from tests.builders import small_catalogue

_OFFICER = Officer("ani", "Ani", ("adjudicator",))


def settings(folder: Path) -> OfficeSettings:
    """Return an office on a folder."""
    return OfficeSettings(folder, port=0, least_free_bytes=0)


def opened(folder: Path) -> Office:
    """Open the office as a command does."""
    return open_office(settings(folder), MachineClock(), MachineDice(), small_catalogue)


def serve(folder: Path, says: int) -> None:
    """Serve until killed; the line with the address goes to ``says``."""
    os.dup2(says, 1)
    run_office(settings(folder), MachineClock(), MachineDice(), small_catalogue)


def take_in(folder: Path, stick: Path) -> None:
    """Take in what kiosks put on a stick and write the answers; a torn file is passed over."""
    office = opened(folder)
    for path in files_on_stick(stick):
        name = read_name(path.name)
        if name is None or name.is_return:
            continue
        try:
            imported = import_file(office, path, audit.OFFICE)
            if imported.note_digest:
                answer = return_for_note(office, imported.note_digest)
                write_to_stick(
                    stick, answer.name, (answer.content,), lambda _written, _checked: None
                )
        except AppError as error:
            logging.getLogger(__name__).warning("not taken in: %s", error)
    office.database.close()


def decide(folder: Path, to_return: str, to_ask: str, to_accept: str) -> None:
    """Return one application, ask for a page of another, accept the third; each of them once."""
    office = opened(folder)
    item = ReturnedItem("field", "email", "Alamat tidak lengkap")
    if _may(office, to_return, "in_review"):
        review.start_review(office, _OFFICER, to_return)
    if _may(office, to_return, "returned"):
        review.return_for_correction(office, _OFFICER, to_return, 1, (item,))
    ask_for_page(office, _OFFICER, to_ask, 1, "ktp", 1)
    if _may(office, to_accept, "in_review"):
        review.start_review(office, _OFFICER, to_accept)
    if _may(office, to_accept, "accepted"):
        review.accept(office, _OFFICER, to_accept, 1)
    office.database.close()


def _may(office: Office, application_id: str, state: str) -> bool:
    with office.database.read() as session:
        now = session.get_one(ApplicationRow, application_id).state
    return now == "received" if state == "in_review" else may_become(OFFICE_STATES, now, state)
