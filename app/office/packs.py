"""The tus 1.0 endpoint under ``/v1/packs``: takes packs apart while they arrive.

Only the protocol is here; bytes are kept by ``uploads``, ``accepting`` and ``records``. Every call
that may wait for disk or database runs in a thread, so that a slow sender holds up nobody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import AppError, RemoteError, UserError
from app.office.accepting import (
    check_room,
    claim_upload,
    create_upload,
    end_upload,
    prolong,
    standing,
)
from app.office.arrivals import Arrivals
from app.office.asking import asking_device, cursor_of, heard_of, token_of
from app.office.billing.issuing import ContactIssuing
from app.office.devices import Device, token_digest
from app.office.gate import Gate
from app.office.incoming import Incoming, incoming_of, settle_earlier
from app.office.plain_packs import WholePack
from app.office.pulling import PACK_TYPE, answer_pull, pull_answer
from app.office.turns import Claim
from app.office.uploads import LiveUpload

if TYPE_CHECKING:
    from app.office.context import Office

TUS_VERSION = "1.0.0"
PACKS_PATH = "/v1/packs"
_BODY_TYPE = "application/offset+octet-stream"
_CHECKSUMS = ("sha256", "sha1")
_MOST_DIGITS = 15
#: Such a pack is looked at as one, if it comes as fast and without such a silence: until then no
#: byte of it is on the disk.
_MOST_WHOLE_BYTES, _WHOLE_WITHIN_S, _SILENT_S = 1024 * 1024, 2.0, 0.25
#: Whole packs that go step by step; each takes a core for some 50 ms.
_MOST_AT_ONCE, _MOST_WAITING = 4, 160
#: A UUID in small letters, as ``new_id`` makes them.
_NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
P = ParamSpec("P")
T = TypeVar("T")


class Checksum:
    """What a sender says its request's body hashes to (tus checksum extension)."""

    def __init__(self, untrusted: str) -> None:
        name, _, value = untrusted.partition(" ")
        if name not in _CHECKSUMS:
            raise UserError("request_malformed")
        try:
            self._wanted = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise UserError("request_malformed") from None
        self._running = hashlib.new(name, usedforsecurity=False)

    def add(self, chunk: bytes) -> None:
        """Count a chunk in."""
        self._running.update(chunk)

    def is_right(self) -> bool:
        """Tell whether all chunks together are what was said."""
        return self._running.digest() == self._wanted


def packs_router(office: Office, path: str = PACKS_PATH, most_bytes: int = 0) -> APIRouter:
    """Return the endpoint.

    Args:
        office: ours.
        path: where it stands.
        most_bytes: of one upload; 0 = as in the settings.
    """
    router = APIRouter(prefix=path, tags=["packs"])
    room = PacksRoom(office, path, most_bytes or office.settings.most_upload_bytes)
    bearer: dict[str, Any] = {"security": [{"device": []}]}
    router.add_api_route("", room.offer, methods=["OPTIONS"], status_code=204)
    router.add_api_route("/{upload_id}", room.offer_one, methods=["OPTIONS"], status_code=204)
    router.add_api_route("", room.create, methods=["POST"], status_code=201, openapi_extra=bearer)
    router.add_api_route(
        "/{upload_id}", room.tell, methods=["HEAD"], status_code=200, openapi_extra=bearer
    )
    router.add_api_route(
        "/{upload_id}", room.go_on, methods=["PATCH"], status_code=204, openapi_extra=bearer
    )
    router.add_api_route(
        "/{upload_id}", room.cancel, methods=["DELETE"], status_code=204, openapi_extra=bearer
    )
    return router


