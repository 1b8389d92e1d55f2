"""What the interface may know and ask of the courier, without knowing sticks or packs.

``Courier`` is implemented by ``app.sync``; screens and services see only this.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, Protocol

import msgspec

#: What is done now; the words are ``courier.step.<value>``.
CourierStep = Literal["reading", "taking", "writing", "checking", "giving"]


class Drive(msgspec.Struct, frozen=True):
    """A stick that is plugged in, or a folder that somebody chose."""

    folder: str
    #: What its owner called it.
    name: str
    free_bytes: int | None = None


class OnStick(msgspec.Struct, frozen=True):
    """What lies on a stick."""

    #: Return files for this kiosk.
    answers: int = 0
    #: Files of other kiosks that want to go to the office.
    others: int = 0
    #: Return files that this machine holds for other kiosks.
    to_give: int = 0
    free_bytes: int | None = None


class Waits(msgspec.Struct, frozen=True):
    """What the next file would hold, and what is on sticks already."""

    is_enrolled: bool
    count: int = 0
    size_bytes: int = 0
    carried_count: int = 0
    carried_since: datetime | None = None
    #: Files of other kiosks that wait here for the link, and answers that wait for their stick.
    relayed: int = 0
    to_give: int = 0


class CourierProgress(msgspec.Struct, frozen=True):
    """How far the exchange with a stick is."""

    step: CourierStep
    done_bytes: int = 0
    all_bytes: int = 0


class LeftOut(msgspec.Struct, frozen=True):
    """A submission that could not go along, and why (words: ``errors.<code>``)."""

    reference: str
    code: str


class WrongFile(msgspec.Struct, frozen=True):
    """A file that was not taken, and why (words: ``errors.<code>``)."""

    name: str
    code: str
    #: From 1, the record that is torn; 0 when it is about the whole file.
    record: int = 0


class FilesWritten(msgspec.Struct, frozen=True):
    """What went onto the stick; it was read back and is durable there."""

    names: tuple[str, ...] = ()
    #: References of the applications whose records are all on the stick now.
    references: tuple[str, ...] = ()
    size_bytes: int = 0
    #: What found no room.
    left_bytes: int = 0
    left_out: tuple[LeftOut, ...] = ()


class AnswersRead(msgspec.Struct, frozen=True):
    """What return files brought."""

    files: int = 0
    events: int = 0
    #: References of the applications that the office has received.
    received: tuple[str, ...] = ()
    wrong: tuple[WrongFile, ...] = ()


class Exchanged(msgspec.Struct, frozen=True):
    """Everything that one stay of a stick brought about."""

    read: AnswersRead
    written: FilesWritten
    #: Files taken along for other kiosks, and answers put down for them.
    taken: int = 0
    given: int = 0
    wrong: tuple[WrongFile, ...] = ()


class IsEnding(Protocol):
    """Something like ``threading.Event``: a person may break it off, and nothing is lost."""

    def is_set(self) -> bool:
        """Tell whether to end now."""
        ...


#: Hears how far an exchange is; called from the thread that works.
TellCourier = Callable[[CourierProgress], None]


class Courier(Protocol):
    """The courier, seen from a screen; every call reads or writes disks, so never in its thread."""

    def drives(self) -> tuple[Drive, ...]:
        """Return the sticks that are plugged in."""
        ...

    def waits(self) -> Waits:
        """Return what waits here for a stick."""
        ...

    def look(self, folder: str) -> OnStick:
        """Return what lies on a stick.

        Raises:
            LocalFault: ``stick_gone``, ``stick_failing``.
        """
        ...

    def exchange(
        self, folder: str, tell: TellCourier, stop: IsEnding, *, carries_others: bool
    ) -> Exchanged:
        """Read what is for this kiosk, take along what is for the office, write what waits here.

        Raises:
            UserError: ``not_enrolled``, ``courier_cancelled``.
            LocalFault: ``stick_full``, ``stick_read_only``, ``stick_gone``, ``stick_failing``, and
                the store's.
        """
        ...
