"""One worker process and the way to it; replaced when it dies, hangs or is told to stop.

Believes nothing that comes back but its shape: a hostile file may have taken the worker over.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from app.errors import LocalFault, UserError
from app.imaging.requests import Answer, Refusal, Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

LaneName = Literal["now", "later"]
#: Fifty pages of a PDF that share one picture each carry it; more than this is no honest paper.
_MOST_ANSWER_BYTES = 256 * 1024 * 1024
#: How soon a person who cancels is heard.
_LOOK_EVERY_S = 0.05
_T = TypeVar("_T", bound=Answer)


class Lane:
    """A worker, started at the first request; requests from several threads take turns.

    Args:
        name: of the process; the one for later leaves the processor to others.
        has_engine: whether the worker may load the reading engine.
    """

    def __init__(self, name: LaneName, *, has_engine: bool = True) -> None:
        self._name: LaneName = name
        self._has_engine = has_engine
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._is_closed = False

    def ask(
        self,
        request: Request,
        wanted: type[_T],
        deadline_s: float,
        stop: threading.Event | None = None,
    ) -> _T:
        """Return the worker's answer.

        Raises:
            UserError: what the worker refused; ``file_unreadable`` when it died or hung over it;
                ``stopped`` when ``stop`` was set.
            LocalFault: ``imaging_failed`` when no worker can be started, or the lane is closed.
        """
        sent = msgspec.msgpack.encode(request)
        with self._my_turn(stop):
            received = self._exchange(sent, deadline_s, stop)
            answer = _decode(received)
            if answer is None:
                self._drop()
            if self._is_closed:
                raise LocalFault("imaging_failed")
        if isinstance(answer, Refusal):
            raise UserError(answer.code, **answer.params)
        if not isinstance(answer, wanted):
            _refuse_if_stopped(stop)
            raise UserError("file_unreadable")
        return answer

    def close(self) -> None:
        """End the worker, even in the midst of a request; later requests are refused."""
        self._is_closed = True
        if self._process is not None:
            _kill(self._process)
        with self._turn:
            self._drop()

    @contextmanager
    def _my_turn(self, stop: threading.Event | None) -> Iterator[None]:
        while not self._turn.acquire(timeout=-1 if stop is None else _LOOK_EVERY_S):
            _refuse_if_stopped(stop)
        try:
            _refuse_if_stopped(stop)
            yield
        finally:
            self._turn.release()

    def _exchange(self, sent: bytes, deadline_s: float, stop: threading.Event | None) -> bytes:
        """Send and receive; nothing when the worker died, hung or was told to stop."""
        pipe = self._ready()
        assert self._process is not None
        # Not a bound on waiting alone: a worker may hang in the midst of taking or giving bytes.
        watchdog = threading.Timer(deadline_s, _kill, (self._process,))
        watchdog.daemon = True
        watchdog.start()
        try:
            pipe.send_bytes(sent)
            while not pipe.poll(None if stop is None else _LOOK_EVERY_S):
                if stop is not None and stop.is_set():
                    return b""
            return pipe.recv_bytes(_MOST_ANSWER_BYTES)
        except (OSError, EOFError):
            # The file made the worker die, or the kernel did for its memory, or the watchdog.
            return b""
        finally:
            watchdog.cancel()

    def _ready(self) -> Connection:
        if self._is_closed:
            raise LocalFault("imaging_failed")
        if self._process is None or self._pipe is None or not self._process.is_alive():
            self._drop()
            self._start()
        assert self._pipe is not None
        return self._pipe

    def _start(self) -> None:
        # Late: the kiosk opens without a worker, and most days begin without a picture.
        import multiprocessing

        from app.imaging.worker import serve

        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        # A daemon: should this process be killed, the worker sees its pipe close and ends.
        process = context.Process(
            target=serve,
            args=(theirs, self._name == "later", self._has_engine),
            name=f"imaging-{self._name}",
            daemon=True,
        )
        try:
            process.start()
        except OSError as error:
            raise LocalFault("imaging_failed") from error
        finally:
            theirs.close()
        self._process, self._pipe = process, ours

    def _drop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process, self._pipe = None, None


def _kill(process: BaseProcess) -> None:
    # Another thread may have replaced and closed it meanwhile.
    with suppress(ValueError):
        process.kill()


def _refuse_if_stopped(stop: threading.Event | None) -> None:
    if stop is not None and stop.is_set():
        raise UserError("stopped")


def _decode(received: bytes) -> Answer | None:
    try:
        answer: Answer = msgspec.msgpack.decode(received, type=Answer)
    except (ValueError, RecursionError):
        # Bytes that are no UTF-8, and nesting without end, are errors of their own in msgspec.
        return None
    return answer
