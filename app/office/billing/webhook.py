"""The route by which a payment provider tells payments; only signatures open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import UserError
from app.office.asking import small_body
from app.office.billing.notices import (
    PaymentNotice,
    note_signature_refused,
    read_notice,
    take_notice,
)
from app.office.throttle import Throttle, subscriber

if TYPE_CHECKING:
    from app.office.context import Office

PATH = "/v1/payments/notices"
_REFUSALS_PER_MINUTE = 20


def payments_router(office: Office) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["payments"])
    router.add_api_route(PATH, PaymentsRoom(office).notices, methods=["POST"])
    return router


class PaymentsRoom:
    """The route, and how much it puts up with from those who cannot sign."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._refusals = Throttle(office.clock, _REFUSALS_PER_MINUTE)
        # Whoever floods the route shall not fill the trail, nor take the writer's turn.
        self._lines = Throttle(office.clock, 1)

    async def notices(self, request: Request) -> Response:
        """Take a signed payment notice; 200 also for one that came before."""
        caller = subscriber(request.client.host if request.client else "")
        self._refusals.check(caller)
        try:
            notice = await self._read(request)
        except UserError as error:
            self._refusals.count(caller)
            if error.code == "signature_refused":
                await self._leave_line()
            raise
        outcome = await to_thread.run_sync(take_notice, self._office, notice)
        return Response(msgspec.json.encode({"outcome": outcome}), media_type="application/json")

    async def _read(self, request: Request) -> PaymentNotice:
        body = await small_body(request)
        header = request.headers.get("Loket-Signature", "")
        secret, now = self._office.settings.payment_secret, self._office.clock.now()
        return read_notice(body, header, secret, now)

    async def _leave_line(self) -> None:
        try:
            self._lines.take("")
        except UserError:
            return
        await to_thread.run_sync(note_signature_refused, self._office)
