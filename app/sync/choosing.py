"""Which records travel next: a pack already open, or a new one of what is due.

Never gives one pack to two connections, never lets a record that cannot be sent block the others,
and never talks to the office.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.domain.clock import Clock
from app.domain.news import Announcer, ApplicationChanged
from app.domain.words import WIB
from app.errors import LocalFault
from app.protocol.record import FORMS, HEADER_BYTES, RecordHeader, RecordKind
from app.storage import opinions, packs, sending
from app.storage.packs import Candidate, OpenPack
from app.storage.store import Store

_log = logging.getLogger(__name__)
_MEBIBYTE = 1024 * 1024
#: So much goes into one pack while the speed is not known, or one record if it is larger.
_USUAL_PACK_BYTES = 16 * _MEBIBYTE
#: A pack lasts about so long: its end brings receipts, and costs a moment without bytes.
_PACK_S = 300.0
LEAST_PACK_BYTES, MOST_PACK_BYTES = _MEBIBYTE, 64 * _MEBIBYTE
_UNSENDABLE = ("blob_missing", "blob_torn")
_DOCUMENTS = frozenset({RecordKind.BLOB})
#: Bytes that wait to how many of them go into one pack.
Portion = Callable[[int], int]


def pack_bytes_at(speed_bytes_per_s: float) -> int:
    """Return how much goes into one pack on a road of this speed."""
    if not speed_bytes_per_s:
        return _USUAL_PACK_BYTES
    return round(min(MOST_PACK_BYTES, max(LEAST_PACK_BYTES, speed_bytes_per_s * _PACK_S)))


class Choosing:
    """Makes packs of one store's outbox, and knows which of them are being carried.

    Several threads may ask; what is given must be given back.

    Args:
        store: what waits.
        clock: the time.
        announcer: told of applications on their way or set aside.
    """

    def __init__(self, store: Store, clock: Clock, announcer: Announcer) -> None:
        self._store = store
        self._clock = clock
        self._announcer = announcer
        self._lock = threading.Lock()
        self._carried: list[OpenPack] = []
        #: A file was found torn on its way: look through the next pack before it goes.
        self._is_suspicious = False
        #: A pack was called torn though every file here is whole: find whose record it is.
        self.is_isolating = False

    def next(
        self,
        portion: Portion,
        *,
        is_forced: bool,
        forms_only: bool = False,
        may_be_opinions: bool = True,
    ) -> OpenPack | None:
        """Return an open pack, or make one of what is due; None when nothing is.

        Args:
            portion: how much goes into one.
            is_forced: also what waits for a later attempt.
            forms_only: no documents now. A pack with both is returned only if its forms may not
                have arrived: they need one of their own, and it must not go on.
            may_be_opinions: nothing else is under way, so that opinions have their turn.
        """
        with self._lock:
            pack = self._open(FORMS if forms_only else frozenset())
            if pack is None and forms_only:
                pack = self._with_forms_to_go()
            if pack is None:
                pack = self._made(lambda: self._due(is_forced, forms_only), portion)
            if pack is None and may_be_opinions and not forms_only:
                pack = self._opinions()
            return self._given(pack)

    def beside(self, portion: Portion, *, is_forced: bool) -> OpenPack | None:
        """Return a pack of documents to carry beside another, from the end of what waits."""

        def due() -> tuple[Candidate, ...]:
            waiting = self._waiting(is_forced, only=_DOCUMENTS)
            return tuple(one for one in waiting if not one.is_capture) or waiting

        with self._lock:
            pack = self._open(_DOCUMENTS)
            if pack is None and not self.is_isolating:
                pack = self._made(due, portion, is_from_end=True)
            return self._given(pack)

    def give_back(self, pack: OpenPack) -> None:
        """Nobody carries this pack any more; if it is still open, it waits for the next."""
        with self._lock:
            # Not by its number, which another one may have by now.
            self._carried = [one for one in self._carried if one is not pack]

    def _given(self, pack: OpenPack | None) -> OpenPack | None:
        if pack is not None:
            self._carried.append(pack)
        return pack

    def _open(self, only: frozenset[RecordKind]) -> OpenPack | None:
        carried = [pack.id for pack in self._carried]
        with self._store.read() as session:
            return packs.newest_pack(session, only=only, besides=carried)

    def _with_forms_to_go(self) -> OpenPack | None:
        """Return an open pack of which the office has not said that it holds all forms."""
        passed = [pack.id for pack in self._carried]
        with self._store.read() as session:
            while (pack := packs.newest_pack(session, besides=passed)) and pack.forms_bytes:
                if pack.forms_bytes > pack.offset_bytes:
                    return pack
                passed.append(pack.id)
        return None

    def _made(
        self,
        due: Callable[[], tuple[Candidate, ...]],
        portion: Portion,
        *,
        is_from_end: bool = False,
    ) -> OpenPack | None:
        while True:
            waiting = due()
            chosen = packs.choose(waiting, portion(_size(waiting)), is_from_end=is_from_end)
            if not chosen:
                return None
            if not self._set_bad_ones_aside(waiting, chosen):
                return self._keep(chosen)

    def _due(self, is_forced: bool, forms_only: bool) -> tuple[Candidate, ...]:
        waiting = self._waiting(is_forced, only=FORMS if forms_only else frozenset())
        if self.is_isolating and waiting:
            first = waiting[0].submission_id
            waiting = tuple(one for one in waiting if one.submission_id == first)
        return waiting

    def _waiting(
        self, is_forced: bool, *, only: frozenset[RecordKind] = frozenset()
    ) -> tuple[Candidate, ...]:
        with self._store.read() as session:
            return packs.candidates(session, self._clock.now(), is_forced=is_forced, only=only)

    def urgent(self) -> OpenPack | None:
        """Make a pack of the forms that are in no pack, whatever the clock said of them."""
        forms = self._waiting(is_forced=True, only=FORMS)
        chosen = packs.choose(forms, _USUAL_PACK_BYTES)
        if not chosen or self._set_bad_ones_aside(forms, chosen):
            return None
        return self._keep(chosen)

    def _opinions(self) -> OpenPack | None:
        """Make a pack of opinions alone: beside a form one would tell whose it is."""
        now = self._clock.now()
        with self._store.read() as session:
            due = opinions.due(session, now, now.astimezone(WIB).date())
        torn = {one.digest for one in due if self._fault_of(one, is_thorough=False)}
        if torn:
            _log.error("%d opinions are torn here and forgotten", len(torn))
            with self._store.write() as session:
                opinions.forget(session, torn)
        whole = tuple(one for one in due if one.digest not in torn)
        return self._keep(whole) if whole else None

    def leave_opinions(self, pack: OpenPack, code: str) -> bool:
        """Send a refused pack's opinions no more; False when it is a pack of something else."""
        if any(header.kind is not RecordKind.OPINION for header in pack.records):
            return False
        _log.error("%d opinions refused: %s", len(pack.records), code)
        with self._store.write() as session:
            opinions.refuse(session, [header.digest for header in pack.records], code)
        return True

    def suspect(self) -> None:
        """A file vanished or changed under a pack: the next pack is looked through first."""
        self._is_suspicious = True

    def isolate(self) -> None:
        """Pack one submission after the other from now on; nothing else may be under way."""
        self.is_isolating = True
        # What lies in open packs may be of several.
        with self._store.write() as session:
            while (pack := packs.newest_pack(session)) is not None:
                packs.end_pack(session, pack, pack.offset_bytes, self._clock.now())

    def is_whole_here(self, pack: OpenPack) -> bool:
        """Tell whether every file of a pack is what it should be."""
        return not any(self._fault_of(header, is_thorough=True) for header in pack.records)

    def set_aside(self, submission_id: str, code: str) -> None:
        """Put a submission aside with its reason until a person acts."""
        with self._store.write() as session:
            changed = sending.set_aside(session, submission_id, code, self._clock.now())
        _log.error("submission %s set aside: %s", submission_id, code)
        self._announcer.announce(ApplicationChanged(changed, "set_aside"))

    def _keep(self, chosen: tuple[RecordHeader, ...]) -> OpenPack:
        with self._store.write() as session:
            now = self._clock.now()
            pack = packs.keep_pack(session, chosen, now)
            moved = packs.begin_sending(session, pack.id, now)
        for application_id in moved:
            self._announcer.announce(ApplicationChanged(application_id, "sending"))
        return pack

    def _set_bad_ones_aside(
        self, waiting: tuple[Candidate, ...], chosen: tuple[RecordHeader, ...]
    ) -> bool:
        """Set aside each submission with a record that cannot be sent; True when there was one."""
        is_thorough, self._is_suspicious = self._is_suspicious, False
        faults: dict[str, str] = {}
        gone = {one.header.digest for one in waiting if one.is_purged}
        for header in chosen:
            if header.digest in gone:
                faults[header.digest] = "record_purged"
            elif code := self._fault_of(header, is_thorough=is_thorough):
                faults[header.digest] = code
        for one in waiting:
            if one.header.digest in faults:
                self.set_aside(one.submission_id, faults[one.header.digest])
        return bool(faults)

    def _fault_of(self, header: RecordHeader, *, is_thorough: bool) -> str:
        """Return what is wrong with a record's file; empty when it may be sent.

        Its bytes are looked at on their way; here it is enough that there are so many.
        """
        blobs = self._store.blobs
        try:
            if is_thorough:
                blobs.read(header.digest)
            elif not blobs.has(header.digest):
                return "blob_missing"
            elif blobs.path(header.digest).stat().st_size != header.length_bytes:
                return "blob_torn"
        except LocalFault as fault:
            if fault.code not in _UNSENDABLE:
                raise
            return fault.code
        except OSError as error:
            raise LocalFault("disk_failing") from error
        return ""


def _size(waiting: tuple[Candidate, ...]) -> int:
    return sum(HEADER_BYTES + one.header.length_bytes for one in waiting)
