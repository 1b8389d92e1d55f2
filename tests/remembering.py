"""The real imaging workers, which look at the same picture only once in a run of the tests."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import TypeVar

import msgspec

from app.domain.catalogue import Look
from app.domain.judgement import Outline, Verdict
from app.domain.papers.lines import PageText
from app.imaging.pool import ImagingPool
from app.imaging.requests import EncodedPage, Prepared, ReadPage

T = TypeVar("T")
_known: dict[bytes, object] = {}


class RememberingPool(ImagingPool):
    """Answers as the workers did the first time; what they say hangs on nothing but the picture."""

    def __init__(self, *, has_engine: bool) -> None:
        super().__init__(has_engine=has_engine)

    def _once(
        self,
        asked: tuple[object, ...],
        ask: Callable[[], T],
        stop: threading.Event | None = None,
    ) -> T:
        if stop is not None and stop.is_set():
            return ask()
        name = hashlib.sha256(msgspec.msgpack.encode((self._has_engine, asked))).digest()
        if name not in _known:
            _known[name] = ask()
        return _known[name]  # type: ignore[return-value]

    def warm(self) -> None:
        """Wait for the first picture that nobody knows."""

    def read_pages(
        self, untrusted: bytes, stop: threading.Event | None = None
    ) -> tuple[ReadPage, ...]:
        return self._once(
            ("read", untrusted), lambda: ImagingPool.read_pages(self, untrusted, stop), stop
        )

    def picture(self, page: ReadPage, longest_px: int) -> bytes:
        return self._once(
            ("draw", page, longest_px), lambda: ImagingPool.picture(self, page, longest_px)
        )

    def prepare(
        self,
        page: ReadPage,
        look: Look,
        outline: Outline | None = None,
        is_several: bool = False,
        stop: threading.Event | None = None,
    ) -> tuple[Prepared, ...]:
        return self._once(
            ("prepare", page, look, outline, is_several),
            lambda: ImagingPool.prepare(self, page, look, outline, is_several, stop),
            stop,
        )

    def judge(self, prepared: Prepared, look: Look, stop: threading.Event | None = None) -> Verdict:
        return self._once(
            ("judge", prepared, look), lambda: ImagingPool.judge(self, prepared, look, stop), stop
        )

    def encode(self, prepared: Prepared, stop: threading.Event | None = None) -> EncodedPage:
        return self._once(
            ("encode", prepared), lambda: ImagingPool.encode(self, prepared, stop), stop
        )

    def read_text(
        self, prepared: Prepared, look: Look, stop: threading.Event | None = None
    ) -> PageText:
        return self._once(
            ("text", prepared, look),
            lambda: ImagingPool.read_text(self, prepared, look, stop),
            stop,
        )
