"""Makes of prepared pages what travels and what they say, while nobody waits.

Never changes what a person sees of a page, and keeps nothing of a page that changed meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from app.domain.catalogue import Look
from app.domain.news import News, PageDeveloped, PageTaken
from app.domain.papers.lines import PaperReading
from app.domain.papers.reading import read_paper
from app.errors import AppError, UserError
from app.services.kiosk import Kiosk
from app.services.picturing import capture_of, forget, look_of, picture, prepared_of
from app.storage import drafts as stored_drafts
from app.storage import pages as stored
from app.storage.pages import StoredPage

_log = logging.getLogger(__name__)
#: How soon somebody who waits for another page's turn hears that it shall end.
_LOOK_EVERY_S = 0.1
#: Pages left by the last run of the program are taken up once the first screens are of use.
_FIRST_LOOK_AFTER_S = 20.0
#: A QR code holds 4,296 letters at most; papers have one or two.
_MOST_CODES = 8


def develop_next(
    kiosk: Kiosk, stop: threading.Event | None = None, skipped: Sequence[str] = ()
) -> str | None:
    """Develop the oldest page of any draft that needs it; return its id, None when none does.

    Args:
        kiosk: the parts.
        stop: ends it at once.
        skipped: pages that could not be developed and are not tried again now.

    Raises:
        UserError: ``stopped``, or what the imaging worker says against the page.
        LocalFault: ``blob_missing``, ``blob_torn``, and the store's others.
    """
    with kiosk.store.read() as session:
        page = stored.undeveloped(session, skipped)
    if page is None:
        return None
    develop_page(kiosk, page.id, stop)
    return page.id


def develop_page(kiosk: Kiosk, page_id: str, stop: threading.Event | None = None) -> None:
    """Encode and read one page, as far as that was not done yet.

    What is true if it dies: encoding and reading are a transaction each, after the file they name
    is whole; what was done is not done again, and a file without its row is swept.

    Raises:
        UserError, LocalFault: as ``develop_next``; a page that is gone is none of them.
    """
    with _alone(kiosk, stop):
        page = _page_to_develop(kiosk, page_id)
        if page is None:
            return
        look = _look(kiosk, page)
        if page.outline is None:
            page = _prepared_first(kiosk, page, look, stop)
        if page and not page.encoded_digest:
            page = _encoded(kiosk, page, stop)
        if page and page.reading is None:
            page = _read(kiosk, page, look, stop)
    if page:
        kiosk.announcer.announce(PageDeveloped(page.application_id, page.id))


class Developer:
    """The thread that develops pages as they come; a person who finalizes does not wait for it.

    Args:
        kiosk: the parts; its news wake the thread.
        first_look_after_s: quiet after the start, while the first screens are drawn.
    """

    def __init__(self, kiosk: Kiosk, first_look_after_s: float = _FIRST_LOOK_AFTER_S) -> None:
        self._kiosk = kiosk
        self._first_look_after_s = first_look_after_s
        self._is_needed = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="developing", daemon=True)
        self._unsubscribe = kiosk.announcer.subscribe(self._hear)

    def start(self) -> None:
        """Begin; called once."""
        self._thread.start()

    def stop(self, deadline_s: float) -> bool:
        """End, even in the midst of a page; tell whether it did in time."""
        self._unsubscribe()
        self._stop.set()
        self._is_needed.set()
        if self._thread.ident is not None:
            self._thread.join(deadline_s)
        is_ended = not self._thread.is_alive()
        if not is_ended:
            _log.warning("developing_did_not_end")
        return is_ended

    def _hear(self, news: News) -> None:
        if isinstance(news, PageTaken):
            self._is_needed.set()

    def _run(self) -> None:
        self._is_needed.wait(self._first_look_after_s)
        while not self._stop.is_set():
            self._is_needed.clear()
            self._develop_all()
            self._is_needed.wait()

    def _develop_all(self) -> None:
        looked_at: list[str] = []
        while not self._stop.is_set() and (page_id := self._next(looked_at)):
            looked_at.append(page_id)
            try:
                develop_page(self._kiosk, page_id, self._stop)
            except AppError as error:
                # Finalizing tries once more, where a person hears of it.
                _log.warning("page_not_developed code=%s", error.code)

    def _next(self, looked_at: Sequence[str]) -> str | None:
        try:
            with self._kiosk.store.read() as session:
                page = stored.undeveloped(session, looked_at)
        except AppError as error:
            _log.warning("page_not_developed code=%s", error.code)
            return None
        return page.id if page else None


@contextmanager
def _alone(kiosk: Kiosk, stop: threading.Event | None) -> Iterator[None]:
    while not kiosk.at_developing.acquire(timeout=-1 if stop is None else _LOOK_EVERY_S):
        if stop is not None and stop.is_set():
            raise UserError("stopped")
    try:
        yield
    finally:
        kiosk.at_developing.release()


def _page_to_develop(kiosk: Kiosk, page_id: str) -> StoredPage | None:
    with kiosk.store.read() as session:
        page = stored.page(session, page_id)
    return None if page is None or page.is_purged or page.is_developed else page


def _look(kiosk: Kiosk, page: StoredPage) -> Look:
    with kiosk.store.read() as session:
        head = stored_drafts.head(session, page.application_id)
    return look_of(kiosk, head.catalogue_version, page.type) if head else Look()


def _prepared_first(
    kiosk: Kiosk, page: StoredPage, look: Look, stop: threading.Event | None
) -> StoredPage | None:
    """Prepare a page that an older program took; the person chose it, so nobody judges it."""
    capture = capture_of(kiosk, page)
    (new, *others) = picture(kiosk, capture, look, page.position, turns=page.turns, stop=stop)
    forget(kiosk, (other.blob_digest for other in others))
    kept = _kept(kiosk, page, msgspec.structs.replace(new, verdict=page.verdict))
    if kept is None:
        forget(kiosk, (new.blob_digest,))
    return kept


def _encoded(kiosk: Kiosk, page: StoredPage, stop: threading.Event | None) -> StoredPage | None:
    made = kiosk.imaging.encode(prepared_of(kiosk, page), stop)
    digest = kiosk.store.blobs.put(kiosk.store.seal_here(made.content))
    new = msgspec.structs.replace(
        page, encoded_digest=digest, encoded_bytes=len(made.content), form=made.form
    )
    kept = _kept(kiosk, page, new)
    if kept is None:
        forget(kiosk, (digest,))
    return kept


def _read(
    kiosk: Kiosk, page: StoredPage, look: Look, stop: threading.Event | None
) -> StoredPage | None:
    reading = PaperReading()
    try:
        text = kiosk.imaging.read_text(prepared_of(kiosk, page), look, stop)
        reading = read_paper(look.reads, text.lines, text.codes[:_MOST_CODES])
    except UserError as error:
        if error.code == "stopped":
            raise
        # A page that nobody can read travels all the same.
        _log.warning("page_not_read code=%s", error.code)
    return _kept(kiosk, page, msgspec.structs.replace(page, reading=reading))


def _kept(kiosk: Kiosk, seen: StoredPage, new: StoredPage) -> StoredPage | None:
    """Write what was made of a page, unless it is gone or shows something else by now."""
    with kiosk.store.write() as session:
        page = stored.page(session, seen.id)
        if page is None or page.is_purged:
            return None
        if (page.blob_digest, page.turns, page.type) != (seen.blob_digest, seen.turns, seen.type):
            return None
        # What a person decided about it meanwhile stands.
        new = msgspec.structs.replace(new, kept_reason=page.kept_reason, tries=page.tries)
        stored.set_picture(session, seen.id, new)
    return msgspec.structs.replace(new, id=seen.id, position=page.position)
