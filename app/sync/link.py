"""The road over the network: five verbs of the office's interface, each safe to repeat for ever.

The only place that speaks HTTP. Never follows a redirect, never believes an answer without the
office's name on it, never waits for a total time: see ``app.sync.link_sockets``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError

from app.domain.clock import Clock
from app.errors import RemoteError, UserError
from app.protocol.enrolment import EnrolmentAnswer, EnrolmentRequest
from app.protocol.marks import Mark, write_marks
from app.sync import link_errors
from app.sync.link_adapter import BLOCK_BYTES, Road, make_session
from app.sync.link_sockets import Patience, Stalled, Watch
from app.sync.stopping import Stopped, Stopping

PACK_MEDIA_TYPE = "application/vnd.loket.pack"
_TUS = "1.0.0"
#: requests insists on a number; the real limits are the watch's (traps 2 and 3).
_NEVER_S = 24 * 3600.0
#: One answer of events: 1 MiB, or one event of at most 4 MiB, and headers.
_MOST_ANSWER_BYTES = 6 * 1024 * 1024
_MOST_SMALL_ANSWER_BYTES = 64 * 1024
_UPLOAD = re.compile(r"/(v1/(?:packs|courier)/[0-9A-Za-z\-]{1,80})\Z")


class Body(Protocol):
    """What is sent: a file-like object of known length. Never bytes (trap 1)."""

    def read(self, size: int = -1, /) -> bytes: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...


class SendAnswer(msgspec.Struct, frozen=True):
    """The office's word on a stretch of a pack."""

    offset_bytes: int
    #: Pack of events after the cursor; only when the upload is whole.
    events: bytes = b""
    #: Number of the newest event for this device; -1 when the office did not say.
    last_number: int = -1


class PullAnswer(msgspec.Struct, frozen=True):
    """Events after the cursor."""

    events: bytes
    #: Number of the newest event for this device; -1 when the office did not say.
    last_number: int
    #: The events follow this one; less than the cursor after an older backup came back to the
    #: office. None when it knows none of the events that were named.
    after: int | None


class Link:
    """One office over one kept-alive connection; used by one thread.

    Proxies, certificates and passwords of the environment are ignored (``trust_env``): requests
    would put a password from ``.netrc`` in place of the device's token, and a variable left in a
    shell would send a kiosk's traffic through a machine that nobody chose. A proxy is named in the
    settings.

    Args:
        office_url: ``https://...``, with a path when the office lives under one.
        clock: for waits and ``Retry-After``.
        stop: ends every wait.
        office_id: who must answer; empty before enrolment.
        token: the device's; empty before enrolment.
        road: certificates and proxy.
        patience: limits of the watch.

    Attributes:
        office_time: what the office's clock said last, and our clock at that moment.
    """

    def __init__(
        self,
        office_url: str,
        clock: Clock,
        stop: Stopping,
        *,
        office_id: str = "",
        token: str = "",
        road: Road | None = None,
        patience: Patience | None = None,
    ) -> None:
        road = road or Road()
        self._url = check_office_url(office_url, may_be_plain=road.may_be_plain)
        self._clock = clock
        self._office_id = office_id
        self._watch = Watch(clock.monotonic, stop, patience)
        self._session = make_session(self._watch, road)
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self.office_time: tuple[datetime, datetime] | None = None

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def create(self, length_bytes: int, where: str = "v1/packs") -> str:
        """Begin an upload and return its path; a lost answer costs one orphan at the office.

        An empty request: with bytes in it a cut would leave the upload without a known name.
        """
        status, headers, _ = self._ask("POST", where, {"Upload-Length": str(length_bytes)})
        # Only the upload's name is believed: behind a proxy the office may know neither its own
        # address nor the path it lives under.
        named = _UPLOAD.search(headers.get("Location", ""))
        if status != 201 or named is None:
            raise RemoteError("office_lied", what="creation")
        return named[1]

    def offset(self, path: str) -> int:
        """Ask how many bytes of an upload the office holds."""
        _, headers, _ = self._ask("HEAD", path, {})
        return _read_offset(headers)

    def send(
        self,
        path: str,
        offset_bytes: int,
        body: Body,
        cursor: int,
        progress: Callable[[int], None] = lambda count: None,
        heard: Sequence[Mark] = (),
    ) -> SendAnswer:
        """Send the rest of a pack in one streaming request.

        Args:
            path: of the upload.
            offset_bytes: where the body begins.
            body: from there to the end of the pack.
            cursor: number of the last event applied.
            progress: told how many bytes of the body the peer has acknowledged.
            heard: what that event was. An office that knows another gives none now: a pull
                finds out since when.
        """
        watched = _WatchedBody(body, self._watch, progress)
        headers = {
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset_bytes),
            "Accept": PACK_MEDIA_TYPE,
            "Loket-Cursor": str(cursor),
            **_heard(heard),
        }
        self._watch.on_tick = watched.report
        try:
            status, answered, events = self._ask(
                "PATCH", path, headers, watched, _MOST_ANSWER_BYTES
            )
        finally:
            self._watch.on_tick = lambda: None
            if watched.remaining_bytes:
                # The office answered before it had everything: this connection is in the middle
                # of a request and serves no other.
                self._session.close()
        progress(len(body))
        offset = _read_offset(answered)
        if status != 200 or _read_after(answered, cursor) != cursor:
            return SendAnswer(offset)
        return SendAnswer(offset, events, _read_last(answered))

    def cancel(self, path: str) -> None:
        """Tell the office that an upload will not go on; one that is gone is fine."""
        try:
            self._ask("DELETE", path, {})
        except link_errors.OfficeRefusal as refusal:
            if refusal.status not in (404, 410):
                raise

    def pull(self, cursor: int, heard: Sequence[Mark] = ()) -> PullAnswer:
        """Take the events after the cursor, as many as the office gives in one answer.

        Args:
            cursor: number of the last event applied.
            heard: what that event was, and perhaps some before it, newest first.
        """
        _, headers, events = self._ask(
            "GET",
            f"v1/events?after={cursor}",
            {"Accept": PACK_MEDIA_TYPE, **_heard(heard)},
            None,
            _MOST_ANSWER_BYTES,
        )
        return PullAnswer(events, _read_last(headers), _read_after(headers, cursor))

    def answer_to(self, note_digest: str) -> tuple[str, bytes]:
        """Return the office's answer to somebody's courier file, which only its device can read.

        Returns:
            The name it has on a stick, as the office says it, and its bytes.
        """
        _, headers, content = self._ask(
            "GET", f"v1/courier/returns/{note_digest}", {}, None, _MOST_ANSWER_BYTES
        )
        return headers.get("Loket-Name", ""), content

    def enrol(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        """Hand in an enrolment."""
        body = _SmallBody(msgspec.json.encode(request))
        status, _, answer = self._ask(
            "POST", "v1/enrolments", {"Content-Type": "application/json"}, body
        )
        try:
            if status == 201:
                return msgspec.json.decode(answer, type=EnrolmentAnswer)
        except (ValueError, RecursionError):
            pass
        raise RemoteError("office_lied", what="enrolment")

    def health(self) -> str:
        """Return the name of the office that answers."""
        _, headers, _ = self._ask("GET", "v1/health", {})
        return headers[link_errors.OFFICE_HEADER]

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Body | None = None,
        most_bytes: int = _MOST_SMALL_ANSWER_BYTES,
    ) -> tuple[int, Mapping[str, str], bytes]:
        self._watch.begin()
        try:
            with self._session.request(
                method,
                urljoin(self._url, path),
                headers={"Tus-Resumable": _TUS, **headers},
                data=body,
                stream=True,
                timeout=_NEVER_S,
                # A redirect is a captive portal's way to speak; the office never does it.
                allow_redirects=False,
            ) as response:
                content = _read_bounded(response, most_bytes)
        except (Stalled, requests.RequestException, HTTPError, OSError) as error:
            # What is left of a broken exchange must not be met by the next one.
            self._session.close()
            raise link_errors.of_exception(error) from error
        except Stopped:
            self._session.close()
            raise
        self._watch.has_answered = True
        fault = link_errors.of_answer(
            response.status_code, response.headers, content, self._office_id, self._clock.now()
        )
        if fault is not None:
            raise fault
        self._note_time(response.headers)
        return response.status_code, response.headers, content

    def _note_time(self, headers: Mapping[str, str]) -> None:
        said = headers.get("Loket-Time", "")
        try:
            office = datetime.fromisoformat(said)
        except ValueError:
            return
        if office.tzinfo is not None:
            self.office_time = (office, self._clock.now())


