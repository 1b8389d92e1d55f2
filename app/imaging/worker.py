"""The worker process: takes requests, parses, answers; holds no key and no store.

Never outlives its parent, and never takes more memory than its bound.
"""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection

import msgspec

from app.errors import UserError
from app.imaging.limits import MOST_PIXELS, MOST_WORKER_BYTES
from app.imaging.requests import (
    Answer,
    AssembleRequest,
    Pages,
    Picture,
    PictureRequest,
    ReadRequest,
    Refusal,
    Request,
)


def serve(pipe: Connection) -> None:
    """Answer requests until the other end closes."""
    _bound_memory()
    _leave_signals_to_the_parent()
    while True:
        try:
            received = pipe.recv_bytes()
            answer = _answer(msgspec.msgpack.decode(received, type=Request))
            pipe.send_bytes(msgspec.msgpack.encode(answer))
        except (EOFError, OSError):
            return


def _answer(request: Request) -> Answer:
    # Late, so that the kiosk itself never loads these libraries.
    from app.imaging.document import assemble
    from app.imaging.pictures import draw
    from app.imaging.reading import read_pages

    try:
        if isinstance(request, ReadRequest):
            return Pages(read_pages(request.untrusted))
        if isinstance(request, PictureRequest):
            return Picture(draw(request.page, request.longest_px))
        if isinstance(request, AssembleRequest):
            return assemble(request.pages)
    except UserError as error:
        return Refusal(error.code, {k: v for k, v in error.params.items() if isinstance(v, int)})
    except MemoryError:
        return Refusal("picture_too_large", {"most_megapixels": MOST_PIXELS // 1_000_000})


def _bound_memory() -> None:
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_WORKER_BYTES, MOST_WORKER_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _leave_signals_to_the_parent() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