class PacksRoom:
    """The verbs of tus, one method each."""

    def __init__(self, office: Office, path: str, most_bytes: int) -> None:
        self._office = office
        self._path = path
        self._most_bytes = most_bytes
        self._issuing = ContactIssuing(office)
        self._arrivals = Arrivals(office)
        self._gate = Gate(office.clock, office.dice, _MOST_AT_ONCE, _MOST_WAITING)

    async def offer(self) -> Response:
        """Say what this endpoint can do (tus OPTIONS)."""
        return Response(
            status_code=204,
            headers={
                "Tus-Version": TUS_VERSION,
                "Tus-Extension": "creation,creation-with-upload,checksum,termination,expiration",
                "Tus-Max-Size": str(self._most_bytes),
                "Tus-Checksum-Algorithm": ",".join(_CHECKSUMS),
            },
        )

    async def offer_one(self, upload_id: str) -> Response:
        """Say the same for one upload."""
        del upload_id
        return await self.offer()

    async def create(self, request: Request) -> Response:
        """Make an upload.

        A body in the same request already belongs to it (tus creation-with-upload). With a name of
        the device's own in ``Loket-Upload`` the request may be repeated, and goes on where the
        first one was cut.
        """
        if (answer := await self._take_whole(request)) is not None:
            return answer
        async with self._turn(request):
            return await self._begin(request)

    async def _begin(self, request: Request) -> Response:
        device = await self._device(request)
        length = _number(request, "Upload-Length")
        named = _upload_name(request)
        has_body = _media_type(request) == _BODY_TYPE
        checksum = _checksum(request)
        upload_id = await _thread(
            create_upload, self._office, device, length, self._most_bytes, named
        )
        headers = {"Location": f"{self._path}/{upload_id}", "Upload-Offset": "0"}
        incoming = incoming_of(request)
        claim = Claim(incoming.lose)
        await settle_earlier(request, upload_id)
        known, live = await _thread(
            claim_upload, self._office, device, upload_id, claim, 0, may_overlap=bool(named)
        )
        if live is None:
            headers["Upload-Offset"] = str(known.length_bytes)
            return await self._answer(request, device, upload_id, 201, headers, is_complete=True)
        if not has_body and length:
            headers["Upload-Offset"] = str(known.offset)
            return await self._answer(request, device, upload_id, 201, headers)
        return await self._receive(request, device, live, claim, incoming, 0, checksum, headers)

    async def _take_whole(self, request: Request) -> Response | None:
        """Answer a request that is here with all of a small, plain pack; None for every other."""
        # What a relay brings is never its own alone.
        pack = await _whole_pack(request) if self._path == PACKS_PATH else None
        taken = await self._arrivals.take(pack) if pack is not None else None
        if pack is None or taken is None:
            return None
        headers = {
            "Location": f"{self._path}/{pack.upload_id}",
            "Upload-Offset": str(len(pack.content)),
        }
        if taken.answer is None or self._office.provider is not None:
            return await self._answer(
                request, taken.device, pack.upload_id, 201, headers, is_complete=True
            )
        response = pull_answer(self._office, taken.answer)
        response.status_code = 201
        response.headers.update(headers)
        return response

    async def tell(self, upload_id: str, request: Request) -> Response:
        """Tell how many bytes are here, and take the upload from any sender still on it."""
        device = await self._device(request)
        await settle_earlier(request, upload_id)
        known, _live = await _thread(claim_upload, self._office, device, upload_id, Claim())
        headers = {"Upload-Length": str(known.length_bytes), "Upload-Offset": str(known.offset)}
        return _tus(200, headers, known.expires_at)

    async def go_on(self, upload_id: str, request: Request) -> Response:
        """Append from an offset (tus PATCH).

        The request that completes the pack may bring events back. One with ``Loket-Overlap`` may
        begin below what is here: a device that was cut off knows what its system saw acknowledged,
        and going on from there spares it a question. Its bytes are compared, not written twice.
        """
        async with self._turn(request):
            return await self._append(upload_id, request)

    async def _append(self, upload_id: str, request: Request) -> Response:
        device = await self._device(request)
        if _media_type(request) != _BODY_TYPE:
            raise UserError("media_type_wrong")
        offset = _number(request, "Upload-Offset")
        checksum = _checksum(request)
        incoming = incoming_of(request)
        claim = Claim(incoming.lose)
        may_overlap = request.headers.get("Loket-Overlap") == "yes"
        await _thread(check_room, self._office)
        await settle_earlier(request, upload_id)
        known, live = await _thread(
            claim_upload, self._office, device, upload_id, claim, offset, may_overlap=may_overlap
        )
        if live is None:
            headers = {"Upload-Offset": str(known.length_bytes)}
            return await self._answer(request, device, upload_id, 204, headers, is_complete=True)
        return await self._receive(request, device, live, claim, incoming, offset, checksum, {})

    async def cancel(self, upload_id: str, request: Request) -> Response:
        """End an upload; records taken out of it stay (tus termination)."""
        device = await self._device(request)
        await _thread(standing, self._office, device, upload_id)
        await _thread(end_upload, self._office, upload_id, "cancelled")
        return _tus(204, {})

    def _turn(self, request: Request) -> AbstractAsyncContextManager[None]:
        """Let those whose bytes are all here wait for each other; a slow line holds up nobody."""
        return self._gate.passed() if incoming_of(request).is_whole else nullcontext()

    async def _device(self, request: Request) -> Device:
        if request.headers.get("Tus-Resumable") != TUS_VERSION:
            raise UserError("tus_version_wrong")
        return await asking_device(self._office, request)

    async def _receive(
        self,
        request: Request,
        device: Device,
        live: LiveUpload,
        claim: Claim,
        incoming: Incoming,
        offset: int,
        checksum: Checksum | None,
        headers: Mapping[str, str],
    ) -> Response:
        """Keep a body and answer; whatever ends it, each byte that was read is in the part file."""
        start = offset
        try:
            try:
                while (chunk := await incoming.next()) is not None:
                    offset = await _thread(self._keep, live, claim, offset, chunk, checksum)
                if checksum is not None:
                    await _thread(self._judge, live, claim, start, checksum)
            finally:
                is_complete = await _thread(self._pause, live, claim)
        except AppError as error:
            if error.code == "pack_torn":
                await _thread(end_upload, self._office, live.id, "torn")
            raise
        told = {**headers, "Upload-Offset": str(offset)}
        status = 201 if headers else 204
        return await self._answer(request, device, live.id, status, told, is_complete=is_complete)

    def _keep(
        self, live: LiveUpload, claim: Claim, offset: int, chunk: bytes, checksum: Checksum | None
    ) -> int:
        offset = live.append(claim, offset, chunk)
        if checksum is None:
            live.take(self._office, claim)
        else:
            # Its bytes may yet turn out wrong: records are taken when the sum is known.
            checksum.add(chunk)
        return offset

    def _pause(self, live: LiveUpload, claim: Claim) -> bool:
        """Leave an upload as its request does: ended, or durable as far as it has come.

        Only the newest request ends it: a predecessor that is still on its way out would take the
        upload from under the one that completed it.
        """
        if live.is_complete():
            if live.is_of(claim):
                end_upload(self._office, live.id, "complete")
            return True
        live.sync()
        return False

    def _judge(self, live: LiveUpload, claim: Claim, start: int, checksum: Checksum) -> None:
        if not checksum.is_right():
            live.cut_back(claim, start)
            raise RemoteError("checksum_wrong")
        live.take(self._office, claim)

    async def _answer(
        self,
        request: Request,
        device: Device,
        upload_id: str,
        status: int,
        headers: Mapping[str, str],
        *,
        is_complete: bool = False,
    ) -> Response:
        # A whole pack is needed no longer: its answer waits for nothing but what it brings.
        expires_at = None if is_complete else await _thread(prolong, self._office, upload_id)
        cursor = cursor_of(request)
        if not is_complete or cursor is None or PACK_TYPE not in request.headers.get("Accept", ""):
            return _tus(status, headers, expires_at)
        # A billing code asked for in this very pack is in its answer.
        await self._issuing.issue(device.id)
        response = await _thread(
            answer_pull, self._office, device.id, cursor, None, heard_of(request)
        )
        response.status_code = 200 if status == 204 else status
        response.headers.update(headers)
        return response


