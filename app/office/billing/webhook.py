"""The route by which a payment provider tells payments; only signatures open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import UserError
from app.office.asking import small_body
from app.office.billing.notices import note_signature_refused, read_notice, take_notice

if TYPE_CHECKING:
    from app.office.context import Office

PATH = "/v1/payments/notices"


def payments_router(office: Office) -> APIRouter:
    """Return the route."""

    async def notices(request: Request) -> Response:
        """Take a signed payment notice; 200 also for one that came before."""
        body = await small_body(request)
        header = request.headers.get("Loket-Signature", "")
        secret, now = office.settings.payment_secret, office.clock.now()
        try:
            notice = read_notice(body, header, secret, now)
        except UserError as error:
            if error.code == "signature_refused":
                await to_thread.run_sync(note_signature_refused, office)
            raise
        outcome = await to_thread.run_sync(take_notice, office, notice)
        return Response(msgspec.json.encode({"outcome": outcome}), media_type="application/json")

    router = APIRouter(tags=["payments"])
    router.add_api_route(PATH, notices, methods=["POST"])
    return router
