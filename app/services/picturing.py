"""What is done to one picture of a page before and after it stands in the store.

Opens no transaction that changes a row; whoever writes the row also forgets files in vain.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import msgspec

from app.domain.catalogue import Look
from app.domain.ids import new_id
from app.domain.judgement import Outline, Verdict
from app.errors import AppError, LocalFault, RemoteError
from app.imaging.requests import MediaType, Prepared, ReadPage
from app.services.kiosk import Kiosk
from app.storage.pages import StoredPage, blobs_in_use


class Capture(msgspec.Struct, frozen=True):
    """One picture as it came, and whose page it is to become."""

    page: ReadPage
    #: The sealed file that keeps it.
    digest: str
    application_id: str
    need: str
    type: str
    source: str


def keep_original(kiosk: Kiosk, page: ReadPage) -> str:
    """Seal a capture into the store and return its file's name."""
    return kiosk.store.blobs.put(kiosk.store.seal_here(page.content))


def picture(
    kiosk: Kiosk,
    capture: Capture,
    look: Look,
    number: int,
    *,
    outline: Outline | None = None,
    is_several: bool = False,
    turns: int = 0,
    stop: threading.Event | None = None,
) -> list[StoredPage]:
    """Prepare and judge what lies on a capture; every page's file is whole when this returns.

    Args:
        kiosk: the parts.
        capture: what came.
        look: of its kind of paper.
        number: which page of its document the first one on it becomes, from 0.
        outline: corners that a person has set.
        is_several: several papers lie on one glass.
        turns: the person's quarter turns.
        stop: ends it at once.

    Raises:
        UserError: ``file_unreadable``, ``picture_too_large``, ``stopped``; files are forgotten.
    """
    found = kiosk.imaging.prepare(capture.page, look, outline, is_several, stop)
    made: list[StoredPage] = []
    try:
        for prepared in found:
            shown = msgspec.structs.replace(prepared, turns=turns)
            verdict = kiosk.imaging.judge(shown, look.on_page(number + len(made)), stop)
            digest = kiosk.store.blobs.put(kiosk.store.seal_here(shown.content))
            made.append(_page(kiosk, capture, shown, digest, verdict))
    except AppError:
        forget(kiosk, (page.blob_digest for page in made))
        raise
    return made


def _page(
    kiosk: Kiosk, capture: Capture, prepared: Prepared, digest: str, verdict: Verdict
) -> StoredPage:
    return StoredPage(
        id=new_id(kiosk.clock.now(), kiosk.dice),
        application_id=capture.application_id,
        need=capture.need,
        type=capture.type,
        position=0,
        turns=prepared.turns,
        media_type="image/jpeg",
        blob_digest=digest,
        size_bytes=len(prepared.content),
        width=prepared.width,
        height=prepared.height,
        dpi=prepared.dpi,
        source=capture.source,
        original_digest=capture.digest,
        original_media_type=capture.page.media_type,
        outline=prepared.outline,
        confidence=prepared.confidence,
        is_flat=prepared.is_flat,
        light=prepared.light,
        verdict=verdict,
    )


def capture_of(kiosk: Kiosk, page: StoredPage) -> Capture:
    """Return the capture of a stored page again."""
    original = _read(kiosk, page.original_media_type, page.original_digest)
    return Capture(
        original, page.original_digest, page.application_id, page.need, page.type, page.source
    )


def shown_of(kiosk: Kiosk, page: StoredPage) -> ReadPage:
    """Return a stored page as a person sees it, to be drawn."""
    whole = _read(kiosk, page.media_type, page.blob_digest)
    return msgspec.structs.replace(whole, turns=page.turns)


def prepared_of(kiosk: Kiosk, page: StoredPage) -> Prepared:
    """Return a stored page for judging, encoding or reading."""
    assert page.outline is not None
    return Prepared(
        content=unsealed(kiosk, page.blob_digest),
        width=page.width,
        height=page.height,
        dpi=page.dpi,
        outline=page.outline,
        confidence=page.confidence,
        is_flat=page.is_flat,
        light=page.light,
        turns=page.turns,
    )


def look_of(kiosk: Kiosk, catalogue_version: str, type: str) -> Look:
    """Return what a type of paper looks like, in the words of the application's catalogue."""
    return kiosk.catalogues.of(catalogue_version).document_type(type).look


def unsealed(kiosk: Kiosk, digest: str) -> bytes:
    """Return what a file of this store holds.

    Raises:
        LocalFault: ``blob_missing``, ``blob_torn`` when the disk lost it.
    """
    try:
        return kiosk.store.unseal_here(kiosk.store.blobs.read(digest))
    except RemoteError as error:
        raise LocalFault("blob_torn") from error


def forget(kiosk: Kiosk, digests: Iterable[str]) -> None:
    """Delete the files that no page names any more; the pages of one glass share their capture."""
    gone = {digest for digest in digests if digest}
    if not gone:
        return
    with kiosk.store.read() as session:
        gone -= blobs_in_use(session, sorted(gone))
    for digest in gone:
        kiosk.store.blobs.delete(digest)


def _read(kiosk: Kiosk, media_type: str, digest: str) -> ReadPage:
    kind = msgspec.convert(media_type, MediaType)
    return ReadPage(kind, unsealed(kiosk, digest))
