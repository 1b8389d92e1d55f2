"""One pack over one link: begun, streamed, and gone on with after each cut.

Never decides which pack, nor when to try again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from app.domain.clock import Clock, Dice
from app.domain.ids import new_id
from app.errors import RemoteError
from app.protocol.marks import Mark
from app.storage import packs
from app.storage.packs import OpenPack
from app.storage.store import Store
from app.sync.link import Link
from app.sync.link_answers import SendAnswer
from app.sync.link_errors import AskedToWait, OfficeRefusal, Unreachable
from app.sync.packing import PackBody
from app.sync.speed import Speedometer

#: Asked again at once after so many cuts in a row that brought nothing.
_MOST_FRUITLESS = 2
_GONE = (404, 410)
_CUT = frozenset({"office_away", "link_stalled"})


class Progress(msgspec.Struct, frozen=True):
    """How what is on its way goes: one pack, or all that travel side by side."""

    sent_bytes: int
    pack_bytes: int
    references: tuple[str, ...]
    #: Bytes a second, cuts included; 0 while it is too short to tell.
    speed_bytes_per_s: float = 0.0


class UnderWay:
    """The packs that travel at this moment, told as one.

    Args:
        on_progress: told, from the thread that carries the first of them.
    """

    def __init__(self, on_progress: Callable[[Progress], None]) -> None:
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._of: dict[object, Progress] = {}

    def note(self, who: object, progress: Progress | None) -> None:
        """Keep how somebody's pack goes; None when it travels no more."""
        with self._lock:
            self._of.pop(who, None)
            if progress is not None:
                self._of[who] = progress

    def tell(self) -> None:
        """Tell how all of them go."""
        with self._lock:
            each = tuple(self._of.values())
        if not each:
            return
        names = dict.fromkeys(name for one in each for name in one.references)
        self._on_progress(
            Progress(
                sum(one.sent_bytes for one in each),
                sum(one.pack_bytes for one in each),
                tuple(names),
                # Of the road, whoever measured it last.
                each[-1].speed_bytes_per_s,
            )
        )


class Gone(Exception):
    """The office no longer knows the upload."""


class _Place(msgspec.Struct, frozen=True):
    """Where in an upload to go on."""

    path: str
    offset_bytes: int
    #: ``new``: the office may never have heard of it. ``guess``: it has at least so much, by what
    #: its machine acknowledged. ``sure``: it said so.
    kind: Literal["new", "guess", "sure"]


