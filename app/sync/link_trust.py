"""Whom the link trusts: a TLS context for each way, kept while its certificates stay the same.

Never trusts more than it was told to.
"""

from __future__ import annotations

import socket
import ssl
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from app.sync.link_shaking import shake_hands
from app.sync.link_sockets import PatientSocket, PatientTlsSocket

#: What a file was when its certificates were read: when it was written, and its length.
_State = tuple[int, int] | None


def tls_context(ca_file: str, *, is_proven_otherwise: bool) -> ssl.SSLContext:
    """Return the context for a road; reading the public certificates takes a weak machine a moment.

    Args:
        ca_file: certificates to trust instead of the public ones; empty for those.
        is_proven_otherwise: take any certificate, because somebody else looks at it, or nobody
            needs to.

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    if sys.platform == "win32" and not ca_file:
        # Its own certificates are no file: whether they changed cannot be seen.
        return _made(ca_file, is_proven_otherwise)
    return _kept(ca_file, is_proven_otherwise, _states(ca_file))


@lru_cache(maxsize=4)
def _kept(ca_file: str, is_proven_otherwise: bool, states: tuple[_State, ...]) -> ssl.SSLContext:
    del states
    return _made(ca_file, is_proven_otherwise)


def _made(ca_file: str, is_proven_otherwise: bool) -> ssl.SSLContext:
    context = _PatientContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca_file or DEFAULT_CA_BUNDLE_PATH)
    if not ca_file:
        # What the machine's owner trusts counts as well (a ministry's own authority).
        context.load_default_certs()
    # 1.3 is taken whenever the office has it: one round trip less on each reconnect.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
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


class _PatientContext(ssl.SSLContext):
    """Puts each TLS socket under the watch of the socket that it is made of."""

    sslsocket_class = PatientTlsSocket

    def wrap_socket(self, sock: socket.socket, *args: Any, **named: Any) -> ssl.SSLSocket:  # noqa: ANN401
        # The hand-shake waits under the watch, so it comes after the watch is there.
        named["do_handshake_on_connect"] = False

        def wrap(plain: PatientSocket) -> PatientTlsSocket:
            wrapped = super(_PatientContext, self).wrap_socket(plain, *args, **named)
            assert isinstance(wrapped, PatientTlsSocket)
            wrapped.watch = plain.watch
            return wrapped

        assert isinstance(sock, PatientSocket)
        return shake_hands(sock, wrap)
