"""The papers of an application: pages added, taken again, cropped, turned, moved, kept, deleted.

Files are looked at in the imaging workers only, and kept sealed to this store only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec

from app.domain.catalogue import Look
from app.domain.checking import writing_only
from app.domain.judgement import FindingCode, Outline
from app.domain.news import PageTaken
from app.domain.turning import turned_verdict
from app.errors import AppError, UserError
from app.services.drafts import TRIES_TO_KEEP, PageView, page_view, refuse_unless_draft
from app.services.kiosk import Kiosk
from app.services.picturing import (
    Capture,
    capture_of,
    forget,
    keep_original,
    look_of,
    picture,
    prepared_of,
    shown_of,
)
from app.services.room import refuse_without_room
from app.storage import drafts as stored_drafts
from app.storage import pages as stored
from app.storage.pages import StoredPage

#: (pages done, pages in all), told while a file of many pages is worked through.
Told = Callable[[int, int], None]
#: Told by the words on a page, which change with the way it lies.
_OF_WORDS: frozenset[FindingCode] = frozenset({"wrong_side", "not_this_paper"})


def add_pages(
    kiosk: Kiosk,
    application_id: str,
    need: str,
    type: str,
    untrusted: bytes,
    source: str = "file",
    is_several: bool = False,
    stop: threading.Event | None = None,
    told: Told | None = None,
) -> tuple[PageView, ...]:
    """Add a file's pages, prepared and judged, after the pages a document already has.

    What is true if it dies: the sealed files are whole on the disk before the rows that name them;
    without the rows they are swept at the next start.

    Args:
        kiosk: the parts.
        application_id: a draft.
        need: document need of its service.
        type: which of the need's alternatives the paper is; all its pages become of this type.
        untrusted: the file.
        source: what it comes from: flatbed, feeder, network, camera, folder or file.
        is_several: several papers lie on one glass and come apart as pages.
        stop: ends it at once; nothing is added then.
        told: hears how far it is, on this thread.

    Raises:
        UserError: ``not_a_draft``, ``application_unknown``, ``stopped``,
            ``document_has_too_many_pages``, and those of ``ImagingPool.read_pages``.
        LocalFault: ``disk_nearly_full``; what waits to be sent must go first.
    """
    refuse_without_room(kiosk.store.folder, kiosk.least_free_bytes)
    with kiosk.store.read() as session:
        head = refuse_unless_draft(stored_drafts.head(session, application_id))
        old = stored.pages_of(session, application_id, need)
    present = sum(not page.is_purged for page in old)
    kind = kiosk.catalogues.of(head.catalogue_version).document_type(type)
    read = kiosk.imaging.read_pages(untrusted, stop)
    if len(read) > kind.max_pages:
        raise UserError("document_has_too_many_pages", most=kind.max_pages)
    made: list[StoredPage] = []
    kept: list[str] = []
    try:
        for number, page in enumerate(read):
            if told:
                told(number, len(read))
            kept.append(keep_original(kiosk, page))
            capture = Capture(page, kept[-1], application_id, need, type, source)
            place = present + len(made)
            made += picture(kiosk, capture, kind.look, place, is_several=is_several, stop=stop)
        placed = _place(kiosk, application_id, need, type, made, kind.max_pages)
    except AppError:
        forget(kiosk, (*kept, *(page.blob_digest for page in made)))
        raise
    for one in placed:
        kiosk.announcer.announce(PageTaken(application_id, one.id))
    return placed


def _place(
    kiosk: Kiosk, application_id: str, need: str, type: str, pages: list[StoredPage], most: int
) -> tuple[PageView, ...]:
    now = kiosk.clock.now()
    with kiosk.store.write() as session:
        refuse_unless_draft(stored_drafts.head(session, application_id))
        old = stored.pages_of(session, application_id, need)
        # What the office holds cannot be joined with new pages here: the new ones replace it.
        stored.delete_pages(session, [page.id for page in old if page.is_purged])
        present = [page for page in old if not page.is_purged]
        if len(present) + len(pages) > most:
            raise UserError("document_has_too_many_pages", most=most)
        start = stored.next_position(session, application_id, need) if present else 0
        placed = [
            msgspec.structs.replace(page, position=start + number)
            for number, page in enumerate(pages)
        ]
        stored.add_pages(session, placed, now)
        stored.set_type(session, application_id, need, type)
        stored_drafts.touch(session, application_id, now)
    return tuple(page_view(page) for page in placed)


def set_document_type(kiosk: Kiosk, application_id: str, need: str, type: str) -> None:
    """Say that a document is another of its need's alternatives; its pages are judged anew.

    Raises:
        UserError: ``not_a_draft``, ``application_unknown``, ``changed_meanwhile``.
    """
    with kiosk.store.read() as session:
        head = refuse_unless_draft(stored_drafts.head(session, application_id))
        pages = stored.pages_of(session, application_id, need)
    look = look_of(kiosk, head.catalogue_version, type)
    for page in pages:
        if not page.is_purged and look != look_of(kiosk, head.catalogue_version, page.type):
            as_wanted = msgspec.structs.replace(page, type=type)
            _picture_again(kiosk, as_wanted, page.outline)
    with kiosk.store.write() as session:
        refuse_unless_draft(stored_drafts.head(session, application_id))
        stored.set_type(session, application_id, need, type)
        stored_drafts.touch(session, application_id, kiosk.clock.now())


def retake_page(
    kiosk: Kiosk,
    page_id: str,
    untrusted: bytes,
    source: str = "file",
    stop: threading.Event | None = None,
) -> PageView:
    """Take a page again: the first page of the file stands in its place, unturned.

    Raises:
        UserError: ``page_unknown``, and as ``add_pages``.
        LocalFault: ``disk_nearly_full``.
    """
    refuse_without_room(kiosk.store.folder, kiosk.least_free_bytes)
    old, look = _page_and_look(kiosk, page_id)
    read = kiosk.imaging.read_pages(untrusted, stop)[0]
    digest = keep_original(kiosk, read)
    capture = Capture(read, digest, old.application_id, old.need, old.type, source)
    try:
        new = picture(kiosk, capture, look, old.position, stop=stop)[0]
        new = msgspec.structs.replace(new, tries=old.tries + 1)
    except AppError:
        forget(kiosk, (digest,))
        raise
    return _replace(kiosk, old, new)


def set_outline(
    kiosk: Kiosk, page_id: str, outline: Outline, stop: threading.Event | None = None
) -> PageView:
    """Prepare a page again, with the corners that a person has set on its capture.

    Raises:
        UserError: ``page_unknown``, ``not_a_draft``, ``changed_meanwhile``, ``page_at_office``.
        LocalFault: ``blob_missing``, ``blob_torn`` when the disk lost the capture.
    """
    page, _ = _page_and_look(kiosk, page_id)
    return _picture_again(kiosk, page, outline, stop)


def keep_page(
    kiosk: Kiosk, page_id: str, reason: str, tries_needed: int = TRIES_TO_KEEP
) -> PageView:
    """Use a page although it is not good; the officer sees why.

    Raises:
        UserError: ``reason_missing``, ``try_again_first`` before its second picture,
            ``page_unknown``, ``not_a_draft``, ``page_at_office``.
    """
    why = writing_only(reason)
    if not why:
        raise UserError("reason_missing")
    with kiosk.store.write() as session:
        page = _present(stored.page(session, page_id))
        refuse_unless_draft(stored_drafts.head(session, page.application_id))
        if page.tries < tries_needed:
            raise UserError("try_again_first")
        if not page.verdict.is_good:
            page = msgspec.structs.replace(page, kept_reason=why)
            stored.set_picture(session, page_id, page)
            stored_drafts.touch(session, page.application_id, kiosk.clock.now())
    return page_view(page)


def turn_page(kiosk: Kiosk, page_id: str) -> PageView:
    """Turn a page a quarter clockwise; what was said of the words on it is looked at again.

    Raises:
        UserError: ``page_unknown``, ``not_a_draft``; ``page_at_office`` when its picture is gone.
    """
    seen, look = _page_and_look(kiosk, page_id)
    _present(seen)
    turns = (seen.turns + 1) % 4
    turned = msgspec.structs.replace(seen, turns=turns, verdict=turned_verdict(seen.verdict, 1))
    if any(finding.code in _OF_WORDS for finding in seen.verdict.findings):
        verdict = kiosk.imaging.judge(prepared_of(kiosk, turned), look.on_page(seen.position))
        turned = msgspec.structs.replace(turned, verdict=verdict)
    with kiosk.store.write() as session:
        page = _unchanged(stored.page(session, page_id), seen)
        refuse_unless_draft(stored_drafts.head(session, page.application_id))
        page = msgspec.structs.replace(page, turns=turns, verdict=turned.verdict, reading=None)
        stored.set_picture(session, page_id, page)
        stored_drafts.touch(session, page.application_id, kiosk.clock.now())
    kiosk.announcer.announce(PageTaken(page.application_id, page_id))
    return page_view(page)


def delete_page(kiosk: Kiosk, page_id: str) -> None:
    """Delete a page; of a document that only the office still holds, all pages.

    Raises:
        UserError: ``page_unknown``, ``not_a_draft``.
    """
    with kiosk.store.write() as session:
        page = _page(stored.page(session, page_id))
        refuse_unless_draft(stored_drafts.head(session, page.application_id))
        siblings = stored.pages_of(session, page.application_id, page.need)
        gone = {page_id} | {p.id for p in siblings if page.is_purged and p.is_purged}
        stored.delete_pages(session, sorted(gone))
        stored.set_order(session, [p.id for p in siblings if p.id not in gone])
        stored_drafts.touch(session, page.application_id, kiosk.clock.now())
    forget(kiosk, page.digests())
    _judge_moved(kiosk, siblings)


def move_page(kiosk: Kiosk, page_id: str, position: int) -> tuple[PageView, ...]:
    """Put a page at another place among its document's pages; return them in their new order.

    Raises:
        UserError: ``page_unknown``, ``not_a_draft``; ``page_at_office`` when the pictures are gone.
    """
    with kiosk.store.write() as session:
        page = _present(stored.page(session, page_id))
        refuse_unless_draft(stored_drafts.head(session, page.application_id))
        siblings = stored.pages_of(session, page.application_id, page.need)
        order = [sibling.id for sibling in siblings if sibling.id != page_id]
        order.insert(max(0, min(position, len(order))), page_id)
        stored.set_order(session, order)
        stored_drafts.touch(session, page.application_id, kiosk.clock.now())
    _judge_moved(kiosk, siblings)
    with kiosk.store.read() as session:
        return tuple(page_view(p) for p in stored.pages_of(session, page.application_id, page.need))


def page_picture(kiosk: Kiosk, page_id: str, longest_px: int) -> bytes:
    """Draw a page as PNG, as it was prepared and turned.

    Raises:
        UserError: ``page_unknown``; ``page_at_office`` when its picture is gone.
        LocalFault: ``blob_missing``, ``blob_torn`` when the disk lost it.
    """
    with kiosk.store.read() as session:
        page = _present(stored.page(session, page_id))
    return kiosk.imaging.picture(shown_of(kiosk, page), longest_px)


def original_picture(kiosk: Kiosk, page_id: str, longest_px: int) -> bytes:
    """Draw a page's whole capture as PNG, unturned: what its outline lies on.

    Raises:
        UserError, LocalFault: as ``page_picture``.
    """
    with kiosk.store.read() as session:
        page = _present(stored.page(session, page_id))
    return kiosk.imaging.picture(capture_of(kiosk, page).page, longest_px)


def _picture_again(
    kiosk: Kiosk, page: StoredPage, outline: Outline | None, stop: threading.Event | None = None
) -> PageView:
    """Prepare and judge a page from its capture once more; its number of pictures stays."""
    seen = _present(page)
    with kiosk.store.read() as session:
        head = refuse_unless_draft(stored_drafts.head(session, page.application_id))
    look = look_of(kiosk, head.catalogue_version, page.type)
    capture = capture_of(kiosk, page)
    (new, *others) = picture(
        kiosk, capture, look, page.position, outline=outline, turns=page.turns, stop=stop
    )
    forget(kiosk, (other.blob_digest for other in others))
    return _replace(kiosk, seen, msgspec.structs.replace(new, tries=page.tries))


def _replace(kiosk: Kiosk, seen: StoredPage, new: StoredPage) -> PageView:
    """Put a new picture in a page's place, unless somebody else did so meanwhile."""
    try:
        with kiosk.store.write() as session:
            old = _unchanged(stored.page(session, seen.id), seen)
            refuse_unless_draft(stored_drafts.head(session, old.application_id))
            if old.is_purged:
                # The document as the office holds it is given up; see add_pages.
                siblings = stored.pages_of(session, old.application_id, old.need)
                others = [page for page in siblings if page.is_purged and page.id != old.id]
                stored.delete_pages(session, [page.id for page in others])
            stored.set_picture(session, old.id, new)
            stored_drafts.touch(session, old.application_id, kiosk.clock.now())
            shown = page_view(_page(stored.page(session, old.id)))
    except AppError:
        forget(kiosk, new.digests())
        raise
    forget(kiosk, old.digests())
    kiosk.announcer.announce(PageTaken(old.application_id, old.id))
    return shown


