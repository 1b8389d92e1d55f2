"""What a request says of itself: its token, its cursor, a small body; decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread
from fastapi import Request

from app.errors import UserError
from app.office.devices import Device, device_of_token
from app.protocol.marks import Mark, read_marks

if TYPE_CHECKING:
    from app.office.context import Office

_MOST_CURSOR, _MOST_DIGITS = 2**31 - 1, 10
_MOST_REQUEST_BYTES = 16 * 1024


async def asking_device(office: Office, request: Request) -> Device:
    """Return the device whose bearer token came with the request.

    Raises:
        UserError: ``token_refused``.
    """
    token = token_of(request)
    if not token:
        raise UserError("token_refused")
    return await to_thread.run_sync(device_of_token, office, token)


def token_of(request: Request) -> str:
    """Return the bearer token that came with the request, empty without one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def heard_of(request: Request) -> tuple[Mark, ...]:
    """Return the marks of the header ``Loket-Heard``, none without it.

    Raises:
        UserError: ``request_malformed``.
    """
    said = request.headers.get("Loket-Heard")
    if said is None:
        return ()
    marks = read_marks(said)
    if marks is None:
        raise UserError("request_malformed")
    return marks


def cursor_of(request: Request) -> int | None:
    """Return the header ``Loket-Cursor``, or None without it.

    Raises:
        UserError: ``request_malformed``.
    """
    said = request.headers.get("Loket-Cursor")
    if said is None:
        return None
    is_number = said.isascii() and said.isdigit() and len(said) <= _MOST_DIGITS
    if not (is_number and int(said) <= _MOST_CURSOR):
        raise UserError("request_malformed")
    return int(said)


async def small_body(request: Request) -> bytes:
    """Return a request's body, which is never large here.

    Raises:
        UserError: ``request_malformed`` when it is.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_REQUEST_BYTES:
            raise UserError("request_malformed")
    return bytes(body)
