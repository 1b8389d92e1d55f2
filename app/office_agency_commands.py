"""``loket office simulate-agencies``: a provider, a registry and a ministry that are nobody's.

Listens on loopback alone and keeps nothing: what it was told is gone when it stops.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys

from app.bootstrap import MachineClock
from app.errors import LocalFault

#: Shared with an office that names no other.
_SECRET = "simulator"
#: In the order of ``Secrets``.
_SHARING = ("PAYMENT", "REGISTRY", "MINISTRY")


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal; print where it listens as what an office is started with.

    Raises:
        LocalFault: ``port_taken``.
    """
    import uvicorn

    from app.office.agencies.simulator_app import Secrets, Simulator

    named = [os.environ.get(f"LOKET_{one}_SECRET", _SECRET) for one in _SHARING]
    simulator = Simulator(Secrets(*named), MachineClock(), arguments.office)
    try:
        listener = socket.create_server(("127.0.0.1", arguments.port))
    except OSError as error:
        raise LocalFault("port_taken", port=arguments.port) from error
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sys.stdout.write(json.dumps(_environment(url)) + "\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        simulator.app(),
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _environment(url: str) -> dict[str, str]:
    return {
        "url": url,
        "LOKET_PAYMENTS": f"{url}/payments",
        "LOKET_REGISTRY_URL": f"{url}/registry",
        "LOKET_MINISTRY_URL": f"{url}/ministry",
    }
