"""The answer to a pull: a pack of events with the office's time.

The same behind both doors that give it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from app.office.events import events_after

if TYPE_CHECKING:
    from app.office.context import Office

PACK_TYPE = "application/vnd.loket.pack"


def answer_pull(office: Office, device_id: str, cursor: int, limit: int | None) -> Response:
    """Return the events after the cursor."""
    answer = events_after(office, device_id, cursor, limit)
    return Response(
        answer.pack,
        media_type=PACK_TYPE,
        headers={
            "Loket-Time": office.clock.now().isoformat(),
            "Loket-Last": str(answer.last),
        },
    )