def check_office_url(untrusted: str, *, may_be_plain: bool = False) -> str:
    """Return an office's address in the form that paths are joined to.

    Raises:
        UserError: ``office_url_malformed``, or ``office_url_unsafe`` for http to another machine.
    """
    parts = urlsplit(untrusted.strip())
    try:
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UserError("office_url_malformed") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query:
        raise UserError("office_url_malformed")
    if parts.scheme == "http" and not may_be_plain and not _is_this_machine(host):
        raise UserError("office_url_unsafe")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read_offset(headers: Mapping[str, str]) -> int:
    said = headers.get("Upload-Offset", "")
    if not (said.isascii() and said.isdigit() and len(said) < 16):
        raise RemoteError("office_lied", what="offset")
    return int(said)


def _read_last(headers: Mapping[str, str]) -> int:
    said = headers.get("Loket-Last", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else -1


def _heard(marks: Sequence[Mark]) -> Mapping[str, str]:
    return {"Loket-Heard": write_marks(marks)} if marks else {}


def _read_after(headers: Mapping[str, str], cursor: int) -> int | None:
    """Return the event that an answer continues after: our cursor when nothing else is said."""
    said = headers.get("Loket-After")
    if said is None:
        return cursor
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


def _read_bounded(response: requests.Response, most_bytes: int) -> bytes:
    # Read raw: nothing was asked to be compressed, so nothing swells.
    content: bytes = response.raw.read(most_bytes + 1, decode_content=False) or b""
    if len(content) > most_bytes:
        raise RemoteError("office_lied", what="size")
    return content


class _SmallBody:
    """Bytes as a file-like object."""

    def __init__(self, content: bytes) -> None:
        self._rest = memoryview(content)
        self._length = len(content)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK_BYTES):
            yield block

    def read(self, size: int = -1, /) -> bytes:
        end = len(self._rest) if size < 0 else size
        block, self._rest = bytes(self._rest[:end]), self._rest[end:]
        return block


class _WatchedBody:
    """Counts what goes out, and reports what the peer has acknowledged of it.

    It has no ``tell``: requests would take that for a position to count the length from.
    """

    def __init__(self, body: Body, watch: Watch, progress: Callable[[int], None]) -> None:
        self._body = body
        self._watch = watch
        self._progress = progress
        self._told = 0
        self.remaining_bytes = len(body)

    def __len__(self) -> int:
        return len(self._body)

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK_BYTES):
            yield block

    def read(self, size: int = -1, /) -> bytes:
        self.report()
        block = self._body.read(size)
        self.remaining_bytes -= len(block)
        return block

    def report(self) -> None:
        """Tell how far the peer is."""
        handed = len(self) - self.remaining_bytes
        arrived = max(0, handed - self._watch.outstanding_bytes())
        if arrived > self._told:
            self._told = arrived
            self._progress(arrived)