async def _whole_pack(request: Request) -> WholePack | None:
    """Return the pack of a request as kiosks send it, if all of it is here within a moment."""
    is_usual = (
        request.headers.get("Tus-Resumable") == TUS_VERSION
        and _media_type(request) == _BODY_TYPE
        and "Upload-Checksum" not in request.headers
        and PACK_TYPE in request.headers.get("Accept", "")
    )
    cursor, name, token = cursor_of(request), _upload_name(request), token_of(request)
    if not is_usual or cursor is None or not name or not token:
        return None
    length = _number(request, "Upload-Length")
    if not 0 < length <= _MOST_WHOLE_BYTES:
        return None
    content = await incoming_of(request).whole(_SILENT_S, _WHOLE_WITHIN_S)
    if content is None or len(content) != length:
        return None
    return WholePack(name, token_digest(token), content, cursor, heard_of(request))


async def _thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return await to_thread.run_sync(lambda: function(*args, **kwargs))


def _tus(status: int, headers: Mapping[str, str], expires_at: datetime | None = None) -> Response:
    response = Response(status_code=status, headers=dict(headers))
    if expires_at is not None:
        response.headers["Upload-Expires"] = format_datetime(expires_at, usegmt=True)
    return response


def _media_type(request: Request) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _checksum(request: Request) -> Checksum | None:
    said = request.headers.get("Upload-Checksum")
    return None if said is None else Checksum(said)


def _upload_name(request: Request) -> str:
    """Return the device's own name for an upload, empty without one.

    Raises:
        UserError: ``request_malformed``: the name becomes a file's.
    """
    said = request.headers.get("Loket-Upload", "")
    if said and not _NAME.fullmatch(said):
        raise UserError("request_malformed")
    return said


def _number(request: Request, name: str) -> int:
    said = request.headers.get(name, "")
    if not (said.isascii() and said.isdigit() and len(said) <= _MOST_DIGITS):
        raise UserError("request_malformed")
    return int(said)
