"""A worker process: takes requests, parses, answers; holds no key and no store.

Never outlives its parent, never takes more memory than its bound, and never goes to the network.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import SupportsFloat

import msgspec

from app.errors import UserError
from app.imaging.limits import MOST_PIXELS, MOST_WORKER_BYTES
from app.imaging.requests import Answer, Refusal, Request

#: To others first: the window before what a person waits for, that before what nobody waits for.
_NICENESS_NOW = 10
_NICENESS_LATER = 15
_BELOW_NORMAL_PRIORITY_CLASS = 0x4000


def serve(pipe: Connection, is_later: bool, has_engine: bool) -> None:
    """Answer requests until the other end closes."""
    _bound_memory()
    _leave_signals_to_the_parent()
    _step_back(is_later)
    # Before numpy comes: a pool of its own threads would only reserve memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Late, so that the kiosk itself never loads these libraries.
    from app.imaging.steps import Steps

    steps = Steps(has_engine=has_engine)
    while True:
        try:
            received = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        answer = _answer(steps.answer, msgspec.msgpack.decode(received, type=Request))
        encoded = msgspec.msgpack.encode(answer, enc_hook=_plain)
        try:
            pipe.send_bytes(encoded)
        except OSError:
            return


def _answer(steps: Callable[[Request], Answer], request: Request) -> Answer:
    try:
        return steps(request)
    except UserError as error:
        return Refusal(error.code, {k: v for k, v in error.params.items() if isinstance(v, int)})
    except MemoryError:
        return Refusal("picture_too_large", {"most_megapixels": MOST_PIXELS // 1_000_000})


def _plain(value: object) -> object:
    """Return a number of numpy's as one of Python's."""
    if isinstance(value, SupportsFloat):
        return float(value)
    raise TypeError(type(value).__name__)


def _bound_memory() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_WORKER_BYTES, MOST_WORKER_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _leave_signals_to_the_parent() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _step_back(is_later: bool) -> None:
    if sys.platform != "win32":
        os.nice(_NICENESS_LATER if is_later else _NICENESS_NOW)
    elif is_later:
        import ctypes

        kernel = ctypes.windll.kernel32
        # Windows favours the process whose window is in front by itself.
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL_PRIORITY_CLASS)