def _judge_moved(kiosk: Kiosk, before: tuple[StoredPage, ...]) -> None:
    """Judge again the pages that became or were the first one, where that makes a difference."""
    for seen in before:
        with kiosk.store.read() as session:
            page = stored.page(session, seen.id)
            head = stored_drafts.head(session, seen.application_id)
        if page is None or head is None or page.is_purged or page.outline is None:
            continue
        look = look_of(kiosk, head.catalogue_version, page.type)
        awaited = look.on_page(page.position)
        if awaited == look.on_page(seen.position):
            continue
        verdict = kiosk.imaging.judge(prepared_of(kiosk, page), awaited)
        with kiosk.store.write() as session:
            fresh = _unchanged(stored.page(session, seen.id), page)
            stored.set_picture(session, seen.id, msgspec.structs.replace(fresh, verdict=verdict))


def _page_and_look(kiosk: Kiosk, page_id: str) -> tuple[StoredPage, Look]:
    with kiosk.store.read() as session:
        page = _page(stored.page(session, page_id))
        head = refuse_unless_draft(stored_drafts.head(session, page.application_id))
    return page, look_of(kiosk, head.catalogue_version, page.type)


def _page(found: StoredPage | None) -> StoredPage:
    if found is None:
        raise UserError("page_unknown")
    return found


def _present(found: StoredPage | None) -> StoredPage:
    """Return a page whose picture is here."""
    page = _page(found)
    if page.is_purged:
        raise UserError("page_at_office")
    return page


def _unchanged(found: StoredPage | None, seen: StoredPage) -> StoredPage:
    """Return the page if it is still the one that was looked at."""
    page = _page(found)
    if (page.blob_digest, page.turns) != (seen.blob_digest, seen.turns):
        raise UserError("changed_meanwhile")
    return page
