"""The two ways out: mail by SMTP, SMS by an HTTP gateway; each hands over one text at a time.

Never retries and never logs an address.
"""

from __future__ import annotations

import smtplib
import ssl
from email.errors import MessageError
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

import httpx
import msgspec

from app.errors import LocalFault, RemoteError

if TYPE_CHECKING:
    from app.office.context import OfficeSettings

#: For each word of the other side.
_PATIENCE_S = 20.0
#: For the answer to the message itself, which may be looked through before it is taken: whoever
#: hangs up before it will send the same once more.
_TAKING_S = 60.0
_LIMITS = httpx.Timeout(_PATIENCE_S, read=_TAKING_S)
#: Our account, our sender or the two programs' ways of speaking are at fault, never one notice.
_OURS = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPHeloError,
    smtplib.SMTPConnectError,
    ssl.SSLCertVerificationError,
)
#: The gateway knows neither us nor the address that the settings name.
_DENIALS = frozenset({401, 403, 404, 405, 407})
#: The SMS gateway was never reached: it can have taken nothing.
_NOT_REACHED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


class Outgoing(msgspec.Struct, frozen=True):
    """One notice ready to go."""

    #: The notice's id: the same for a repetition, so that mail programs show it once.
    id: str
    address: str
    subject: str
    text: str
    #: It was handed over before and nothing was heard of it.
    is_repeat: bool
    #: An iCalendar object that goes along with a mail; empty without one.
    calendar: str = ""

    def __repr__(self) -> str:
        return f"Outgoing({self.id})"


class Gateway(Protocol):
    """Hands one notice over."""

    def hand_over(self, outgoing: Outgoing) -> None:
        """Return once the other side has taken it.

        Raises:
            RemoteError: Retryable: ``gateway_away``: it was not reached, or takes nothing at all
                now; ``gateway_unsure``: it may have taken this one; ``gateway_denied``: it takes
                nothing of ours, whatever it is (password, certificate, sender);
                ``gateway_later``: it has put off this one. For good: ``gateway_refused``: trying
                this one again is of no use.
        """
        ...


class _Smtp(smtplib.SMTP):
    """A connection that knows whether the mail itself was on its way."""

    has_begun = False
    taking_s = _TAKING_S

    def data(self, msg: Any) -> tuple[int, bytes]:  # noqa: ANN401 - as in smtplib
        self.has_begun = True
        if self.sock is not None:
            self.sock.settimeout(self.taking_s)
        return super().data(msg)


class _SmtpTls(_Smtp, smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""


class MailGateway:
    """A mail server.

    Args:
        host: its name.
        port: 587 or 25; 465 speaks TLS from the first byte.
        sender: address in ``From``.
        user: empty without authentication.
        password: of that user.
        is_plain: without TLS; for a server on this machine alone.
        domain: right of the Message-ID.
        patience_s: for each of its answers but the last.
        taking_s: for the last, that it has taken the mail.
    """

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        *,
        user: str = "",
        password: str = "",
        is_plain: bool = False,
        domain: str = "loket.invalid",
        patience_s: float = _PATIENCE_S,
        taking_s: float = _TAKING_S,
    ) -> None:
        self._host, self._port, self._sender = host, port, sender
        self._user, self._password = user, password
        self._is_plain, self._domain = is_plain, domain
        self._patience_s, self._taking_s = patience_s, taking_s

    def hand_over(self, outgoing: Outgoing) -> None:
        """Send one mail; errors as in ``Gateway``."""
        message = self._written(outgoing)
        server: _Smtp | None = None
        try:
            server = self._connect()
            server.taking_s = self._taking_s
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            raise _converted(error, has_begun=server is not None and server.has_begun) from None
        except (ValueError, MessageError):
            raise RemoteError("gateway_refused", is_retryable=False) from None
        finally:
            if server is not None:
                _part(server)

    def _written(self, outgoing: Outgoing) -> EmailMessage:
        try:
            return self._message(outgoing)
        except (ValueError, IndexError, AttributeError, MessageError):
            # What the email package says of an address that it cannot read.
            raise RemoteError("gateway_refused", is_retryable=False) from None

    def _message(self, outgoing: Outgoing) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self._sender, outgoing.address
        message["Subject"] = outgoing.subject
        message["Message-ID"] = f"<{outgoing.id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if outgoing.is_repeat:
            message["Loket-Repeat"] = "yes"
        message.set_content(outgoing.text)
        if outgoing.calendar:
            _add_calendar(message, outgoing.calendar)
        if [one.addr_spec for one in message["To"].addresses] != [outgoing.address]:
            # Read as a group, as nothing or as somebody else.
            raise ValueError("no plain address")
        return message

    def _connect(self) -> _Smtp:
        if self._is_plain and self._port != 465:
            return _Smtp(self._host, self._port, timeout=self._patience_s)
        context = ssl.create_default_context()
        if self._port == 465:
            return _SmtpTls(self._host, self._port, timeout=self._patience_s, context=context)
        server = _Smtp(self._host, self._port, timeout=self._patience_s)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


