"""An application prepared as a folder is taken like one from the screen.

Never reads a file outside the folder, and judges every answer and page as the screen does.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath

import msgspec

from app.domain.answers import Problem
from app.domain.catalogue import Service
from app.domain.lifecycle import DRAFT
from app.errors import AppError, LocalFault, UserError
from app.imaging.limits import MOST_FILE_BYTES, MOST_PAGES
from app.services import documents, drafts
from app.services.finalizing import Finalized, NotComplete, finalize
from app.services.kiosk import Kiosk
from app.storage import drafts as stored
from app.storage import submissions as stored_submissions

APPLICATION_FILE = "application.json"
_MOST_APPLICATION_BYTES = 1024 * 1024
_MOST_ANSWERS = 500


class FolderOverride(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A warning kept, and why."""

    where: str
    code: str
    reason: str


class FolderDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One document's pages, by file names in the folder."""

    need: str
    type: str
    pages: tuple[str, ...]
    #: Why pages are used that the kiosk does not find good; without it, such a page is refused.
    kept_reason: str = ""


class FolderConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The applicant agreed to the consent text in this language."""

    language: str


class FolderApplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``application.json`` says."""

    service: str
    answers: dict[str, str]
    consent: FolderConsent
    overrides: tuple[FolderOverride, ...] = ()
    documents: tuple[FolderDocument, ...] = ()
    #: The caller's own name for it; the same again changes nothing and gives the first result.
    client_id: str = ""


def submit_folder(kiosk: Kiosk, folder: Path) -> Finalized:
    """Take a prepared application and finalize it.

    What is true if it dies: answers and pages go into a draft of its own first; with a
    ``client_id`` the next try throws that draft away and begins again, and after the commit of
    ``finalize`` it returns what was submitted. Without one, a draft may be left for the operator
    to see.

    Raises:
        NotComplete: the same errors as on the screen, each with its field.
        UserError: ``application_file_missing``, ``folder_malformed`` with ``reason``,
            ``folder_file_refused``, ``folder_file_missing``, ``service_not_offered``,
            ``field_not_asked`` with ``number``, and those of ``documents.add_pages`` and
            ``finalize``.
        LocalFault: ``folder_unreadable``, and the store's.
    """
    wanted = _read_application(folder)
    if done := _already_done(kiosk, wanted.client_id):
        return done
    service = _service(kiosk, wanted.service)
    _refuse_unknown(service, wanted)
    draft = drafts.begin(kiosk, service.id, "", client_id=wanted.client_id or None)
    try:
        _fill(kiosk, draft.application_id, wanted, folder)
        return finalize(kiosk, draft.application_id, wanted.consent.language)
    except AppError:
        # The caller mends the folder and gives it again; a half draft would only be in the way.
        with suppress(LocalFault):
            drafts.delete_draft(kiosk, draft.application_id)
        raise


def _fill(kiosk: Kiosk, application_id: str, wanted: FolderApplication, folder: Path) -> None:
    for field, value in wanted.answers.items():
        drafts.save_answer(kiosk, application_id, field, value)
    for override in wanted.overrides:
        drafts.keep_warning(kiosk, application_id, override.where, override.code, override.reason)
    for document, name in _pages(wanted):
        # One at a time: all of them together may be larger than the kiosk's memory.
        content = _read_file(folder, name, MOST_FILE_BYTES)
        try:
            pages = documents.add_pages(
                kiosk, application_id, document.need, document.type, content
            )
        except UserError as refusal:
            raise UserError(refusal.code, document=document.need, **refusal.params) from None
        for page in pages:
            if document.kept_reason and not page.verdict.is_good:
                # Nobody stands here who could take it a second time.
                documents.keep_page(kiosk, page.id, document.kept_reason, tries_needed=1)


def _already_done(kiosk: Kiosk, client_id: str) -> Finalized | None:
    if not client_id:
        return None
    with kiosk.store.read() as session:
        application_id = stored.id_of_client(session, client_id)
        if application_id is None:
            return None
        head = stored.head(session, application_id)
        submitted = stored_submissions.submission_of(session, application_id)
    if submitted:
        submission_id, reference, digest = submitted
        return Finalized(application_id, submission_id, reference, digest, 0)
    if head and head.state == DRAFT:
        drafts.delete_draft(kiosk, application_id)
    return None


def _read_application(folder: Path) -> FolderApplication:
    if not (folder / APPLICATION_FILE).exists():
        raise UserError("application_file_missing")
    content = _read_file(folder, APPLICATION_FILE, _MOST_APPLICATION_BYTES)
    try:
        wanted = msgspec.json.decode(content, type=FolderApplication)
    except msgspec.ValidationError as fault:
        # msgspec names the place and the expected type, never the value.
        raise UserError("folder_malformed", reason=str(fault)) from None
    except (ValueError, RecursionError):
        # Bytes that are no UTF-8, and brackets without end, are errors of their own in msgspec.
        raise UserError("folder_not_json") from None
    if len(wanted.answers) > _MOST_ANSWERS or len(wanted.client_id) > 200:
        raise UserError("folder_malformed", reason="too long")
    if wanted.consent.language not in ("id", "en"):
        raise UserError("folder_malformed", reason="consent.language")
    if sum(len(document.pages) for document in wanted.documents) > 4 * MOST_PAGES:
        raise UserError("too_many_pages", most=4 * MOST_PAGES)
    return wanted


def _service(kiosk: Kiosk, service_id: str) -> Service:
    try:
        return kiosk.catalogues.current().service(service_id)
    except KeyError:
        raise UserError("service_not_offered") from None


def _refuse_unknown(service: Service, wanted: FolderApplication) -> None:
    fields = {field.id for field in service.fields()}
    for number, field in enumerate(wanted.answers, start=1):
        if field not in fields:
            raise UserError("field_not_asked", number=number)
    needs = {need.id: need for need in service.documents}
    for document in wanted.documents:
        need = needs.get(document.need)
        if need is None or document.type not in need.one_of:
            where = f"document:{document.need}" if need else "document"
            raise NotComplete((Problem(where, "document_kind_wrong"),))
    if not all(_is_plain_name(name) for _, name in _pages(wanted)):
        raise UserError("folder_file_refused")


def _pages(wanted: FolderApplication) -> list[tuple[FolderDocument, str]]:
    return [(document, name) for document in wanted.documents for name in document.pages]


def _read_file(folder: Path, untrusted_name: str, most_bytes: int) -> bytes:
    """Read a plain file of the folder itself: no way out, no link, no device, no surprise."""
    if not _is_plain_name(untrusted_name):
        raise UserError("folder_file_refused")
    path = folder / untrusted_name
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise UserError("folder_file_refused")
        if status.st_size > most_bytes:
            raise UserError("file_too_large", most_mb=most_bytes >> 20)
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as file:
            content = file.read(most_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError("folder_file_missing") from None
    except OSError as error:
        raise LocalFault("folder_unreadable") from error
    if len(content) > most_bytes:
        raise UserError("file_too_large", most_mb=most_bytes >> 20)
    return content


def _is_plain_name(name: str) -> bool:
    return (
        name not in ("", ".", "..")
        and "\x00" not in name
        and len(name) <= 255
        and PurePosixPath(name).name == name
        and PureWindowsPath(name).name == name
    )
