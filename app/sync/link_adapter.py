"""How requests and urllib3 are bent to a weak link: patient sockets, small blocks, our own trust.

Knows nothing of the office's interface; never retries and never falls back to a weaker trust.
"""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.poolmanager import PoolManager

from app.sync.link_sockets import PatientSocket, Watch, connect, patient_tls

#: Small blocks, so that a weak link moves visibly and a cut throws little away (trap 1).
BLOCK_BYTES = 4096


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


def make_session(watch: Watch, road: Road) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    if road.proxy_url:
        session.proxies = {"http": road.proxy_url, "https": road.proxy_url}
    # The usual ones cost 25 ms at 64 kbit/s and tell strangers our versions.
    session.headers.clear()
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "loket-pulau"})
    adapter = _PatientAdapter(watch, road)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


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
            "blocksize": BLOCK_BYTES,
            "ssl_context": _tls_context(self._watch, self._road),
        }
        if self._road.pinned_certificate:
            options["assert_fingerprint"] = self._road.pinned_certificate
        return options


def _tls_context(watch: Watch, road: Road) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=road.ca_file or DEFAULT_CA_BUNDLE_PATH)
    if not road.ca_file:
        # What the machine's owner trusts counts as well (a ministry's own authority).
        context.load_default_certs()
    # 1.3 is taken whenever the office has it: one round trip less on each reconnect.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if road.pinned_certificate:
        # The one certificate is known by its digest, which is more than a chain can say.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = patient_tls(watch)
    return context


def _pool_classes(watch: Watch) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> PatientSocket:
            return _connected(self, watch)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> PatientSocket:
            return _connected(self, watch)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connected(connection: HTTPConnection, watch: Watch) -> PatientSocket:
    """Open the socket with our own connect time-out; requests gets a large one (trap 2)."""
    try:
        return connect(
            (connection.host.strip("[]"), connection.port or connection.default_port), watch
        )
    except OSError as error:
        raise NewConnectionError(connection, "no answer") from error