def _add_calendar(message: EmailMessage, calendar: str) -> None:
    """Lay an appointment beside the text, for mail programs that put it into the calendar."""
    method = "CANCEL" if "METHOD:CANCEL" in calendar else "REQUEST"
    message.add_attachment(
        calendar, subtype="calendar", filename="wawancara.ics", params={"method": method}
    )


def _converted(error: smtplib.SMTPException | OSError, *, has_begun: bool) -> RemoteError:
    """Return our error for what the mail server said, or for the line it was lost on."""
    if isinstance(error, _OURS):
        code = getattr(error, "smtp_code", 0)
        return RemoteError("gateway_away" if 400 <= code < 500 else "gateway_denied")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _said in error.recipients.values()]
    elif isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        codes = [error.smtp_code]
    else:
        return RemoteError("gateway_unsure" if has_begun else "gateway_away")
    # 4xx passes: a server that is busy, or one that puts strangers off (greylisting).
    if all(400 <= code < 500 for code in codes):
        return RemoteError("gateway_later")
    return RemoteError("gateway_refused", is_retryable=False)


def _part(server: smtplib.SMTP) -> None:
    """Say goodbye; whatever comes of it, what was taken stays taken."""
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()


class SmsGateway:
    """An SMS gateway that takes ``POST {"id", "to", "text"}`` with a bearer token.

    Args:
        url: where.
        token: ours.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    def hand_over(self, outgoing: Outgoing) -> None:
        """Send one SMS; errors as in ``Gateway``. The id lets the gateway drop a repetition."""
        asked = {"id": outgoing.id, "to": outgoing.address, "text": outgoing.text}
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": outgoing.id}
        try:
            answer = httpx.post(self._url, json=asked, headers=headers, timeout=_LIMITS)
        except _NOT_REACHED as error:
            is_forged = "CERTIFICATE_VERIFY_FAILED" in str(error)
            raise RemoteError("gateway_denied" if is_forged else "gateway_away") from None
        except httpx.HTTPError:
            # The request was under way: the message may have gone out.
            raise RemoteError("gateway_unsure") from None
        except (httpx.InvalidURL, ValueError):
            raise RemoteError("gateway_refused", is_retryable=False) from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise RemoteError("gateway_away")
        if answer.status_code in _DENIALS or 300 <= answer.status_code < 400:
            raise RemoteError("gateway_denied")
        if answer.status_code >= 300:
            raise RemoteError("gateway_refused", is_retryable=False)


def gateways(settings: OfficeSettings) -> dict[str, Gateway]:
    """Return the ways out that the settings name.

    Raises:
        LocalFault: ``mail_url_wrong``.
    """
    found: dict[str, Gateway] = {}
    if settings.mail_url:
        found["mail"] = _mail_gateway(settings)
    if settings.sms_url:
        found["sms"] = SmsGateway(settings.sms_url, settings.sms_token)
    return found


def _mail_gateway(settings: OfficeSettings) -> MailGateway:
    parts = urlsplit(settings.mail_url)
    try:
        host, port = parts.hostname, parts.port or 587
    except ValueError:
        host, port = None, 0
    if parts.scheme not in ("smtp", "smtp+plain") or not host or not settings.mail_from:
        # The address may hold a password: it goes into no message.
        raise LocalFault("mail_url_wrong")
    return MailGateway(
        host,
        port,
        settings.mail_from,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_plain=parts.scheme == "smtp+plain",
        domain=settings.mail_from.rpartition("@")[2] or "loket.invalid",
    )
