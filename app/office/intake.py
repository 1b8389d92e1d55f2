"""The intake's plain routes: enrolment, events, health; the packs have a room of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.errors import UserError
from app.office.asking import asking_device, heard_of, small_body
from app.office.enrolling import enrol
from app.office.figures.hearing import hear
from app.office.guessing import Limit, check, count
from app.office.pulling import PACK_TYPE, answer_pull
from app.office.throttle import subscriber
from app.protocol.enrolment import EnrolmentAnswer, EnrolmentRequest
from app.protocol.waiting import HEADER, read_waiting

if TYPE_CHECKING:
    from app.office.context import Office

_MOST_NUMBER = 2**31 - 1
_REFUSALS = Limit("enrolment", 20)


def intake_router(office: Office) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/v1", tags=["intake"])
    room = IntakeRoom(office)
    router.add_api_route(
        "/enrolments",
        room.enrol,
        methods=["POST"],
        status_code=201,
        openapi_extra=_json_body("EnrolmentRequest"),
        responses={201: _json_answer("EnrolmentAnswer"), 403: _PROBLEM, 409: _PROBLEM},
    )
    router.add_api_route(
        "/events",
        room.events,
        methods=["GET"],
        response_class=Response,
        openapi_extra={"security": [{"device": []}]},
        responses={200: {"content": {PACK_TYPE: {}}, "description": "events"}, 401: _PROBLEM},
    )
    router.add_api_route("/health", room.health, methods=["GET"])
    return router


class IntakeRoom:
    """One method for each route."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def enrol(self, request: Request) -> Response:
        """Take a device in that proves to know an enrolment code."""
        caller = subscriber(request.client.host if request.client else "")
        await to_thread.run_sync(check, self._office, _REFUSALS, caller)
        try:
            asked = _read(await small_body(request))
            answer = await to_thread.run_sync(enrol, self._office, asked)
        except UserError:
            await to_thread.run_sync(count, self._office, _REFUSALS, caller)
            raise
        return Response(msgspec.json.encode(answer), 201, media_type="application/json")

    async def events(
        self,
        request: Request,
        after: Annotated[int, Query(ge=0, le=_MOST_NUMBER)],
        limit: Annotated[int | None, Query(ge=1, le=1000)] = None,
    ) -> Response:
        """Give the events after a number, each signed by the office and sealed to the device."""
        device = await asking_device(self._office, request)
        heard = heard_of(request)
        told = read_waiting(request.headers.get(HEADER))
        await to_thread.run_sync(hear, self._office, device.id, told)
        return await to_thread.run_sync(answer_pull, self._office, device.id, after, limit, heard)

    async def health(self) -> dict[str, str]:
        """Say which office this is and what time it has."""
        return {
            "office": self._office.keys.office_id,
            "time": self._office.clock.now().isoformat(),
        }


def intake_schemas() -> dict[str, Any]:
    """Return the JSON schemas of the structures that travel, for the OpenAPI page."""
    _shown, schemas = msgspec.json.schema_components(
        [EnrolmentRequest, EnrolmentAnswer], ref_template="#/components/schemas/{name}"
    )
    return schemas


_PROBLEM: dict[str, Any] = {
    "description": "refused",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["code", "title"],
                "properties": {"code": {"type": "string"}, "title": {"type": "string"}},
            }
        }
    },
}


def _json_body(schema: str) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": _json(schema)}}


def _json_answer(schema: str) -> dict[str, Any]:
    return {"description": "taken in", "content": _json(schema)}


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _read(untrusted: bytes) -> EnrolmentRequest:
    try:
        return msgspec.json.decode(untrusted, type=EnrolmentRequest)
    except (ValueError, RecursionError):
        # Bytes that are no UTF-8, and brackets without end, are errors of their own in msgspec.
        raise UserError("request_malformed") from None
