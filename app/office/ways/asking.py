"""Asks another agency's server over HTTP: one signed question, one signed and bounded answer.

Never follows a redirect, never waits without an end, and never puts anything into an address.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from app.errors import LocalFault, RemoteError, UserError
from app.office.ways.signing import HEADER, check_signed, sign

if TYPE_CHECKING:
    from app.domain.clock import Clock

T = TypeVar("T", bound=msgspec.Struct)
#: For all of one question, names and certificates included, however the bytes drip.
DEADLINE_S = 10.0
#: Beside that, for long questions: a line that carries less is as good as none.
_LEAST_BYTES_S = 128 * 1024
MOST_ANSWER_BYTES = 64 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: It knows neither us nor the address that the settings name; a redirect is no answer either.
_DENIALS = frozenset({401, 403, 404, 405, 407})
#: It has read the question and will never answer it.
_REFUSALS = frozenset({400, 409, 410, 413, 422})
#: What stops a way as a whole, whatever is asked; the rest is about one question.
SHUTTING = frozenset({"agency_away", "agency_denied", "agency_forged", "agency_lied"})


class Asker:
    """One other agency's server.

    Args:
        name: of the way.
        url: what its paths are appended to; plain ``http`` on this machine alone.
        secret: shared with it; signs questions and answers.
        clock: for the moments in signatures.
        ca_file: certificates to trust instead of the system's.
        deadline_s: for one question of a few kilobytes.

    Raises:
        LocalFault: ``agency_url_wrong``, ``agency_ca_unreadable``.
    """

    def __init__(
        self,
        name: str,
        url: str,
        secret: str,
        clock: Clock,
        ca_file: str = "",
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self.name = name
        self._url = _checked(name, url, secret)
        self._secret = secret
        self._clock = clock
        self._trusted = _trusted(name, ca_file)
        self._deadline_s = deadline_s

    def ask(self, path: str, question: msgspec.Struct, kind: type[T], key: str) -> T:
        """Return the answer to one question; safe to repeat with the same key.

        Args:
            path: where.
            question: what is asked.
            kind: shape of the answer; anything else is refused.
            key: our own name of the question, by which the other side knows a repetition.

        Raises:
            RemoteError: with ``way``. Retryable: ``agency_away``; ``agency_denied`` (it does not
                know us), ``agency_forged`` (its certificate is not trusted), ``agency_lied`` (what
                it says is not signed, too long or not understood). For good: ``agency_refused``.
        """
        body = msgspec.json.encode(question)
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "Idempotency-Key": key,
            HEADER: sign(body, self._secret, self._clock.now()),
        }
        try:
            untrusted, signature = asyncio.run(self._exchange(path, body, headers))
            check_signed(untrusted, signature, self._secret, self._clock.now())
            return msgspec.json.decode(untrusted, type=kind)
        except (TimeoutError, httpx.HTTPError, OSError) as error:
            raise self._failure(_reason(error)) from None
        except (UserError, ValueError, RecursionError, httpx.InvalidURL):
            raise self._failure("agency_lied") from None

    async def _exchange(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[bytes, str]:
        async with (
            asyncio.timeout(self._deadline_s + len(body) / _LEAST_BYTES_S),
            # Neither proxies nor passwords of the environment: what leaves goes where it was said.
            httpx.AsyncClient(verify=self._trusted, trust_env=False, timeout=None) as client,
            client.stream("POST", self._url + path, content=body, headers=headers) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise self._failure(_of_status(answer.status_code))
            untrusted = bytearray()
            async for chunk in answer.aiter_raw():
                untrusted += chunk
                if len(untrusted) > MOST_ANSWER_BYTES:
                    raise self._failure("agency_lied")
            return bytes(untrusted), answer.headers.get(HEADER, "")

    def _failure(self, code: str) -> RemoteError:
        return RemoteError(code, is_retryable=code != "agency_refused", way=self.name)


def _of_status(status: int) -> str:
    if status in _REFUSALS:
        return "agency_refused"
    return "agency_denied" if status in _DENIALS or 300 <= status < 400 else "agency_away"


def _reason(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "agency_forged"
        cause = cause.__cause__ or cause.__context__
    # The bytes were no HTTP at all.
    return "agency_lied" if isinstance(error, httpx.RemoteProtocolError) else "agency_away"


def _checked(name: str, url: str, secret: str) -> str:
    try:
        parts = urlsplit(url)
        host, has_port = parts.hostname or "", parts.port != 0
    except ValueError:
        raise LocalFault("agency_url_wrong", way=name) from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not (host and has_port and is_safe and secret) or parts.query or parts.username:
        # The address may hold a password: it goes into no message.
        raise LocalFault("agency_url_wrong", way=name)
    return url.rstrip("/")


def _trusted(name: str, ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError):
        raise LocalFault("agency_ca_unreadable", way=name) from None
