"""The papers of an application: pages added, turned, moved, replaced, deleted, and drawn.

Files are looked at in the imaging worker only, and kept sealed to this store only.
"""

from __future__ import annotations

import msgspec

from app.domain.ids import new_id
from app.errors import AppError, LocalFault, RemoteError, UserError
from app.imaging.limits import MOST_DOCUMENT_BYTES
from app.imaging.requests import ReadPage
from app.services.drafts import PageView, page_view, refuse_unless_draft
from app.services.kiosk import Kiosk
from app.storage import drafts as stored_drafts
from app.storage import pages as stored
from app.storage.pages import StoredPage


def add_pages(
    kiosk: Kiosk, application_id: str, need: str, type: str, untrusted: bytes
) -> tuple[PageView, ...]:
    """Add a file's pages after the pages a document already has.

    What is true if it dies: the sealed files are whole on the disk before the rows that name them;
    without the rows they are swept at the next start.

    Args:
        kiosk: the parts.
        application_id: a draft.
        need: document need of its service.
        type: which of the need's alternatives the paper is; all its pages become of this type.
        untrusted: the file.

    Raises:
        UserError: ``not_a_draft``, ``application_unknown``, ``document_too_large``,
            ``document_has_too_many_pages``, and those of ``ImagingPool.read_pages``.
    """
    read = kiosk.imaging.read_pages(untrusted)
    pages = [_kept(kiosk, application_id, need, type, page) for page in read]
    try:
        return _place(kiosk, application_id, need, type, pages)
    except AppError:
        for page in pages:
            _forget(kiosk, page.blob_digest)
        raise


def _place(
    kiosk: Kiosk, application_id: str, need: str, type: str, pages: list[StoredPage]
) -> tuple[PageView, ...]:
    now = kiosk.clock.now()
    with kiosk.store.write() as session:
        head = refuse_unless_draft(stored_drafts.head(session, application_id))
        old = stored.pages_of(session, application_id, need)
        # What the office holds cannot be joined with new pages here: the new ones replace it.
        stored.delete_pages(session, [page.id for page in old if page.is_purged])
        present = [page for page in old if not page.is_purged]
        _refuse_too_large([*present, *pages])
        most = kiosk.catalogues.of(head.catalogue_version).document_type(type).max_pages
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
    """Say that a document is another of its need's alternatives; its pages stay.

    Raises:
        UserError: ``not_a_draft``, ``application_unknown``.
    """
    with kiosk.store.write() as session:
        refuse_unless_draft(stored_drafts.head(session, application_id))
        stored.set_type(session, application_id, need, type)
        stored_drafts.touch(session, application_id, kiosk.clock.now())


def replace_page(kiosk: Kiosk, page_id: str, untrusted: bytes) -> PageView:
    """Take a page again: the first page of the file stands in its place, unturned.

    Raises:
        UserError: ``page_unknown``, and as ``add_pages``.
    """
    read = kiosk.imaging.read_pages(untrusted)[0]
    with kiosk.store.read() as session:
        old = _page(stored.page(session, page_id))
    new = _kept(kiosk, old.application_id, old.need, old.type, read)
    with kiosk.store.write() as session:
        old = _page(stored.page(session, page_id))
        refuse_unless_draft(stored_drafts.head(session, old.application_id))
        siblings = stored.pages_of(session, old.application_id, old.need)
        if old.is_purged:
            # The document as the office holds it is given up; see add_pages.
            others = [page for page in siblings if page.is_purged and page.id != page_id]
            stored.delete_pages(session, [page.id for page in others])
        _refuse_too_large([*(p for p in siblings if p.id != page_id and not p.is_purged), new])
        stored.replace_content(session, page_id, new)
        stored_drafts.touch(session, old.application_id, kiosk.clock.now())
        shown = page_view(_page(stored.page(session, page_id)))
    _forget(kiosk, old.blob_digest)
    return shown


def turn_page(kiosk: Kiosk, page_id: str) -> PageView:
    """Turn a page a quarter clockwise.

    Raises:
        UserError: ``page_unknown``, ``not_a_draft``; ``page_at_office`` when its picture is gone.
    """
    with kiosk.store.write() as session:
        page = _page(stored.page(session, page_id))
        refuse_unless_draft(stored_drafts.head(session, page.application_id))
        if page.is_purged:
            raise UserError("page_at_office")
        turns = (page.turns + 1) % 4
        stored.set_turns(session, page_id, turns)
        stored_drafts.touch(session, page.application_id, kiosk.clock.now())
    return page_view(msgspec.structs.replace(page, turns=turns))


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
    _forget(kiosk, page.blob_digest)


def move_page(kiosk: Kiosk, page_id: str, position: int) -> tuple[PageView, ...]:
    """Put a page at another place among its document's pages; return them in their new order.

    Raises:
        UserError: ``page_unknown``, ``not_a_draft``; ``page_at_office`` when the pictures are gone.
    """
    with kiosk.store.write() as session:
        page = _page(stored.page(session, page_id))
        refuse_unless_draft(stored_drafts.head(session, page.application_id))
        if page.is_purged:
            raise UserError("page_at_office")
        siblings = stored.pages_of(session, page.application_id, page.need)
        order = [sibling.id for sibling in siblings if sibling.id != page_id]
        order.insert(max(0, min(position, len(order))), page_id)
        stored.set_order(session, order)
        stored_drafts.touch(session, page.application_id, kiosk.clock.now())
        return tuple(page_view(p) for p in stored.pages_of(session, page.application_id, page.need))


def page_picture(kiosk: Kiosk, page_id: str, longest_px: int) -> bytes:
    """Draw a page as PNG.

    Raises:
        UserError: ``page_unknown``; ``page_at_office`` when its picture is gone.
        LocalFault: ``blob_missing``, ``blob_torn`` when the disk lost it.
    """
    with kiosk.store.read() as session:
        page = _page(stored.page(session, page_id))
    if page.is_purged:
        raise UserError("page_at_office")
    return kiosk.imaging.picture(read_page(kiosk, page), longest_px)


def read_page(kiosk: Kiosk, page: StoredPage) -> ReadPage:
    """Unseal a stored page."""
    try:
        content = kiosk.store.unseal_here(kiosk.store.blobs.read(page.blob_digest))
    except RemoteError as error:
        raise LocalFault("blob_torn") from error
    return msgspec.convert(
        {"type": "page", "media_type": page.media_type, "content": content, "turns": page.turns},
        ReadPage,
    )


def _kept(kiosk: Kiosk, application_id: str, need: str, type: str, page: ReadPage) -> StoredPage:
    digest = kiosk.store.blobs.put(kiosk.store.seal_here(page.content))
    return StoredPage(
        id=new_id(kiosk.clock.now(), kiosk.dice),
        application_id=application_id,
        need=need,
        type=type,
        position=0,
        turns=page.turns,
        media_type=page.media_type,
        blob_digest=digest,
        size_bytes=len(page.content),
    )


def _page(found: StoredPage | None) -> StoredPage:
    if found is None:
        raise UserError("page_unknown")
    return found


def _refuse_too_large(pages: list[StoredPage]) -> None:
    if sum(page.size_bytes for page in pages) > MOST_DOCUMENT_BYTES:
        raise UserError("document_too_large", most_mb=MOST_DOCUMENT_BYTES >> 20)


def _forget(kiosk: Kiosk, digest: str) -> None:
    """Delete a file that no row names any more; sealing twice never gives the same name."""
    if digest:
        kiosk.store.blobs.delete(digest)