class PackStream:
    """Streams packs over one link; used by one thread.

    Args:
        store: what waits.
        clock: the time.
        dice: names for uploads.
        link: the road.
        speed: measured on the way.
        on_progress: told how a pack goes.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        dice: Dice,
        link: Link,
        speed: Speedometer,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._dice = dice
        self._link = link
        self._speed = speed
        self._on_progress = on_progress
        #: How far this process has handed out each pack: more than that the office cannot hold.
        self._handed: dict[tuple[int, datetime], int] = {}
        #: How much of the present or last pack arrived since ``carry`` began.
        self.arrived_bytes = 0

    def carry(
        self, pack: OpenPack, heard: Mark | None, before_block: Callable[[int], None]
    ) -> SendAnswer:
        """Bring the rest of a pack over, going on at once after a cut that left something there.

        Args:
            pack: to bring.
            heard: the last event applied; the answer continues after it. None to be told none.
            before_block: told before each block how many bytes are still to go; may raise to break
                off.

        Raises:
            Gone: the office no longer knows the upload.
            RemoteError: the road or the office stopped it.
        """
        if not pack.upload_path:
            self._handed[_name(pack)] = 0
        self.arrived_bytes = 0
        place = self._start(pack)
        fruitless = 0
        while True:
            try:
                return self._stream(pack, place, heard, before_block)
            except RemoteError as error:
                cut = error
            following = self._after(cut, pack, place)
            fruitless = 0 if following.offset_bytes > place.offset_bytes else fruitless + 1
            if fruitless > _MOST_FRUITLESS:
                raise cut
            place = following

    def known_offset(self, pack: OpenPack) -> int:
        """Return what the office last said that it holds of a pack."""
        with self._store.read() as session:
            return packs.offset_of(session, pack)

    def asked_offset(self, pack: OpenPack) -> int:
        """Return what the office says that it holds of a pack; it is asked if it may hold any.

        Raises:
            Gone: as ``carry``.
            RemoteError: the road or the office did not tell.
        """
        return self._ask(pack, pack.upload_path).offset_bytes if pack.upload_path else 0

    def _start(self, pack: OpenPack) -> _Place:
        if pack.upload_path:
            return self._ask(pack, pack.upload_path)
        return _Place(f"v1/packs/{new_id(self._clock.now(), self._dice)}", 0, "new")

    def _after(self, error: RemoteError, pack: OpenPack, place: _Place) -> _Place:
        """Return where to go on after an answer that is not the last, or none.

        Raises:
            Gone: as ``carry``.
            RemoteError: the error itself, when it is no cut.
        """
        if isinstance(error, OfficeRefusal):
            if error.status in _GONE:
                return self._forgotten(error, pack, place.path)
            if error.status == 409 and error.offset_bytes is not None:
                return self._believed(pack, place.path, error.offset_bytes)
        if not _is_cut(error):
            raise error
        acked_bytes = self._link.acked_bytes
        if acked_bytes is None or isinstance(error, OfficeRefusal):
            return self._ask(pack, place.path)
        if place.kind == "new" and not acked_bytes:
            return place
        return _Place(place.path, place.offset_bytes + acked_bytes, "guess")

    def _ask(self, pack: OpenPack, path: str) -> _Place:
        try:
            offset = self._link.offset(path)
        except OfficeRefusal as refusal:
            if refusal.status not in _GONE:
                raise
            return self._forgotten(refusal, pack, path)
        return self._believed(pack, path, offset)

    def _forgotten(self, refusal: OfficeRefusal, pack: OpenPack, path: str) -> _Place:
        """The office does not know the upload: perhaps the first request never reached it."""
        if refusal.status == 404 and not self.known_offset(pack):
            return _Place(path, 0, "new")
        raise Gone from None

    def _believed(self, pack: OpenPack, path: str, offset: int) -> _Place:
        """Believe what the office says it has, within what can be true.

        Raises:
            RemoteError: ``office_lied``: more than was handed out, or less than it said before.
        """
        most = self._handed.get(_name(pack), pack.size_bytes)
        if not self.known_offset(pack) <= offset <= most:
            raise RemoteError("office_lied", what="offset")
        with self._store.write() as session:
            packs.note_offset(session, pack, offset)
        return _Place(path, offset, "sure")

    def _stream(
        self, pack: OpenPack, place: _Place, heard: Mark | None, before_block: Callable[[int], None]
    ) -> SendAnswer:
        """Send the pack from a place on in one request."""
        with self._store.read() as session:
            references = tuple(name for _, name in packs.submissions_in(session, pack.id))
        offset = place.offset_bytes
        blobs = self._store.blobs
        is_named = place.kind != "new"

        def look(remaining_bytes: int) -> None:
            nonlocal is_named
            if not is_named:
                # Before the first byte and not before the connection: a name that the office
                # cannot know would cost a question. Whatever happens from here on, what it took
                # can be asked for.
                with self._store.write() as session:
                    packs.note_upload(session, pack, place.path)
                is_named = True
            before_block(remaining_bytes)

        body = PackBody(pack.records, blobs.path, offset, look, blobs.read)
        stretch = self._speed.begin(self._clock.monotonic())

        before = self.arrived_bytes

        def tell(count: int) -> None:
            self.arrived_bytes = before + count
            speed = stretch.arrived(count, self._clock.monotonic())
            self._on_progress(Progress(offset + count, pack.size_bytes, references, speed))

        tell(0)
        try:
            cursor, marks = (heard.number, (heard,)) if heard else (None, ())
            if place.kind == "new":
                return self._link.begin(place.path.rpartition("/")[2], body, cursor, tell, marks)
            is_guess = place.kind == "guess"
            return self._link.send(place.path, offset, body, cursor, tell, marks, is_guess=is_guess)
        finally:
            body.close()
            if (name := _name(pack)) in self._handed:
                self._handed[name] = max(offset + body.given_bytes, self._handed[name])


def _name(pack: OpenPack) -> tuple[int, datetime]:
    """Return what no other pack has, as its number may be given anew."""
    return pack.id, pack.started_at


def _is_cut(error: RemoteError) -> bool:
    """Tell a broken connection, or an office that lost ours, from an answer that means no."""
    if isinstance(error, OfficeRefusal):
        # 408: it saw the cut before us; 409: another request of ours stands where this one began.
        return error.status in (408, 409)
    if isinstance(error, AskedToWait | Unreachable):
        return False
    return error.code in _CUT and "status" not in error.params
