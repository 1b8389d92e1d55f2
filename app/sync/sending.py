"""One pack to the office: chosen, begun or gone on with, streamed, ended; the cycle's first stage.

Never decides when to try again, and never lets one bad record block the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from app.domain.clock import Clock
from app.domain.news import Announcer, ApplicationChanged
from app.errors import LocalFault, RemoteError
from app.protocol.marks import Mark
from app.protocol.record import FORMS, RecordHeader
from app.storage import packs, sending
from app.storage.packs import Candidate, OpenPack
from app.storage.store import Store
from app.sync.link import Link, SendAnswer
from app.sync.link_errors import AskedToWait, OfficeRefusal
from app.sync.packing import PackBody
from app.sync.stopping import Stopped, Stopping

_log = logging.getLogger(__name__)
#: So much goes into one pack, or one record if it is larger.
_MOST_PACK_BYTES = 8 * 1024 * 1024
#: Asked again at once after so many cuts in a row that brought nothing.
_MOST_FRUITLESS = 2
#: A new form goes ahead only of a pack with more than this still to go.
_WORTH_GOING_AHEAD_BYTES = 64 * 1024
_LOOK_FOR_URGENT_S = 1.0
_GONE = (404, 410)
#: Uploads lost in a row, without a byte confirmed, before the office is left alone for a while.
_MOST_GONE = 3
_CUT = frozenset({"office_away", "link_stalled"})


class Progress(msgspec.Struct, frozen=True):
    """How the pack on its way goes."""

    sent_bytes: int
    pack_bytes: int
    references: tuple[str, ...]
    #: Bytes a second of this stretch; 0 while it is too short to tell.
    speed_bytes_per_s: float = 0.0


class Ended(msgspec.Struct, frozen=True):
    """A pack that is no more."""

    #: The office holds all of it; else the upload was gone and its records wait again.
    is_whole: bool
    #: Of the submissions that have nothing more to send.
    references: tuple[str, ...]
    #: The last answer: its events, and the number of the newest one.
    answer: SendAnswer | None = None


class _GoAhead(Exception):
    """A new form waits while a long pack is under way."""


class _Gone(Exception):
    """The office no longer knows the upload."""


class SendingPacks:
    """Sends packs over one link.

    Args:
        store: what waits.
        clock: the time.
        announcer: told of applications on their way or set aside.
        link: the road.
        stop: ends it between packs (the link watches it within).
        on_progress: told how a pack goes.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        announcer: Announcer,
        link: Link,
        stop: Stopping,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._announcer = announcer
        self._link = link
        self._stop = stop
        self._on_progress = on_progress
        #: A pack was called torn though every file here is whole: find whose record it is.
        self._is_isolating = False
        #: How far this process has handed out each pack: more than that the office cannot hold.
        self._handed: dict[int, int] = {}
        self._gone_in_a_row = 0

    def send_next(self, heard: Mark, *, is_forced: bool = False) -> Ended | None:
        """Send one pack to its end; None when nothing is due.

        Args:
            heard: the last event applied; the answer continues after it.
            is_forced: also what waits for a later attempt.

        Raises:
            RemoteError: the road or the office stopped it; the pack stays, or, where the office
                cannot be believed or refuses it, waits as records to be packed anew.
            Stopped: the program ends.
        """
        while True:
            if self._stop.is_set():
                raise Stopped
            pack = self._pack(is_forced=is_forced)
            if pack is None:
                return None
            try:
                return self._finish(pack, self._send(pack, heard))
            except _Gone:
                return self._give_up(pack)
            except _GoAhead:
                self._go_ahead_of(pack)
            except LocalFault as fault:
                # A file vanished or changed under a pack already begun.
                if fault.code not in ("blob_missing", "blob_torn"):
                    raise
                self._drop(pack, 0)
            except OfficeRefusal as refusal:
                self._refused(pack, refusal)

    def _pack(self, *, is_forced: bool) -> OpenPack | None:
        """Return the open pack, or make one of what is due."""
        with self._store.read() as session:
            pack = packs.newest_pack(session)
        while pack is None:
            with self._store.read() as session:
                waiting = packs.candidates(session, self._clock.now(), is_forced=is_forced)
            if self._is_isolating and waiting:
                waiting = tuple(
                    one for one in waiting if one.submission_id == waiting[0].submission_id
                )
            chosen = packs.choose(waiting, _MOST_PACK_BYTES)
            if not chosen:
                return None
            if not self._set_bad_ones_aside(waiting, chosen):
                pack = self._keep(chosen)
        return pack

    def _keep(self, chosen: tuple[RecordHeader, ...]) -> OpenPack:
        with self._store.write() as session:
            now = self._clock.now()
            pack = packs.keep_pack(session, chosen, now)
            moved = packs.begin_sending(session, pack.id, now)
        self._handed[pack.id] = 0
        for application_id in moved:
            self._announcer.announce(ApplicationChanged(application_id, "sending"))
        return pack

    def _set_bad_ones_aside(
        self, waiting: tuple[Candidate, ...], chosen: tuple[RecordHeader, ...]
    ) -> bool:
        """Set aside each submission with a record that cannot be sent; True when there was one."""
        faults: dict[str, str] = {}
        gone = {one.header.digest for one in waiting if one.is_purged}
        for header in chosen:
            if header.digest in gone:
                faults[header.digest] = "record_purged"
                continue
            try:
                self._store.blobs.read(header.digest)
            except LocalFault as fault:
                if fault.code not in ("blob_missing", "blob_torn"):
                    raise
                faults[header.digest] = fault.code
        for one in waiting:
            if one.header.digest in faults:
                self._set_aside(one.submission_id, faults[one.header.digest])
        return bool(faults)

    def _set_aside(self, submission_id: str, code: str) -> None:
        with self._store.write() as session:
            changed = sending.set_aside(session, submission_id, code, self._clock.now())
        _log.error("submission %s set aside: %s", submission_id, code)
        self._announcer.announce(ApplicationChanged(changed, "set_aside"))

    def _send(self, pack: OpenPack, heard: Mark) -> SendAnswer:
        """Bring the rest of a pack over, going on at once after a cut that left something there."""
        path, offset = self._begin(pack)
        fruitless = 0
        while True:
            try:
                return self._stream(pack, path, offset, heard)
            except RemoteError as error:
                if isinstance(error, OfficeRefusal) and error.status in _GONE:
                    raise _Gone from None
                if not _is_cut(error):
                    raise
                cut = error
            reached = self._ask_offset(pack, path)
            fruitless = 0 if reached > offset else fruitless + 1
            if fruitless > _MOST_FRUITLESS:
                raise cut
            offset = reached

    def _begin(self, pack: OpenPack) -> tuple[str, int]:
        if pack.upload_path:
            return pack.upload_path, self._ask_offset(pack, pack.upload_path)
        path = self._link.create(pack.size_bytes)
        with self._store.write() as session:
            packs.note_upload(session, pack.id, path)
        return path, 0

    def _ask_offset(self, pack: OpenPack, path: str) -> int:
        """Ask how much the office holds, and believe it only within what can be true.

        Raises:
            RemoteError: ``office_lied``: more than was handed out, or less than it said before.
                The pack is dropped; its records are packed anew.
        """
        try:
            offset = self._link.offset(path)
        except OfficeRefusal as refusal:
            if refusal.status in _GONE:
                raise _Gone from None
            raise
        with self._store.read() as session:
            known = packs.newest_pack(session)
        least = known.offset_bytes if known and known.id == pack.id else 0
        if not least <= offset <= self._handed.get(pack.id, pack.size_bytes):
            self._drop(pack, 0)
            raise RemoteError("office_lied", what="offset")
        with self._store.write() as session:
            packs.note_offset(session, pack.id, offset)
        return offset

    def _stream(self, pack: OpenPack, path: str, offset: int, heard: Mark) -> SendAnswer:
        """Send the pack from an offset on in one request."""
        with self._store.read() as session:
            references = tuple(name for _, name in packs.submissions_in(session, pack.id))
        body = PackBody(
            pack.records, self._store.blobs.path, offset, self._urgent_watch(pack, offset)
        )
        began_at = self._clock.monotonic()
        arrived = 0

        def tell(count: int) -> None:
            nonlocal arrived
            arrived = count
            lasted_s = self._clock.monotonic() - began_at
            speed = count / lasted_s if lasted_s > 1 else 0.0
            self._on_progress(Progress(offset + count, pack.size_bytes, references, speed))

        tell(0)
        try:
            return self._link.send(path, offset, body, heard.number, tell, (heard,))
        finally:
            body.close()
            reached = offset + body.given_bytes
            if pack.id in self._handed:
                self._handed[pack.id] = max(reached, self._handed[pack.id])
            self._note_transfer(arrived, self._clock.monotonic() - began_at)

    def _urgent_watch(self, pack: OpenPack, offset: int) -> Callable[[], None]:
        """Return a look at the outbox, once a second, while much is still to go."""
        looked_at = self._clock.monotonic()
        given = 0

        def look() -> None:
            nonlocal looked_at, given
            given += 4096
            now = self._clock.monotonic()
            is_long = pack.size_bytes - offset - given > _WORTH_GOING_AHEAD_BYTES
            if not is_long or now - looked_at < _LOOK_FOR_URGENT_S:
                return
            looked_at = now
            with self._store.read() as session:
                is_urgent = sending.has_urgent_work(session, pack.started_at)
            if is_urgent:
                raise _GoAhead

        return look

    def _go_ahead_of(self, pack: OpenPack) -> None:
        """Pack the new forms alone; being the newest, that pack goes first."""
        with self._store.read() as session:
            waiting = packs.candidates(
                session, self._clock.now(), is_forced=True, queued_after=pack.started_at
            )
        forms = tuple(one for one in waiting if one.header.kind in FORMS)
        chosen = packs.choose(forms, _MOST_PACK_BYTES)
        if chosen and not self._set_bad_ones_aside(forms, chosen):
            self._keep(chosen)

    def _note_transfer(self, arrived: int, lasted_s: float) -> None:
        if arrived <= 0 or lasted_s <= 0:
            return
        with self._store.write() as session:
            sending.note_transfer(session, self._clock.now(), arrived, lasted_s)

    def _finish(self, pack: OpenPack, answer: SendAnswer) -> Ended:
        if answer.offset_bytes != pack.size_bytes:
            self._drop(pack, 0)
            raise RemoteError("office_lied", what="offset")
        return self._end(pack, pack.size_bytes, answer)

    def _give_up(self, pack: OpenPack) -> Ended:
        """The upload is gone; what the office once said it holds counts as sent.

        Raises:
            RemoteError: ``office_lied`` when it loses one after the other.
        """
        with self._store.read() as session:
            known = packs.newest_pack(session)
        offset = known.offset_bytes if known and known.id == pack.id else 0
        ended = self._end(pack, offset, None)
        self._gone_in_a_row = 0 if offset else self._gone_in_a_row + 1
        if self._gone_in_a_row >= _MOST_GONE:
            raise RemoteError("office_lied", what="upload")
        return ended

    def _end(self, pack: OpenPack, whole_bytes: int, answer: SendAnswer | None) -> Ended:
        with self._store.write() as session:
            served = packs.submissions_in(session, pack.id)
            packs.end_pack(session, pack, whole_bytes, self._clock.now())
            unsent = sending.unsent_submissions(session)
        self._handed.pop(pack.id, None)
        references = tuple(name for submission_id, name in served if submission_id not in unsent)
        return Ended(answer is not None, references, answer)

    def _drop(self, pack: OpenPack, whole_bytes: int) -> None:
        with self._store.write() as session:
            packs.end_pack(session, pack, whole_bytes, self._clock.now())
        self._handed.pop(pack.id, None)

    def _refused(self, pack: OpenPack, refusal: OfficeRefusal) -> None:
        """Deal with a 4xx on a pack; returns when there is something else to try at once.

        Raises:
            RemoteError: the refusal, when there is not.
        """
        if refusal.status not in (413, 422):
            raise refusal
        with self._store.read() as session:
            served = packs.submissions_in(session, pack.id)
        self._drop(pack, 0)
        if self._is_isolating:
            # This submission was alone: it is the one. The others go on without it.
            for submission_id, _ in served[:1]:
                self._set_aside(submission_id, refusal.reason)
            self._is_isolating = False
            return
        if self._is_broken_here(pack):
            return
        self._is_isolating = True

    def _is_broken_here(self, pack: OpenPack) -> bool:
        """Tell whether a file of the pack is torn here; packing anew sets its submission aside."""
        for header in pack.records:
            try:
                self._store.blobs.read(header.digest)
            except LocalFault:
                return True
        return False


def _is_cut(error: RemoteError) -> bool:
    """Tell a broken connection, or an office that lost ours, from an answer that means no."""
    if isinstance(error, OfficeRefusal):
        # 408: it saw the cut before us; 409: another request of ours stands where this one began.
        return error.status in (408, 409)
    return (
        error.code in _CUT and not isinstance(error, AskedToWait) and "status" not in error.params
    )
