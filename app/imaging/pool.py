"""The one process that looks at pictures and PDF files; replaced when it hangs or dies.

Never parses a picture in this process.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

import msgspec

from app.errors import LocalFault, UserError
from app.imaging.limits import DEADLINE_S, MOST_FILE_BYTES, MOST_PREVIEW_PX
from app.imaging.requests import (
    Answer,
    AssembleRequest,
    Document,
    Pages,
    Picture,
    PictureRequest,
    ReadPage,
    ReadRequest,
    Refusal,
    Request,
)

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

#: Fifty pages of a PDF that share one picture each carry it; more than this is no honest paper.
_MOST_ANSWER_BYTES = 256 * 1024 * 1024
_T = TypeVar("_T", Pages, Picture, Document)


class ImagingPool:
    """One worker, started at the first request; requests from several threads take turns.

    Args:
        deadline_s: how long one request may take.
    """

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._is_closed = False

    def read_pages(self, untrusted: bytes) -> tuple[ReadPage, ...]:
        """Take a file apart into pages: a JPEG or PNG is one, a TIFF or PDF may be many.

        Raises:
            UserError: ``file_too_large``, ``file_kind_unknown``, ``file_unreadable``,
                ``pdf_encrypted``, ``picture_too_large``, ``too_many_pages``.
            LocalFault: ``imaging_failed`` when no worker can be started.
        """
        if len(untrusted) > MOST_FILE_BYTES:
            raise UserError("file_too_large", most_mb=MOST_FILE_BYTES >> 20)
        return self._ask(ReadRequest(untrusted), Pages).pages

    def picture(self, page: ReadPage, longest_px: int) -> bytes:
        """Draw a page as PNG, its longer side at most ``longest_px``."""
        bounded = max(16, min(longest_px, MOST_PREVIEW_PX))
        return self._ask(PictureRequest(page, bounded), Picture).png

    def assemble(self, pages: tuple[ReadPage, ...]) -> Document:
        """Make one document; the same pages always give the same bytes.

        Raises:
            UserError: ``document_too_large``.
        """
        return self._ask(AssembleRequest(pages), Document)

    def warm(self) -> None:
        """Start the worker before it is needed."""
        with self._turn:
            self._ready()

    def close(self) -> None:
        """End the worker; later requests are refused."""
        with self._turn:
            self._is_closed = True
            self._drop()

    def _ask(self, request: Request, wanted: type[_T]) -> _T:
        sent = msgspec.msgpack.encode(request)
        with self._turn:
            pipe = self._ready()
            try:
                pipe.send_bytes(sent)
                is_answered = pipe.poll(self._deadline_s)
                received = pipe.recv_bytes(_MOST_ANSWER_BYTES) if is_answered else b""
            except (OSError, EOFError):
                # The file made the worker die, or the kernel did for its memory.
                received = b""
            answer = _decode(received)
            if answer is None:
                self._drop()
        if isinstance(answer, Refusal):
            raise UserError(answer.code, **answer.params)
        if not isinstance(answer, wanted):
            raise UserError("file_unreadable")
        return answer

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
        process = context.Process(target=serve, args=(theirs,), name="imaging", daemon=True)
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


def _decode(received: bytes) -> Answer | None:
    try:
        answer: Answer = msgspec.msgpack.decode(received, type=Answer)
    except (ValueError, RecursionError):
        # Bytes that are no UTF-8, and nesting without end, are errors of their own in msgspec.
        return None
    return answer
