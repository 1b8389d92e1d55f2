"""Hands carried courier files in over this machine's own link, once its own work is done.

Never opens one, and never keeps own forms waiting: it breaks off as soon as one is due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import msgspec

from app.domain.clock import Clock
from app.errors import LocalFault, RemoteError
from app.storage import contact, packs, sending
from app.storage.contact import Contact
from app.storage.store import Store
from app.sync.backoff import delay_s
from app.sync.courier_relay import Held, RelayBox
from app.sync.engine import Engine
from app.sync.link import Link
from app.sync.link_bodies import BLOCK_BYTES
from app.sync.link_errors import AskedToWait, OfficeRefusal
from app.sync.reports import CycleReport
from app.sync.restraint import Restraint
from app.sync.stopping import Stopped, Stopping

_log = logging.getLogger(__name__)
_WHERE = "v1/courier"
_GONE = (404, 410)
#: The office looked at it and does not want it: the kiosk itself still has everything.
_NEVER = (413, 422)
_MOST_FRUITLESS = 2
#: Uploads of one file that the office may lose in a row.
_MOST_FORGOTTEN = 3
_LOOK_UP_S = 1.0


class _NotNow(Exception):
    """What is carried for others goes on later.

    Args:
        is_own_work: something of this kiosk is due; else the link is agreed to be others' now.
    """

    def __init__(self, *, is_own_work: bool) -> None:
        super().__init__()
        self.is_own_work = is_own_work


class Handing:
    """Hands files in over one link.

    Args:
        store: whose own work goes first.
        box: what is carried.
        clock: the time.
        link: the road.
        stop: ends it.
        restraint: what was agreed of a link that others use too; all of this counts as documents.
    """

    def __init__(
        self,
        store: Store,
        box: RelayBox,
        clock: Clock,
        link: Link,
        stop: Stopping,
        restraint: Restraint,
    ) -> None:
        self._store = store
        self._box = box
        self._clock = clock
        self._link = link
        self._stop = stop
        self._restraint = restraint

    def hand_in_all(self) -> bool:
        """Hand in everything that may travel now; False when own work came in between.

        What is true if it dies:

        1. before the upload's name is written: an empty upload at the office, which expires;
        2. while bytes travel: the office holds a beginning, each whole record of it is taken; the
           rest goes on from its offset;
        3. after the last byte, before the answer is kept: the office says that it has all, and
           gives the answer again, newer if there is news;
        4. after the answer is kept, before the file goes: the same once more.

        Raises:
            RemoteError: the road or the office; what was handed in so far stays handed in.
        """
        for held in self._box.held():
            if self._stop.is_set():
                raise Stopped
            try:
                self._look_up(0)
                self._hand_in(held)
            except _NotNow as reason:
                return not reason.is_own_work
        return True

    def _hand_in(self, held: Held) -> None:
        try:
            for _ in range(_MOST_FORGOTTEN):
                if self._send(held):
                    break
                held.upload_note.unlink(missing_ok=True)
            else:
                raise RemoteError("office_lied", what="upload")
            name, answer = self._link.answer_to(held.note_digest)
            self._box.keep_answer(name, answer)
        except OfficeRefusal as refusal:
            # 404 for the answer: the office does not believe the note.
            if refusal.status not in (*_GONE, *_NEVER):
                raise
            _log.error("file %s was not taken: %s", held.name, refusal)
        self._box.let_go(held)

    def _send(self, held: Held) -> bool:
        """Bring the rest of a file over; False when the office forgot the upload."""
        path = _read_upload(held)
        offset = 0
        if path:
            try:
                offset = self._link.offset(path)
            except OfficeRefusal as refusal:
                if refusal.status in _GONE:
                    return False
                raise
        else:
            path = self._link.create(held.size_bytes, _WHERE)
            self._box.keep_upload(held, path)
        return self._stream(held, path, offset)

    def _stream(self, held: Held, path: str, offset: int) -> bool:
        fruitless = 0
        while offset < held.size_bytes:
            began_at = self._clock.monotonic()
            body = FileBody(held.path, held.size_bytes, offset, self._watch())
            try:
                reached = self._link.send(path, offset, body, self._cursor()).offset_bytes
                if reached <= offset:
                    raise RemoteError("office_lied", what="offset")
                offset = reached
                continue
            except RemoteError as error:
                if isinstance(error, OfficeRefusal) and error.status in _GONE:
                    return False
                if not _is_cut(error):
                    raise
                cut = error
            finally:
                body.close()
                self._note_transfer(body.given_bytes, self._clock.monotonic() - began_at)
            reached = self._link.offset(path)
            fruitless = 0 if reached > offset else fruitless + 1
            if fruitless > _MOST_FRUITLESS:
                raise cut
            offset = reached
        return True

    def _watch(self) -> Callable[[int], None]:
        """Return what is called with each block's size: rests, and looks up once a second."""
        looked_at = self._clock.monotonic()
        given_bytes = 0

        def look(block_bytes: int) -> None:
            nonlocal looked_at, given_bytes
            self._restraint.rest(block_bytes)
            given_bytes += block_bytes
            now = self._clock.monotonic()
            if now - looked_at >= _LOOK_UP_S:
                looked_at = now
                self._look_up(given_bytes)

        return look

    def _look_up(self, under_way_bytes: int) -> None:
        """Break off when own work is due, or when the link is agreed to be others' now."""
        if self._restraint.hold(under_way_bytes) is not None:
            raise _NotNow(is_own_work=False)
        with self._store.read() as session:
            if packs.candidates(session, self._clock.now()):
                raise _NotNow(is_own_work=True)

    def _note_transfer(self, sent_bytes: int, lasted_s: float) -> None:
        if sent_bytes > 0 and lasted_s > 0:
            with self._store.write() as session:
                sending.note_transfer(session, self._clock.now(), sent_bytes, lasted_s)

    def _cursor(self) -> int:
        with self._store.read() as session:
            office = contact.read_contact(session)
        return office.cursor if office else 0


