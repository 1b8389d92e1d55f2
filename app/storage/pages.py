"""Pages of the documents being prepared; their sealed bytes are blobs, their order is here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, func, or_, select, union_all, update
from sqlalchemy.orm import Session

from app.domain.judgement import Light, Outline, Verdict
from app.domain.lifecycle import DRAFT
from app.domain.papers.lines import PaperReading
from app.storage.tables import ApplicationRow, PageRow


class StoredPage(msgspec.Struct, frozen=True):
    """One page: what came, what was made of it, and what is thought of it."""

    id: str
    application_id: str
    need: str
    type: str
    position: int
    turns: int
    #: Of the prepared page.
    media_type: str
    blob_digest: str
    size_bytes: int
    width: int
    height: int
    dpi: float
    source: str
    original_digest: str
    original_media_type: str
    #: None when nobody looked for the page on its capture yet.
    outline: Outline | None
    confidence: float
    is_flat: bool
    light: Light
    #: Places are on the page as it is turned.
    verdict: Verdict
    tries: int = 1
    kept_reason: str = ""
    #: Empty until the travelling form is made.
    encoded_digest: str = ""
    encoded_bytes: int = 0
    form: str = ""
    #: None until it was read.
    reading: PaperReading | None = None
    is_purged: bool = False

    @property
    def is_developed(self) -> bool:
        """Tell whether nothing is left to be made of it."""
        return bool(self.encoded_digest) and self.reading is not None

    def digests(self) -> tuple[str, ...]:
        """Return the names of its files."""
        named = (self.blob_digest, self.original_digest, self.encoded_digest)
        return tuple(digest for digest in named if digest)


#: Columns that hold JSON, and what it says; empty text is nothing.
_JSON: dict[str, type[msgspec.Struct]] = {
    "outline": Outline,
    "light": Light,
    "verdict": Verdict,
    "reading": PaperReading,
}
_NAMES = StoredPage.__struct_fields__
#: What a new picture of a page changes.
_PICTURED = (
    "turns", "media_type", "blob_digest", "size_bytes", "width", "height", "dpi", "source",
    "original_digest", "original_media_type", "outline", "confidence", "is_flat", "light",
    "verdict", "tries", "kept_reason", "encoded_digest", "encoded_bytes", "form", "reading",
    "is_purged",
)  # fmt: skip


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


def undeveloped(session: Session, skipped: Sequence[str] = ()) -> StoredPage | None:
    """Return the oldest page of a draft that is not encoded or not read yet, but for some."""
    row = session.scalar(
        select(PageRow)
        .join(ApplicationRow, ApplicationRow.id == PageRow.application_id)
        .where(
            or_(PageRow.encoded_digest == "", PageRow.reading == ""),
            PageRow.is_purged.is_(False),
            PageRow.id.not_in(skipped),
            ApplicationRow.state == DRAFT,
        )
        .order_by(PageRow.added_at, PageRow.id)
        .limit(1)
    )
    return _stored(row) if row else None


def add_pages(session: Session, pages: Sequence[StoredPage], now: datetime) -> None:
    """Write new pages at the positions they carry."""
    session.add_all(PageRow(**_columns(page, _NAMES), added_at=now) for page in pages)


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


def set_picture(session: Session, page_id: str, new: StoredPage) -> None:
    """Give a page another picture, with all that is known of it, at its old place."""
    session.execute(update(PageRow).where(PageRow.id == page_id).values(**_columns(new, _PICTURED)))


def set_order(session: Session, page_ids: Sequence[str]) -> None:
    """Write the positions of a need's pages from their order."""
    for position, page_id in enumerate(page_ids):
        session.execute(update(PageRow).where(PageRow.id == page_id).values(position=position))


def delete_pages(session: Session, page_ids: Sequence[str]) -> None:
    """Delete rows; the files are the caller's."""
    session.execute(delete(PageRow).where(PageRow.id.in_(page_ids)))


def blobs_in_use(session: Session, digests: Sequence[str]) -> set[str]:
    """Return which of the files some page still names."""
    named = (PageRow.blob_digest, PageRow.original_digest, PageRow.encoded_digest)
    found = (
        select(column).where(column.in_(digests), PageRow.is_purged.is_(False)) for column in named
    )
    return set(session.scalars(union_all(*found)))


def _columns(page: StoredPage, names: Sequence[str]) -> dict[str, object]:
    return {name: _text_of(page, name) if name in _JSON else getattr(page, name) for name in names}


def _text_of(page: StoredPage, name: str) -> str:
    value = getattr(page, name)
    return "" if value is None else msgspec.json.encode(value).decode()


def _stored(row: PageRow) -> StoredPage:
    values = {name: getattr(row, name) for name in _NAMES}
    for name, kind in _JSON.items():
        values[name] = msgspec.json.decode(values[name], type=kind) if values[name] else None
    values["light"] = values["light"] or Light()
    values["verdict"] = values["verdict"] or Verdict()
    return StoredPage(**values)
