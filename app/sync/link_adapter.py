"""How requests and urllib3 are bent to a weak link: patient sockets, small blocks, our own trust.

Knows nothing of the office's interface; never retries and never falls back to a weaker trust.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.poolmanager import PoolManager

from app.sync.link_memory import RoadMemory
from app.sync.link_reaching import Tls, reach
from app.sync.link_sockets import Patience, PatientSocket, PatientTlsSocket, Stalled, Watch
from app.sync.link_trust import PatientContext, tls_context
from app.sync.stopping import Stopped, Stopping

#: What is asked of a body at a time; the body may give larger blocks.
_BLOCK_BYTES = 4096


class Road(msgspec.Struct, frozen=True):
    """How to reach the office, beside its address."""

    #: Certificates to trust instead of the public ones, for an office with its own.
    ca_file: str = ""
    #: SHA-256 of the office's own certificate in hexadecimal; then only that one is taken.
    pinned_certificate: str = ""
    #: A proxy named in the settings; see ``Link`` for why the environment's are ignored.
    proxy_url: str = ""
    #: http instead of https to another machine; only for measurements in a closed network.
    may_be_plain: bool = False
    #: Take any certificate; only to ask for the time, which is told to anybody.
    is_unproven: bool = False


class Line:
    """One kept-alive connection to one office, and the watch that judges it.

    Args:
        url: of the office.
        monotonic: seconds that never go back.
        stop: ends every wait.
        road: certificates and proxy.
        patience: limits of the watch.
        memory: of the road.
    """

    def __init__(
        self,
        url: str,
        monotonic: Callable[[], float],
        stop: Stopping,
        road: Road,
        patience: Patience | None,
        memory: RoadMemory,
    ) -> None:
        self._url = url
        self._has_proxy = bool(road.proxy_url)
        self.watch = Watch(monotonic, stop, patience, memory)
        self._adapter = _PatientAdapter(self.watch, road)
        self.session = requests.Session()
        self.session.trust_env = False
        if road.proxy_url:
            self.session.proxies = {"http": road.proxy_url, "https": road.proxy_url}
        # The usual ones cost 25 ms at 64 kbit/s and tell strangers our versions.
        self.session.headers.clear()
        self.session.headers.update({"Accept-Encoding": "identity", "User-Agent": "loket-pulau"})
        self.session.mount("https://", self._adapter)
        self.session.mount("http://", self._adapter)

    def warm_up(self) -> bool:
        """Connect ahead of the first request; False when that failed."""
        if self._has_proxy:
            return False
        self.watch.is_again = True
        parts = urlsplit(self._url)
        pool = self._adapter.poolmanager.connection_from_host(
            parts.hostname, parts.port, parts.scheme, {}
        )
        # Out of the pool and back: it keeps one place, and no more than one connection.
        connection = pool._get_conn()
        try:
            connection.connect()
        except (HTTPError, OSError, Stalled, Stopped):
            connection.close()
            return False
        pool._put_conn(connection)
        return True

    def close(self) -> None:
        """Close the connection; the next request makes another."""
        self.session.close()


class _PatientAdapter(HTTPAdapter):
    """An adapter whose connections are patient sockets and whose TLS trust is the road's."""

    def __init__(self, watch: Watch, road: Road) -> None:
        self._watch = watch
        self._road = road
        # No retries here: urllib3 would send a body again from its middle.
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,
        **named: Any,  # noqa: ANN401
    ) -> None:
        self.poolmanager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, **self._options(), **named
        )
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._watch)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:  # noqa: ANN401
        manager = super().proxy_manager_for(proxy, **self._options(), **named)
        manager.pool_classes_by_scheme = _pool_classes(self._watch)
        return manager

    def cert_verify(self, conn: object, url: object, verify: object, cert: object) -> None:
        """Leave the context alone: requests would add the public certificates to the road's."""

    def build_connection_pool_key_attributes(  # type: ignore[override]
        self, request: requests.PreparedRequest, verify: object, cert: object = None
    ) -> tuple[dict[str, str | int | None], dict[str, object]]:
        """Leave the context alone here as well."""
        parts = urlsplit(str(request.url))
        return {"scheme": parts.scheme, "host": parts.hostname, "port": parts.port}, {}

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "blocksize": _BLOCK_BYTES,
            # A pinned certificate is known by its digest, which is more than a chain can say.
            "ssl_context": tls_context(
                self._road.ca_file,
                is_proven_otherwise=bool(self._road.pinned_certificate) or self._road.is_unproven,
            ),
        }
        if self._road.pinned_certificate:
            options["assert_fingerprint"] = self._road.pinned_certificate
        return options


def _pool_classes(watch: Watch) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> PatientSocket | PatientTlsSocket:
            return _connected(self, watch)

        @property
        def is_connected(self) -> bool:
            return _is_quiet(self.sock)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> PatientSocket | PatientTlsSocket:
            if self.proxy is not None:
                # TLS begins later, when only one of them has been asked for a tunnel.
                return _connected(self, watch)
            context, name = self.ssl_context, _bare(self.host)
            assert isinstance(context, PatientContext)
            # urllib3 gives the same one to what is not greeted yet.
            self.server_hostname = name
            wrap = partial(context.begin, server_hostname=name)
            return _connected(self, watch, Tls(wrap, context.is_brief))

        def connect(self) -> None:
            known, where = watch.memory.addresses, _where(self)
            try:
                super().connect()
            except (HTTPError, OSError, Stalled):
                # Perhaps the name has another address by now.
                known.pop(where, None)
                raise
            # Looked at here, where a pinned certificate has been looked at too.
            if self.is_verified and isinstance(self.sock, PatientTlsSocket):
                with suppress(OSError):
                    known[where] = self.sock.family, self.sock.getpeername()

        @property
        def is_connected(self) -> bool:
            return _is_quiet(self.sock)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

        def _validate_conn(self, conn: Any) -> None:  # noqa: ANN401 - urllib3 hides its type
            # Without urllib3's warning of what is not verified: asking the time is meant so.
            if conn.is_closed:
                conn.connect()

    return {"http": PlainPool, "https": SecurePool}


def _connected(
    connection: HTTPConnection, watch: Watch, tls: Tls | None = None
) -> PatientSocket | PatientTlsSocket:
    """Open the socket with our own connect time-out; requests gets a large one (trap 2)."""
    try:
        return reach(*_where(connection), watch, tls)
    except ssl.SSLError:
        # Somebody was there.
        raise
    except OSError as error:
        raise NewConnectionError(connection, "no answer") from error


def _where(connection: HTTPConnection) -> tuple[str, int]:
    return connection.host.strip("[]"), connection.port or connection.default_port


def _bare(host: str) -> str:
    """Return the name that a certificate is held against."""
    return host.strip("[]").partition("%")[0]


def _is_quiet(sock: Any) -> bool:  # noqa: ANN401 - a socket, patient or not yet there
    """Tell whether a kept connection may serve another request.

    urllib3 takes anything readable for an end, but right after a hand-shake TLS has a word of its
    own to say.
    """
    try:
        return sock is not None and not sock.is_answered_early()
    except OSError:
        return False