class RelayingEngine(Engine):
    """The engine of a machine that carries files for others."""

    _box: RelayBox | None = None
    _relay_failures = 0

    def carry(self, box: RelayBox) -> None:
        """Hand in from this box after each cycle that went well."""
        self._box = box

    def cycle(self, stop: Stopping, *, is_forced: bool = False) -> CycleReport:
        """Do this kiosk's own work, then hand in what it carries."""
        report = super().cycle(stop, is_forced=is_forced)
        if self._box is None or report.error is not None or stop.is_set() or not self._box.held():
            return report
        with self._store.read() as session:
            office = contact.read_contact(session)
        return self._hand_in(report, self._box, office, stop) if office else report

    def _hand_in(
        self, report: CycleReport, box: RelayBox, office: Contact, stop: Stopping
    ) -> CycleReport:
        link = self._open_link(office, stop)
        now = self._clock.now()
        try:
            restraint = Restraint(self._store, self._clock, stop, self._sharing)
            handing = Handing(self._store, box, self._clock, link, stop, restraint)
            is_done = handing.hand_in_all()
            self._relay_failures = 0
        except Stopped:
            return report
        except (RemoteError, LocalFault) as error:
            # Not this kiosk's failure: its own work is done, and says so.
            self._relay_failures += 1
            wait_s = delay_s(self._relay_failures, self._dice)
            if isinstance(error, AskedToWait):
                wait_s = max(wait_s, error.retry_after_s)
            _log.warning("files of others wait: %s; next attempt in %.0f s", error, wait_s)
            return msgspec.structs.replace(report, next_attempt_at=now + timedelta(seconds=wait_s))
        finally:
            link.close()
        return report if is_done else msgspec.structs.replace(report, next_attempt_at=now)


class FileBody:
    """A file from an offset on, as a link takes it.

    Args:
        path: of the file.
        size_bytes: how long it is.
        offset_bytes: where to begin.
        before_block: called with the size of each block before it goes; may raise to break off.

    Attributes:
        given_bytes: what was handed out.
    """

    def __init__(
        self, path: Path, size_bytes: int, offset_bytes: int, before_block: Callable[[int], None]
    ) -> None:
        try:
            self._file: BinaryIO = path.open("rb")
            self._file.seek(offset_bytes)
        except OSError as error:
            raise LocalFault("disk_failing") from error
        self._left = size_bytes - offset_bytes
        self._length = self._left
        self._before_block = before_block
        self.given_bytes = 0

    def __len__(self) -> int:
        """Return the length from the offset to the end."""
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        """Yield blocks."""
        while block := self.read(BLOCK_BYTES):
            yield block

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes.

        Raises:
            LocalFault: ``disk_failing``. Never OSError, which HTTP libraries would take for a
                broken connection.
        """
        wanted = self._left if size < 0 else min(size, self._left)
        self._before_block(wanted)
        try:
            block = self._file.read(wanted)
        except OSError as error:
            raise LocalFault("disk_failing") from error
        if len(block) < wanted:
            raise LocalFault("disk_failing")
        self._left -= len(block)
        self.given_bytes += len(block)
        return block

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _read_upload(held: Held) -> str:
    try:
        return held.upload_note.read_text("ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def _is_cut(error: RemoteError) -> bool:
    """Tell a broken connection, or an office that lost ours, from an answer that means no."""
    if isinstance(error, OfficeRefusal):
        return error.status in (408, 409)
    is_of_road = error.code in ("office_away", "link_stalled")
    return is_of_road and not isinstance(error, AskedToWait) and "status" not in error.params
