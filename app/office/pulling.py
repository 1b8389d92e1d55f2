"""The answer to a pull: a pack of events with the office's time.

The same behind both doors that give it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.responses import Response

from app.office.events import EventsPack, events_after
from app.protocol.marks import Mark

if TYPE_CHECKING:
    from app.office.context import Office

PACK_TYPE = "application/vnd.loket.pack"


#: Says in ``Loket-After`` that the device must name more of what it has heard.
UNKNOWN = "?"


def answer_pull(
    office: Office, device_id: str, cursor: int, limit: int | None, heard: Sequence[Mark]
) -> Response:
    """Return the events after the cursor, or after the last one that both sides know."""
    return pull_answer(office, events_after(office, device_id, cursor, limit, heard))


def pull_answer(office: Office, answer: EventsPack) -> Response:
    """Return events that are durable as an answer."""
    return Response(
        answer.pack,
        media_type=PACK_TYPE,
        headers={
            "Loket-Time": office.clock.now().isoformat(),
            "Loket-Last": str(answer.last),
            "Loket-After": UNKNOWN if answer.after is None else str(answer.after),
        },
    )
