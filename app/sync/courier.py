"""The courier as screens and commands know it: one stay of a stick, in the order that serves most.

Answers first, because a receipt spares the stick its application; what waits here last but one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.domain.clock import Clock
from app.domain.courier import (
    AnswersRead,
    Drive,
    Exchanged,
    FilesWritten,
    IsEnding,
    OnStick,
    TellCourier,
    Waits,
)
from app.domain.news import Announcer
from app.errors import UserError
from app.protocol.record import HEADER_BYTES
from app.security.sticks import free_bytes, remove_from_stick
from app.storage import contact, courier
from app.storage.store import Store
from app.sync.applying import Applying
from app.sync.courier_drives import find_drives
from app.sync.courier_files import CourierFile, courier_files
from app.sync.courier_reading import CourierReading
from app.sync.courier_relay import RelayBox
from app.sync.courier_writing import CourierWriting


class StickCourier:
    """What ``Courier`` promises, on real sticks; safe from several threads.

    Args:
        store: whose work travels.
        clock: the time.
        announcer: told what answers changed.
        box: what is carried for others.
        find: finds the sticks that are plugged in.
        then: called when something new may travel by link, or need not any more.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        announcer: Announcer,
        box: RelayBox,
        find: Callable[[], tuple[Drive, ...]] = find_drives,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._box = box
        self._find = find
        self._then = then
        self._reading = CourierReading(store, Applying(store, clock, announcer))

    def drives(self) -> tuple[Drive, ...]:
        """Return the sticks that are plugged in."""
        return self._find()

    def waits(self) -> Waits:
        """Return what waits here for a stick."""
        with self._store.read() as session:
            is_enrolled = contact.read_contact(session) is not None
            waiting = courier.without_receipt(session)
            carried = courier.carried(session)
        sizes = {one.header.digest: HEADER_BYTES + one.header.length_bytes for one in waiting}
        return Waits(
            is_enrolled=is_enrolled,
            count=len({one.submission_id for one in waiting}),
            size_bytes=sum(sizes.values()),
            carried_count=carried.count,
            carried_since=carried.since,
            relayed=len(self._box.held()),
            to_give=len(self._box.answers()),
        )

    def look(self, folder: str) -> OnStick:
        """Return what lies on a stick; as ``Courier.look``."""
        stick = Path(folder)
        answers, others = self._sorted(stick)
        to_give = len(self._box.answers())
        return OnStick(len(answers), len(others), to_give, free_bytes(stick))

    def exchange(
        self, folder: str, tell: TellCourier, stop: IsEnding, *, carries_others: bool
    ) -> Exchanged:
        """Do everything that this stick can do; as ``Courier.exchange``.

        What is true if it dies in a step stands with that step; each may be done again, and a step
        that was not reached is done by the next stay.
        """
        stick = Path(folder)
        answers, others = self._sorted(stick)
        read = self._reading.read(answers, tell, stop) if answers else AnswersRead()
        taken, wrong = 0, read.wrong
        if carries_others and others:
            taken, not_taken = self._box.take(others, tell, stop)
            wrong = (*wrong, *not_taken)
        written = CourierWriting(self._store, self._clock).write(stick, tell, stop)
        given = self._box.give(stick, tell, stop)
        # What was read stands in the store; on the stick it would only be read again.
        unread = {one.name for one in wrong}
        remove_from_stick(one.path for one in answers if one.path.name not in unread)
        self._then()
        return Exchanged(read, written, taken, given, wrong)

    def write(self, folder: str, tell: TellCourier, stop: IsEnding) -> FilesWritten:
        """Only write what waits here."""
        return CourierWriting(self._store, self._clock).write(Path(folder), tell, stop)

    def read(self, paths: tuple[Path, ...], tell: TellCourier, stop: IsEnding) -> AnswersRead:
        """Only read answers, from files or whole sticks.

        Raises:
            UserError: ``courier_nothing_found``.
        """
        found: list[CourierFile] = []
        for path in paths:
            found += courier_files(path) if path.is_dir() else _named(path)
        mine = self._device_code()
        answers = tuple(
            file for file in found if file.name.is_return and file.name.device_code == mine
        )
        if not answers:
            raise UserError("courier_nothing_found")
        return self._reading.read(answers, tell, stop)

    def _sorted(self, stick: Path) -> tuple[tuple[CourierFile, ...], tuple[CourierFile, ...]]:
        """Return the answers for this kiosk, and the files of other kiosks."""
        mine = self._device_code()
        files = courier_files(stick)
        return (
            tuple(one for one in files if one.name.is_return and one.name.device_code == mine),
            tuple(one for one in files if not one.name.is_return and one.name.device_code != mine),
        )

    def _device_code(self) -> str:
        with self._store.read() as session:
            sender = courier.courier_sender(session)
        if sender is None:
            raise UserError("not_enrolled")
        return sender.device_code


def _named(path: Path) -> tuple[CourierFile, ...]:
    return tuple(file for file in courier_files(path.parent) if file.path.name == path.name)
