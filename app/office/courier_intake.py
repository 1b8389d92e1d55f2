"""The endpoint under ``/v1/courier``: a device hands in courier files that it carries for others.

The same tus as for packs, because a courier file is one; its records are taken as they arrive, by
the signatures in them. The answer to a file is for its device alone, whoever fetches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import UserError
from app.office.asking import asking_device
from app.office.courier_returns import return_for_note
from app.office.names import is_digest
from app.office.packs import packs_router
from app.office.pulling import PACK_TYPE
from app.protocol.courier import MOST_FILE_BYTES

if TYPE_CHECKING:
    from app.office.context import Office

COURIER_PATH = "/v1/courier"
#: Over a relay's link; what is more comes with its next trip.
_MOST_RETURN_BYTES = 4 * 1024 * 1024


def courier_router(office: Office) -> APIRouter:
    """Return the endpoint."""
    router = packs_router(office, COURIER_PATH, MOST_FILE_BYTES)
    bearer: dict[str, Any] = {"security": [{"device": []}]}

    async def answer(note_digest: str, request: Request) -> Response:
        """Give the return file for the courier file whose note has this digest."""
        await asking_device(office, request)
        if not is_digest(note_digest):
            raise UserError("courier_file_unknown")
        file = await to_thread.run_sync(return_for_note, office, note_digest, _MOST_RETURN_BYTES)
        return Response(file.content, media_type=PACK_TYPE, headers={"Loket-Name": file.name})

    router.add_api_route(
        "/returns/{note_digest}",
        answer,
        methods=["GET"],
        response_class=Response,
        openapi_extra=bearer,
        responses={200: {"content": {PACK_TYPE: {}}, "description": "a return file"}},
    )
    return router
