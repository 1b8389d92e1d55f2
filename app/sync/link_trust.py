"""Whom the link trusts: a TLS context for each way, kept while its certificates stay the same.

Never trusts more than it was told to.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from app.errors import LocalFault
from app.sync.link_shaking import shake_hands
from app.sync.link_sockets import PatientSocket, PatientTlsSocket

#: ``SSL_OP_TLSEXT_PADDING`` of OpenSSL; Python has no name for it.
_PADDING = 0x10
_BRIEF_BYTES = 500
#: What a file was when its certificates were read: when it was written, and its length.
_State = tuple[int, int] | None


def tls_context(ca_file: str, *, is_proven_otherwise: bool) -> PatientContext:
    """Return the context for a road; reading the public certificates takes a weak machine a moment.

    Args:
        ca_file: certificates to trust instead of the public ones; empty for those.
        is_proven_otherwise: take any certificate, because somebody else looks at it, or nobody
            needs to.

    Raises:
        LocalFault: ``certificates_unreadable``: there is no such file, or no certificate in it.
    """
    if sys.platform == "win32" and not ca_file:
        # Its own certificates are no file: whether they changed cannot be seen.
        return _made(ca_file, is_proven_otherwise)
    return _kept(ca_file, is_proven_otherwise, _states(ca_file))


@lru_cache(maxsize=4)
def _kept(ca_file: str, is_proven_otherwise: bool, states: tuple[_State, ...]) -> PatientContext:
    del states
    return _made(ca_file, is_proven_otherwise)


def _made(ca_file: str, is_proven_otherwise: bool) -> PatientContext:
    context = PatientContext(ssl.PROTOCOL_TLS_CLIENT)
    # Filled up to 512 bytes for a fault of a load balancer of 2014, a greeting is twice as long.
    context.options &= ~_PADDING
    try:
        context.load_verify_locations(ca_file or DEFAULT_CA_BUNDLE_PATH)
    except OSError as error:
        raise LocalFault("certificates_unreadable") from error
    if not ca_file:
        # What the machine's owner trusts counts as well (a ministry's own authority).
        context.load_default_certs()
    # 1.3 is taken whenever the office has it: one round trip less on each reconnect.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Of 1.2 only what is as good, and no more of a greeting that goes out again and again.
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    if is_proven_otherwise:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _states(ca_file: str) -> tuple[_State, ...]:
    usual = ssl.get_default_verify_paths()
    files = [ca_file] if ca_file else [DEFAULT_CA_BUNDLE_PATH, usual.cafile, usual.capath]
    return tuple(_state(file) for file in files)


def _state(file: str | None) -> _State:
    try:
        found = Path(file or "").stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


class PatientContext(ssl.SSLContext):
    """Puts each TLS socket under the watch of the socket that it is made of."""

    sslsocket_class = PatientTlsSocket

    @cached_property
    def is_brief(self) -> bool:
        """Tell whether its greeting is a short one.

        Newer OpenSSL offers keys that withstand quantum computers too: five times as long.
        """
        said, heard = ssl.MemoryBIO(), ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLWantReadError):
            self.wrap_bio(heard, said, server_hostname="office.example").do_handshake()
        return said.pending <= _BRIEF_BYTES

    def begin(self, plain: PatientSocket, server_hostname: str) -> PatientTlsSocket:
        """Return a socket for TLS; the hand-shake comes after, because it waits under the watch."""
        wrapped = super().wrap_socket(
            plain, do_handshake_on_connect=False, server_hostname=server_hostname
        )
        assert isinstance(wrapped, PatientTlsSocket)
        wrapped.watch = plain.watch
        return wrapped

    def wrap_socket(self, sock: socket.socket, *args: Any, **named: Any) -> ssl.SSLSocket:  # noqa: ANN401
        name = named["server_hostname"]
        assert isinstance(sock, PatientSocket | PatientTlsSocket)
        if isinstance(sock, PatientTlsSocket) and sock.server_hostname != name:
            raise ValueError("greeted under another name")
        return shake_hands(sock, lambda plain: self.begin(plain, name))
