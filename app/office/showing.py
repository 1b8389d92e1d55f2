"""Draws a document for an officer's browser from the bytes that travelled; they stay the record.

Writes nothing to the disk: pages drawn lately are kept in memory, and only so many.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Literal

from app.domain.documents import PAGES_TYPE
from app.errors import RemoteError, UserError
from app.imaging.limits import MOST_PAGES
from app.office import review
from app.office.review import Officer

if TYPE_CHECKING:
    from app.office.context import Office
    from app.office.unsealing import OpenedDocument

#: Beside the answers; "open large" shows the page as it is.
BESIDE_PX = 1400
LARGE_PX = 4000
_MOST_KEPT_BYTES = 64 * 1024 * 1024


class Shown:
    """Pages drawn lately, by what was drawn; the oldest goes first."""

    def __init__(self, most_bytes: int = _MOST_KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._turn = threading.Lock()
        self._drawn: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, int, int]) -> bytes | None:
        """Return a picture drawn before (content digest, page, longest side), or None."""
        with self._turn:
            if key in self._drawn:
                self._drawn.move_to_end(key)
            return self._drawn.get(key)

    def keep(self, key: tuple[str, int, int], picture: bytes) -> None:
        """Keep a picture for the next look."""
        with self._turn:
            self._bytes += len(picture) - len(self._drawn.pop(key, b""))
            self._drawn[key] = picture
            while self._bytes > self._most_bytes:
                _, gone = self._drawn.popitem(last=False)
                self._bytes -= len(gone)


def page_picture(
    office: Office,
    officer: Officer,
    application_id: str,
    revision: int,
    need: str,
    page: int,
    longest_px: int,
) -> bytes:
    """Return one page of a document as JPEG; opening it is audited as ``review.open_document``.

    Args:
        office: the parts.
        officer: who looks.
        application_id: whose.
        revision: which.
        need: which document.
        page: from 1.
        longest_px: of the picture's longer side.

    Raises:
        UserError: as ``review.open_document``; ``page_unknown`` when it has no such page.
        RemoteError: as ``review.open_document``; ``document_unshowable`` when its bytes are no
            picture of ours.
    """
    opened = review.open_document(office, officer, application_id, revision, need)
    if opened.media_type != PAGES_TYPE or not 1 <= page <= MOST_PAGES:
        raise UserError("page_unknown")
    key = (opened.content_digest, page, longest_px)
    picture = office.shown.get(key)
    if picture is None:
        picture = _present(office, opened, "jpeg", page - 1, longest_px)
        office.shown.keep(key, picture)
    return picture


def as_pdf(office: Office, opened: OpenedDocument) -> bytes:
    """Return an opened document of pages as one PDF.

    Raises:
        RemoteError: ``document_unshowable`` when its bytes are no pages of ours.
    """
    return _present(office, opened, "pdf", None, LARGE_PX)


def _present(
    office: Office,
    opened: OpenedDocument,
    kind: Literal["pdf", "jpeg"],
    page: int | None,
    longest_px: int,
) -> bytes:
    try:
        return office.imaging.present(
            opened.content, opened.media_type, kind, page=page, longest_px=longest_px
        )
    except UserError as error:
        # An enrolled kiosk sealed it, and yet it is no picture: nobody here can mend that.
        raise RemoteError("document_unshowable", is_retryable=False) from error
