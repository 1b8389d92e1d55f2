"""Owns the shape of what the interface is given; ``app.bootstrap`` fills it, screens use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.clock import Clock
from app.domain.words import Language
from app.ui.theme.tokens import Appearance

if TYPE_CHECKING:
    # The first screen is painted before any of this is imported.
    from app.domain.courier import Courier
    from app.domain.sending import Sending
    from app.domain.sharing import Sharing
    from app.services.backing_up import Backups
    from app.services.doctor import DoctorReport
    from app.services.kiosk import Kiosk


@dataclass(frozen=True)
class OpenDesk:
    """What stands behind the screens once the store is open.

    Attributes:
        kiosk: what services work on; used in the store thread, and in free threads for pictures.
        sending: the sync engine as screens may see it; its calls never block.
        enrol: (office address, typed code, device name); asks the office, so only in a free thread.
        close: stops sending, joins what runs, closes the store; called once, in the store thread.
        examine: asks the doctor; takes seconds, so only in a free thread.
        courier: reads and writes sticks, so only in a free thread.
        backups: copies the kiosk to another disk; making one takes minutes, so in a free thread.
        sharing: how the kiosk was set up to share the network; None where nothing was said.
        language: what the operator chose for new people; None where nothing was chosen.
        appearance: likewise.
    """

    kiosk: Kiosk
    sending: Sending
    enrol: Callable[[str, str, str], None]
    close: Callable[[], None]
    examine: Callable[[], DoctorReport] | None = None
    courier: Courier | None = None
    backups: Backups | None = None
    sharing: Sharing | None = None
    language: Language | None = None
    appearance: Appearance | None = None


@dataclass(frozen=True)
class Desk:
    """Everything the window starts with; cheap to make, opens nothing.

    Attributes:
        open: opens the store and starts sending; called once, in the store thread, behind the
            first paint. An AppError from it becomes the page that explains it.
        language: what a new person finds.
        appearance: what a new person finds.
        idle_s: quiet seconds before the warning.
        countdown_s: seconds of the warning before the screen clears and locks.
    """

    clock: Clock
    open: Callable[[], OpenDesk]
    language: Language = "id"
    appearance: Appearance = Appearance()
    idle_s: int = 150
    countdown_s: int = 30
    is_full_screen: bool = False
