"""What the road and the office did, as errors with a code; reads the foreign exceptions of HTTP.

Never puts an address, a token or a body into an error.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec
import requests
from urllib3.exceptions import NewConnectionError

from app.errors import RemoteError
from app.sync.link_sockets import Stalled

OFFICE_HEADER = "Loket-Office"
#: Nobody is told to stay away for longer than this, whatever a header says.
MOST_RETRY_AFTER_S = 3600
_NETWORK_AUTHENTICATION_REQUIRED = 511
#: OpenSSL's numbers for a certificate that is not valid yet, and for one that has expired.
_WRONG_TIME = (9, 10)


class AskedToWait(RemoteError):
    """The office is there and says when to come again.

    Args:
        code: as in AppError.
        retry_after_s: how long it asks to wait.
        status: HTTP status.
    """

    def __init__(self, code: str, retry_after_s: int, status: int) -> None:
        super().__init__(code, status=status)
        self.retry_after_s = retry_after_s


class Unreachable(RemoteError):
    """Nobody answered the attempts to connect: there is nothing to go on with at once."""

    def __init__(self) -> None:
        super().__init__("office_away")


class _Problem(msgspec.Struct):
    """The part that we read of ``application/problem+json``."""

    code: str = ""


def of_exception(error: Exception) -> RemoteError:
    """Return the error that stands for a failed exchange."""
    if isinstance(error, Stalled):
        return RemoteError("link_stalled")
    if isinstance(error, requests.exceptions.SSLError) and _is_about_certificate(error):
        return RemoteError("wrong_certificate")
    if _is_about_connecting(error):
        return Unreachable()
    return RemoteError("office_away")


def of_answer(
    status: int, headers: Mapping[str, str], body: bytes, office_id: str, now: datetime
) -> RemoteError | None:
    """Return what is wrong with an answer, None when it is a success of the office we know.

    Args:
        status: HTTP status.
        headers: of the answer.
        body: its first bytes.
        office_id: who must have answered; empty before enrolment, when any office will do.
        now: to read dates in ``Retry-After``.
    """
    answered_by = headers.get(OFFICE_HEADER, "")
    if not answered_by:
        return _of_stranger(status, headers, now)
    if office_id and answered_by != office_id:
        return RemoteError("wrong_office")
    if status < 300:
        return None
    if status < 400:
        return RemoteError("office_refused", is_retryable=False, reason=f"http_{status}")
    return _of_office(status, headers, body, now)


def _of_stranger(status: int, headers: Mapping[str, str], now: datetime) -> RemoteError:
    # A Wi-Fi login page answers 200, or sends us elsewhere; a proxy before the office answers 502.
    if status < 400 or status == _NETWORK_AUTHENTICATION_REQUIRED:
        return RemoteError("captive_portal")
    return _with_wait("office_away", headers, now, status)


def _of_office(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> RemoteError:
    try:
        code = msgspec.json.decode(body, type=_Problem).code
    except (ValueError, RecursionError):
        # Bytes that are no UTF-8, and brackets without end, are errors of their own in msgspec.
        code = ""
    if status == 401:
        return RemoteError("token_refused", is_retryable=False)
    if status == 507:
        return _with_wait("office_full", headers, now, status)
    if status == 429 or status >= 500:
        return _with_wait("office_away", headers, now, status)
    said = headers.get("Upload-Offset", "")
    is_number = said.isascii() and said.isdigit() and len(said) < 16
    return OfficeRefusal(status, code, int(said) if is_number else None)


class OfficeRefusal(RemoteError):
    """A 4xx answer of the office; the caller knows what it means for its request.

    Args:
        status: HTTP status.
        reason: the office's own code.
        offset_bytes: how much of an upload it holds, if it said so.
    """

    def __init__(self, status: int, reason: str, offset_bytes: int | None = None) -> None:
        shown = reason if reason.isidentifier() and len(reason) <= 40 else f"http_{status}"
        super().__init__("office_refused", is_retryable=False, reason=shown)
        self.status = status
        self.reason = shown
        self.offset_bytes = offset_bytes


def _with_wait(code: str, headers: Mapping[str, str], now: datetime, status: int) -> RemoteError:
    wait_s = _retry_after_s(headers.get("Retry-After", ""), now)
    if wait_s is None:
        return RemoteError(code, status=status)
    return AskedToWait(code, wait_s, status)


def _retry_after_s(untrusted: str, now: datetime) -> int | None:
    if untrusted.isascii() and untrusted.isdigit():
        return min(int(untrusted[:9]), MOST_RETRY_AFTER_S)
    try:
        then = parsedate_to_datetime(untrusted)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0, min(int((then - now).total_seconds()), MOST_RETRY_AFTER_S))


def _is_about_certificate(error: BaseException | None) -> bool:
    """Tell a certificate that does not hold from a hand-shake that was merely cut."""
    return any(
        isinstance(one, ssl.SSLCertVerificationError) or "ingerprint" in str(one)
        for one in _behind(error)
    )


def is_about_time(error: BaseException) -> bool:
    """Tell a certificate that only the time is wrong for: not valid yet, or not any more."""
    return any(
        isinstance(one, ssl.SSLCertVerificationError) and one.verify_code in _WRONG_TIME
        for one in _behind(error)
    )


def _is_about_connecting(error: BaseException) -> bool:
    return any(isinstance(one, NewConnectionError) for one in _behind(error))


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and every one that it came from."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
