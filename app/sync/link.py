"""The road over the network: the verbs of the office's interface, each safe to repeat for ever.

The only place that speaks HTTP. Never follows a redirect, never believes an answer without the
office's name on it, never waits for a total time: see ``app.sync.link_sockets``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urljoin

import msgspec
import requests
from urllib3.exceptions import HTTPError

from app.domain.clock import Clock
from app.errors import RemoteError
from app.protocol.enrolment import EnrolmentAnswer, EnrolmentRequest
from app.protocol.marks import Mark
from app.protocol.waiting import HEADER as waiting_header
from app.protocol.waiting import Waiting
from app.sync import link_errors
from app.sync.link_adapter import Line, Road
from app.sync.link_address import check_office_url
from app.sync.link_answers import PullAnswer, SendAnswer
from app.sync.link_bodies import Body, SmallBody, WatchedBody
from app.sync.link_headers import (
    heard_header,
    read_after,
    read_bounded,
    read_last,
    read_offset,
    read_time,
)
from app.sync.link_memory import RoadMemory
from app.sync.link_reaching import SecondWay
from app.sync.link_sockets import Patience, Stalled
from app.sync.stopping import Stopped, Stopping

PACK_MEDIA_TYPE = "application/vnd.loket.pack"
_TUS = "1.0.0"
#: requests insists on a number; the real limits are the watch's (traps 2 and 3).
_NEVER_S = 24 * 3600.0
#: One answer of events: 1 MiB, or one event of at most 4 MiB, and headers.
_MOST_ANSWER_BYTES = 6 * 1024 * 1024
_MOST_SMALL_ANSWER_BYTES = 64 * 1024
#: Certificates know days, not minutes.
_WRONG_CLOCK = timedelta(hours=1)
_UPLOAD = re.compile(r"/(v1/(?:packs|courier)/[0-9A-Za-z\-]{1,80})\Z")


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
        memory: what earlier links learnt of this road.
        make_line: makes connections; by default over the network.

    Attributes:
        office_time: what the office's clock said last, and our clock at that moment.
        acked_bytes: of the body sent last, how much the office's machine is known to have, also
            after a cut; None where the system does not tell, or somebody acknowledges for it.
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
        memory: RoadMemory | None = None,
        make_line: Callable[[Stopping], Line] | None = None,
    ) -> None:
        road = road or Road()
        self._memory = memory = memory or RoadMemory()
        self._url = check_office_url(office_url, may_be_plain=road.may_be_plain)
        self._clock = clock
        self._stop = stop
        self._office_id = office_id
        self._token = token

        def make_one(its_stop: Stopping, its_road: Road = road) -> Line:
            return Line(self._url, clock.monotonic, its_stop, its_road, patience, memory)

        self._make_line = make_line or make_one
        unproven = msgspec.structs.replace(road, is_unproven=True, pinned_certificate="")
        self._make_unproven_line: Callable[[], Line] = lambda: make_one(stop, unproven)
        self._line = self._make_line(stop)
        self._second: SecondWay[Line] | None = None
        self._ended: list[SecondWay[Line]] = []
        self.office_time: tuple[datetime, datetime] | None = None
        self.acked_bytes: int | None = None

    @property
    def may_need_lanes(self) -> bool:
        """Tell whether losses may hold this connection back, so that several carry more."""
        return not self._memory.has_steady

    def close(self) -> None:
        """Close the connection."""
        self._doubt_no_more()
        for second in self._ended:
            second.join()
        self._ended.clear()
        self._line.close()

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
        return read_offset(headers)

    def send(
        self,
        path: str,
        offset_bytes: int,
        body: Body,
        cursor: int | None,
        progress: Callable[[int], None] = lambda count: None,
        heard: Sequence[Mark] = (),
        *,
        is_guess: bool = False,
    ) -> SendAnswer:
        """Send the rest of a pack in one streaming request.

        Args:
            path: of the upload.
            offset_bytes: where the body begins.
            body: from there to the end of the pack.
            cursor: number of the last event applied; None to be told no events now.
            progress: told how many bytes of the body the peer has acknowledged.
            heard: what that event was. An office that knows another gives none now: a pull
                finds out since when.
            is_guess: the office may have more than that already, and passes over what it has. It
                spares asking, which costs a whole journey there and back.
        """
        headers = {"Upload-Offset": str(offset_bytes)}
        if is_guess:
            headers["Loket-Overlap"] = "yes"
        try:
            answer = self._stream("PATCH", path, headers, body, cursor, progress, heard)
        except link_errors.OfficeRefusal as refusal:
            if is_guess and refusal.offset_bytes is not None:
                self._memory.note_hollow()
            raise
        if is_guess:
            self._memory.note_firm()
        return answer

    def begin(
        self,
        upload_id: str,
        body: Body,
        cursor: int | None,
        progress: Callable[[int], None] = lambda count: None,
        heard: Sequence[Mark] = (),
    ) -> SendAnswer:
        """Begin an upload under a name of our own and send all of it in the same request.

        Said twice it is one upload: after a cut its name is known, and so nothing is lost by not
        waiting for the office's consent.
        """
        headers = {"Upload-Length": str(len(body)), "Loket-Upload": upload_id}
        return self._stream("POST", "v1/packs", headers, body, cursor, progress, heard)

    def _stream(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Body,
        cursor: int | None,
        progress: Callable[[int], None],
        heard: Sequence[Mark],
    ) -> SendAnswer:
        watched = WatchedBody(body, progress)
        headers = {**headers, "Content-Type": "application/offset+octet-stream"}
        if cursor is not None:
            headers |= {
                "Accept": PACK_MEDIA_TYPE,
                "Loket-Cursor": str(cursor),
                **heard_header(heard),
            }
        try:
            status, answered, events = self._ask(method, path, headers, watched, _MOST_ANSWER_BYTES)
        finally:
            self.acked_bytes = watched.acked_bytes if self._memory.is_acked_by_office else None
            # Something is under way: the office is worth a longer wait.
            self._line.watch.is_again = bool(watched.acked_bytes)
            if watched.remaining_bytes:
                # The office answered before it had everything: this connection is in the middle
                # of a request and serves no other.
                self._line.close()
        offset = read_offset(answered)
        progress(min(len(body), offset))
        if not events or read_after(answered, cursor or 0) != cursor:
            return SendAnswer(offset)
        return SendAnswer(offset, events, read_last(answered))

    def pull(
        self, cursor: int, heard: Sequence[Mark] = (), told: Waiting | None = None
    ) -> PullAnswer:
        """Take the events after the cursor, as many as the office gives in one answer.

        Args:
            cursor: number of the last event applied.
            heard: what that event was, and perhaps some before it, newest first.
            told: what waits here.
        """
        waiting = {waiting_header: told.encode()} if told else {}
        _, headers, events = self._ask(
            "GET",
            f"v1/events?after={cursor}",
            {"Accept": PACK_MEDIA_TYPE, **heard_header(heard), **waiting},
            None,
            _MOST_ANSWER_BYTES,
        )
        return PullAnswer(events, read_last(headers), read_after(headers, cursor))

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
        body = SmallBody(msgspec.json.encode(request))
        status, _, answer = self._ask(
            "POST", "v1/enrolments", {"Content-Type": "application/json"}, body
        )
        try:
            if status == 201:
                return msgspec.json.decode(answer, type=EnrolmentAnswer)
        except (ValueError, RecursionError):
            pass
        raise RemoteError("office_lied", what="enrolment")

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Body | None = None,
        most_bytes: int = _MOST_SMALL_ANSWER_BYTES,
    ) -> tuple[int, Mapping[str, str], bytes]:
        line = self._line = self._ready_line()
        line.watch.begin()
        if isinstance(body, WatchedBody):
            body.watch = line.watch
            line.watch.on_tick = body.report
        line.watch.on_doubt = self._doubt
        try:
            response, content = self._exchange(line, method, path, headers, body, most_bytes)
        except (Stalled, requests.RequestException, HTTPError, OSError) as error:
            failed = link_errors.of_exception(error)
            if link_errors.is_about_time(error) and self._is_our_clock_wrong():
                failed = RemoteError("clock_wrong")
            raise failed from error
        finally:
            line.watch.on_tick = lambda: None
            line.watch.on_doubt = lambda is_doubted: False
        self._doubt_no_more()
        fault = link_errors.of_answer(
            response.status_code, response.headers, content, self._office_id, self._clock.now()
        )
        if fault is not None:
            if response.headers.get(link_errors.OFFICE_HEADER) != self._office_id:
                # Perhaps the office has moved.
                self._memory.addresses.clear()
            raise fault
        self._note_time(response.headers)
        return response.status_code, response.headers, content

    def _exchange(
        self,
        line: Line,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Body | None,
        most_bytes: int,
    ) -> tuple[requests.Response, bytes]:
        try:
            with line.session.request(
                method,
                urljoin(self._url, path),
                headers={**self._headers(), **headers},
                data=body,
                stream=True,
                timeout=_NEVER_S,
                # A redirect is a captive portal's way to speak; the office never does it.
                allow_redirects=False,
            ) as response:
                return response, read_bounded(response, most_bytes)
        except (Stalled, Stopped, requests.RequestException, HTTPError, OSError):
            # What is left of a broken exchange must not be met by the next one.
            line.close()
            raise

    def _headers(self) -> dict[str, str]:
        told = {"Tus-Resumable": _TUS}
        if self._token:
            told["Authorization"] = f"Bearer {self._token}"
        return told

    def _doubt(self, is_doubted: bool) -> bool:
        """Begin a second way beside a silent connection, or end it; True when it stands."""
        if not is_doubted:
            self._doubt_no_more()
            return False
        if self._second is not None and self._second.has_failed():
            # The silence may last longer than one attempt: there is another one after it.
            self._doubt_no_more()
        if self._second is None:
            self._second = SecondWay(self._make_line, self._stop)
        return self._second.is_ready()

    def _doubt_no_more(self) -> None:
        if self._second is not None:
            self._second.cancel()
            self._ended.append(self._second)
            self._second = None

    def _ready_line(self) -> Line:
        """Return the line to use: the second one where it was made because of the first."""
        if self._second is None:
            return self._line
        second, self._second = self._second, None
        line = second.take()
        if line is None:
            return self._line
        self._line.close()
        return line

    def _is_our_clock_wrong(self) -> bool:
        """Ask whoever bears the office's name for the time, without a proof and without a token.

        A liar gains nothing: the certificate is refused all the same, only the advice differs.
        """
        line = self._make_unproven_line()
        line.watch.begin()
        try:
            with line.session.get(
                urljoin(self._url, "v1/health"),
                stream=True,
                timeout=_NEVER_S,
                allow_redirects=False,
            ) as response:
                office = read_time(response.headers)
        except (Stalled, requests.RequestException, HTTPError, OSError):
            return False
        finally:
            line.close()
        return office is not None and abs(office - self._clock.now()) > _WRONG_CLOCK

    def _note_time(self, headers: Mapping[str, str]) -> None:
        office = read_time(headers)
        if office is not None:
            self.office_time = (office, self._clock.now())
