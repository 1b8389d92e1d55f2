"""The simulated agencies on a real socket, and servers that misbehave on purpose."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.domain.clock import Clock
from app.office.agencies.simulator_app import Secrets, Simulator
from tests.office.quick_server import on_loopback

SECRETS = Secrets("secret of payments", "secret of the registry", "secret of the ministry")


@contextmanager
def simulated(clock: Clock, secrets: Secrets = SECRETS) -> Iterator[tuple[Simulator, str]]:
    """Serve the simulator; gives it and its address."""
    simulator = Simulator(secrets, clock)
    with on_loopback(simulator.app()) as address:
        yield simulator, address


@contextmanager
def misbehaving(
    act: Callable[[BaseHTTPRequestHandler, bytes], None], tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve whatever ``act`` does with a request and its body; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            act(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up is what these servers are for."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
