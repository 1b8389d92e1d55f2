"""Answers each request with the room's functions; remembers nothing but the camera's last frame.

Runs in the worker process only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.errors import BugError
from app.imaging.decoding import as_prepared, pixels_of, prepared_pixels
from app.imaging.document import assemble, present
from app.imaging.pictures import draw
from app.imaging.reading import read_pages
from app.imaging.requests import (
    Answer,
    AssembleRequest,
    Checked,
    CheckRequest,
    EncodedPage,
    EncodeRequest,
    FrameAdvice,
    Judged,
    JudgeRequest,
    Likenesses,
    LikenessRequest,
    LoadRequest,
    Pages,
    Picture,
    PictureRequest,
    PreparedPages,
    PrepareRequest,
    PresentRequest,
    ReadRequest,
    Request,
    TextRequest,
    WatchRequest,
    Written,
)

if TYPE_CHECKING:
    from app.domain.catalogue import Look
    from app.imaging.ocr.engine import Ocr
    from app.imaging.preparing.frames import FrameMemory


class Steps:
    """Does what is asked; each library is loaded when a request first needs it.

    Args:
        has_engine: whether the reading engine may be loaded.
    """

    def __init__(self, *, has_engine: bool) -> None:
        self._has_engine = has_engine
        self._last_frame: tuple[Look, FrameMemory] | None = None

    def answer(self, request: Request) -> Answer:
        """Return what was asked for.

        Raises:
            UserError: the file, or what lies on it, is to blame.
        """
        if isinstance(request, WatchRequest):
            return self._watch(request)
        # Whatever comes between two frames, the next one shows another paper.
        self._last_frame = None
        if isinstance(request, JudgeRequest):
            return self._judge(request)
        if isinstance(request, TextRequest):
            return self._read_text(request)
        if isinstance(request, LoadRequest):
            return self._load()
        if isinstance(request, CheckRequest):
            return self._check()
        return _of_files(request)

    def _judge(self, request: JudgeRequest) -> Judged:
        from app.imaging.judging.judge import judge

        page = prepared_pixels(request.prepared, is_turned=True)
        return Judged(judge(page, request.look, self._engine()))

    def _read_text(self, request: TextRequest) -> Written:
        from app.imaging.ocr.reading import read_text

        page = prepared_pixels(request.prepared, is_turned=True)
        return Written(read_text(page, request.look, self._engine()))

    def _load(self) -> Checked:
        from app.imaging.judging import judge
        from app.imaging.preparing import prepare

        return Checked(all((judge, prepare)) and self._engine() is not None)

    def _check(self) -> Checked:
        # Each brings libraries of its own; one that is missing ends the worker.
        import pi_heif

        from app.imaging.preparing import frames
        from app.imaging.proving import prove

        engine = self._engine()
        prove(engine)
        return Checked(all((pi_heif, frames)) and engine is not None)

    def _watch(self, request: WatchRequest) -> FrameAdvice:
        from app.imaging.preparing.frames import watch

        flat = np.frombuffer(request.pixels, dtype=np.uint8)
        frame = flat.reshape(request.height, request.width, request.channels)
        seen = frame[:, :, 0] if request.channels == 1 else frame[:, :, :3]
        known = self._last_frame
        previous = known[1] if known and known[0] == request.look else None
        advice, memory = watch(seen, request.look, previous)
        self._last_frame = (request.look, memory)
        return advice

    def _engine(self) -> Ocr | None:
        if not self._has_engine:
            return None
        from app.imaging.ocr.engine import Ocr

        return Ocr.available()


def _of_files(request: Request) -> Answer:
    if isinstance(request, ReadRequest):
        return Pages(read_pages(request.untrusted))
    if isinstance(request, PictureRequest):
        return Picture(draw(request.page, request.longest_px))
    if isinstance(request, PrepareRequest):
        return _prepare(request)
    if isinstance(request, EncodeRequest):
        return _encode(request)
    if isinstance(request, AssembleRequest):
        return assemble(request.pages)
    if isinstance(request, PresentRequest):
        return Picture(present(request))
    if isinstance(request, LikenessRequest):
        from app.imaging.likeness import likenesses

        return Likenesses(likenesses(request))
    raise BugError("request_unknown")


def _prepare(request: PrepareRequest) -> PreparedPages:
    from app.imaging.preparing.prepare import prepare

    pixels, dpi = pixels_of(request.page)
    made = prepare(pixels, request.look, dpi, request.outline, request.is_several)
    return PreparedPages(tuple(as_prepared(page) for page in made))


def _encode(request: EncodeRequest) -> EncodedPage:
    from app.imaging.encoding.encode import encode

    return encode(prepared_pixels(request.prepared, is_turned=False))
