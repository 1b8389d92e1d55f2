"""Pages of the documents being prepared; their sealed bytes are blobs, their order is here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.storage.tables import PageRow


class StoredPage(msgspec.Struct, frozen=True):
    """One page."""

    id: str
    application_id: str
    need: str
    type: str
    position: int
    turns: int
    media_type: str
    blob_digest: str
    size_bytes: int
    is_purged: bool = False


def pages_of(session: Session, application_id: str, need: str = "") -> tuple[StoredPage, ...]:
    """Return an application's pages, or those of one need, in order."""
    wanted = select(PageRow).where(PageRow.application_id == application_id)
    if need:
        wanted = wanted.where(PageRow.need == need)
    rows = session.scalars(wanted.order_by(PageRow.need, PageRow.position))
    return tuple(_stored(row) for row in rows)


def page(session: Session, page_id: str) -> StoredPage | None:
    """Return one page."""
    row = session.get(PageRow, page_id)
    return _stored(row) if row else None


def add_pages(session: Session, pages: Sequence[StoredPage], now: datetime) -> None:
    """Write new pages at the positions they carry."""
    session.add_all(PageRow(**{**msgspec.structs.asdict(page), "added_at": now}) for page in pages)


def next_position(session: Session, application_id: str, need: str) -> int:
    """Return the position after the need's last page."""
    last = session.scalar(
        select(func.max(PageRow.position)).where(
            PageRow.application_id == application_id, PageRow.need == need
        )
    )
    return 0 if last is None else last + 1


def set_type(session: Session, application_id: str, need: str, kind: str) -> None:
    """Say of which type all pages of a need are."""
    session.execute(
        update(PageRow)
        .where(PageRow.application_id == application_id, PageRow.need == need)
        .values(type=kind)
    )


def set_turns(session: Session, page_id: str, turns: int) -> None:
    """Write a page's quarter turns."""
    session.execute(update(PageRow).where(PageRow.id == page_id).values(turns=turns))


def replace_content(session: Session, page_id: str, new: StoredPage) -> None:
    """Give a page another picture, unturned, at its old place."""
    session.execute(
        update(PageRow)
        .where(PageRow.id == page_id)
        .values(
            blob_digest=new.blob_digest,
            media_type=new.media_type,
            size_bytes=new.size_bytes,
            turns=0,
            is_purged=False,
        )
    )


def set_order(session: Session, page_ids: Sequence[str]) -> None:
    """Write the positions of a need's pages from their order."""
    for position, page_id in enumerate(page_ids):
        session.execute(update(PageRow).where(PageRow.id == page_id).values(position=position))


def delete_pages(session: Session, page_ids: Sequence[str]) -> None:
    """Delete rows; the files are the caller's."""
    session.execute(delete(PageRow).where(PageRow.id.in_(page_ids)))


def blobs_in_use(session: Session, digests: Sequence[str]) -> set[str]:
    """Return which of the digests some page still names."""
    return set(session.scalars(select(PageRow.blob_digest).where(PageRow.blob_digest.in_(digests))))


def _stored(row: PageRow) -> StoredPage:
    return StoredPage(
        row.id, row.application_id, row.need, row.type, row.position, row.turns,
        row.media_type, row.blob_digest, row.size_bytes, row.is_purged,
    )  # fmt: skip
