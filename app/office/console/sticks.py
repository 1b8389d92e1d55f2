"""Courier files as pages: take what came by stick, and save the answers for its way home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.domain.words import Words
from app.errors import AppError, UserError
from app.office import audit
from app.office.console.pages import office_of, pages_of
from app.office.console.posted_files import PostedFile, posted_files
from app.office.console.visitors import CourierHere, Form, OfficerVisit, check_form
from app.office.context import Office
from app.office.courier_import import Imported, import_file
from app.office.courier_notes import latest_files
from app.office.courier_returns import return_for_note
from app.office.names import is_digest
from app.protocol.courier import CourierName

router = APIRouter(prefix="/console")
#: What is wrong with the form itself; anything else is a page of its own.
_PROBLEMS = frozenset(
    {
        "courier_nothing_chosen",
        "courier_upload_too_large",
        "courier_file_empty",
        "courier_file_too_long",
    }
)
_FILE_TYPE = "application/octet-stream"


class ResultLine(msgspec.Struct, frozen=True):
    """What became of one file."""

    #: What the browser called it, when nobody vouches for what is in it.
    untrusted_name: str
    imported: Imported
    #: Number of a record, and why it was refused.
    refused: tuple[tuple[int, str], ...]
    reason: str
    answer: str


class FileLine(msgspec.Struct, frozen=True):
    """One file that came."""

    device: str
    code: str
    serial: int
    made_at: datetime
    came_at: datetime
    note_digest: str


@router.get("/courier")
def show_courier(request: Request, asking: CourierHere) -> Response:
    """Show the form, and what came last."""
    return _page(request, asking)


@router.post("/courier")
async def take_files(request: Request, asking: CourierHere) -> Response:
    """Take everything that is whole out of the posted files."""
    office = office_of(request)

    def check(form: Form) -> None:
        check_form(asking, form)

    try:
        async with posted_files(office, request, check) as files:
            if not files:
                raise UserError("courier_nothing_chosen")
            by = audit.officer(asking.officer.name)
            words = pages_of(request).words(request)
            results = [await to_thread.run_sync(_import, office, words, file, by) for file in files]
    except UserError as error:
        if error.code not in _PROBLEMS:
            raise
        return await to_thread.run_sync(_page, request, asking, [], error)
    return await to_thread.run_sync(_page, request, asking, results)


@router.get("/courier/answers/{note_digest}")
def save_answer(request: Request, asking: CourierHere, note_digest: str) -> Response:
    """Give the return file to one courier file; only its kiosk can read it."""
    del asking
    if not is_digest(note_digest):
        raise UserError("document_unknown")
    file = return_for_note(office_of(request), note_digest)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type=_FILE_TYPE, headers=headers)


def _import(office: Office, words: Words, file: PostedFile, by: str) -> ResultLine:
    imported = import_file(office, file.path, by)
    name = CourierName(imported.device_code, imported.serial, is_return=True)
    return ResultLine(
        untrusted_name=file.untrusted_name,
        imported=imported,
        refused=tuple((one.number, _reason(words, one.code)) for one in imported.refused),
        reason=words.error(AppError(imported.code))[0] if imported.code else "",
        answer=str(name) if imported.note_digest else "",
    )


def _reason(words: Words, code: str) -> str:
    key = f"office_courier.reason.{code}"
    return words(key) if words.has(key) else words.error(AppError(code))[0]


def _page(
    request: Request,
    asking: OfficerVisit,
    results: Sequence[ResultLine] = (),
    error: UserError | None = None,
) -> Response:
    words = pages_of(request).words(request)
    problems = (
        [{"at": "files", "text": words(f"console.courier.problem.{error.code}")}] if error else []
    )
    lines = [
        FileLine(
            file.device_name, file.device_code, file.serial, note.made_at, note.came_at, note.digest
        )
        for file, note in latest_files(office_of(request))
    ]
    return pages_of(request).show(
        request,
        "courier.html",
        asking,
        status=422 if error else 200,
        here="courier",
        results=results,
        files=lines,
        problems=problems,
    )
