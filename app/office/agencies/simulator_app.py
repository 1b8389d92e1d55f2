"""The simulated agencies as one small web server, over the same contract as the real ones.

An office is pointed at ``/payments``, ``/registry`` and ``/ministry``; ``/simulator`` is for those
who play the other side: it pays bills and moves applications. Never listens beyond loopback.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
from anyio import to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import AppError, RemoteError, UserError
from app.office.agencies.clients import (
    APPLICATIONS_PATH,
    CHANGES_PATH,
    CHECKS_PATH,
    DOCUMENTS_PATH,
)
from app.office.agencies.contract import (
    MOST_DELIVERED_BYTES,
    ChangesQuestion,
    Delivery,
    Export,
    RegistryQuestion,
)
from app.office.agencies.simulated import SimulatedMinistry, SimulatedRegistry
from app.office.billing.notices import PaymentNotice
from app.office.billing.provider import Order
from app.office.billing.provider_client import PATH as ORDERS_PATH
from app.office.billing.provider_client import IssuedOrder
from app.office.billing.simulator import SimulatedProvider
from app.office.billing.webhook import PATH as NOTICES_PATH
from app.office.ways.signing import HEADER, check_signed, sign

if TYPE_CHECKING:
    from app.domain.clock import Clock

_MOST_QUESTION_BYTES = 256 * 1024
#: In base64.
_MOST_DELIVERY_BYTES = MOST_DELIVERED_BYTES * 4 // 3 + 1024
_NOTICE_S = 10.0


class Secrets(msgspec.Struct, frozen=True):
    """What each simulated agency shares with the office."""

    payments: str
    registry: str
    ministry: str

    def __repr__(self) -> str:
        return "Secrets()"


class Payment(msgspec.Struct, frozen=True):
    """Somebody pays a code; by default what it asks for."""

    code: str
    rupiah: int | None = None


class Told(msgspec.Struct, frozen=True):
    """Somebody at the ministry moves an application."""

    number: str
    state: str


class Simulator:
    """All three agencies.

    Args:
        secrets: shared with the office.
        clock: of everything said.
        office_url: where payments are told; none are without it.
    """

    def __init__(self, secrets: Secrets, clock: Clock, office_url: str = "") -> None:
        self._secrets = secrets
        self._clock = clock
        self.office_url = office_url.rstrip("/")
        self.provider = SimulatedProvider(clock)
        self.registry = SimulatedRegistry()
        self.ministry = SimulatedMinistry(clock)
        self._due: dict[str, int] = {}

    def app(self) -> Starlette:
        """Return the web application."""
        said = self._secrets
        ministry = self.ministry
        contract: Mapping[str, tuple[str, type[Any], Callable[[Any], object]]] = {
            f"/payments{ORDERS_PATH}": (said.payments, Order, self._issue),
            f"/registry{CHECKS_PATH}": (said.registry, RegistryQuestion, self.registry.check),
            f"/ministry{APPLICATIONS_PATH}": (said.ministry, Export, ministry.export),
            f"/ministry{DOCUMENTS_PATH}": (said.ministry, Delivery, ministry.deliver),
            f"/ministry{CHANGES_PATH}": (said.ministry, ChangesQuestion, ministry.changes),
        }
        routes = [
            Route(path, self._signed(*how), methods=["POST"]) for path, how in contract.items()
        ]
        routes += [
            Route("/simulator/payments", self._plain(Payment, self._pay), methods=["POST"]),
            Route("/simulator/states", self._plain(Told, self._tell), methods=["POST"]),
        ]
        return Starlette(routes=routes)

    def _signed(self, secret: str, kind: type[Any], answer: Callable[[Any], object]) -> Any:  # noqa: ANN401
        async def endpoint(request: Request) -> Response:
            now = self._clock.now()
            try:
                body = await _read(request, _MOST_DELIVERY_BYTES)
                check_signed(body, request.headers.get(HEADER, ""), secret, now)
                asked: Any = msgspec.json.decode(body, type=kind)
                said = msgspec.json.encode(await to_thread.run_sync(answer, asked))
            except UserError:
                return Response(status_code=401)
            except (ValueError, RecursionError, RemoteError):
                return Response(status_code=422)
            headers = {HEADER: sign(said, secret, now)}
            return Response(said, media_type="application/json", headers=headers)

        return endpoint

    def _plain(self, kind: type[Any], act: Callable[[Any], object]) -> Any:  # noqa: ANN401
        async def endpoint(request: Request) -> Response:
            try:
                untrusted = await _read(request, _MOST_QUESTION_BYTES)
                asked: Any = msgspec.json.decode(untrusted, type=kind)
                said = await to_thread.run_sync(act, asked)
            except (ValueError, RecursionError, AppError, httpx.HTTPError):
                return Response(status_code=422)
            return Response(msgspec.json.encode(said), media_type="application/json")

        return endpoint

    def _issue(self, order: Order) -> IssuedOrder:
        issued = self.provider.issue(order)
        self._due[issued.code] = order.rupiah
        return IssuedOrder(
            order.id, issued.code, issued.issued_at, issued.expires_at, issued.channels
        )

    def _pay(self, payment: Payment) -> object:
        """Tell the office of a payment as a real provider does, and return its answer."""
        now = self._clock.now()
        rupiah = self._due.get(payment.code, 0) if payment.rupiah is None else payment.rupiah
        name = f"S-{payment.code}-{rupiah}"
        body = msgspec.json.encode(
            PaymentNotice(name, payment.code, rupiah, now, f"N{payment.code}")
        )
        headers = {HEADER: sign(body, self._secrets.payments, now)}
        answer = httpx.post(
            self.office_url + NOTICES_PATH,
            content=body,
            headers=headers,
            timeout=_NOTICE_S,
            trust_env=False,
        )
        return answer.raise_for_status().json()

    def _tell(self, told: Told) -> object:
        self.ministry.tell(told.number, told.state)
        return {"told": True}


async def _read(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise ValueError("too long")
    return bytes(body)
