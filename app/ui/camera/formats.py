"""Chooses in which sizes a camera is watched and a picture is taken; knows no camera."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from PySide6.QtCore import QSize

#: Of a picture taken: A4 at 300 dpi is 8.7 million; more only waits in the cable.
_MOST_TAKEN_PX = 17_000_000
#: Of a frame watched: turned into a picture it holds the processor for some ten milliseconds.
_MOST_WATCHED_PX = 2_100_000
#: Slower than this, a person cannot follow what they see.
_LEAST_RATE = 9.0
_SAME_SHAPE = 0.02


class Offered(Protocol):
    """What a camera offers; Qt's QCameraFormat is one."""

    def isNull(self) -> bool: ...  # noqa: N802
    def resolution(self) -> QSize: ...
    def maxFrameRate(self) -> float: ...  # noqa: N802


F = TypeVar("F", bound=Offered)


def formats_of(offered: Sequence[F]) -> tuple[F | None, F | None]:
    """Return the formats to watch in and to take the picture in, of one shape.

    None is for the camera's own choice, where it names no formats.
    """
    sound = [one for one in offered if not one.isNull() and _pixels(one)]
    if not sound:
        return None, None
    best = max(sound, key=lambda one: (_bounded(one, _MOST_TAKEN_PX), one.maxFrameRate()))
    alike = [one for one in sound if abs(_shape(one) / _shape(best) - 1) <= _SAME_SHAPE]
    live = max(
        alike,
        key=lambda one: (
            one.maxFrameRate() >= _LEAST_RATE,
            _bounded(one, _MOST_WATCHED_PX),
            one.maxFrameRate(),
        ),
    )
    is_worth_it = _pixels(best) > 1.2 * _pixels(live)
    return live, best if is_worth_it else live


def _pixels(one: Offered) -> int:
    return one.resolution().width() * one.resolution().height()


def _shape(one: Offered) -> float:
    return one.resolution().width() / one.resolution().height()


def _bounded(one: Offered, most: int) -> int:
    """Return how welcome a size is: the larger the better, but one over the bound comes last."""
    pixels = _pixels(one)
    return pixels if pixels <= most else -pixels
