"""Numbers as shapes for inline SVG: bars, a strip of days, lines over months; no text, no colour.

The numbers themselves stand in a table beside: a shape only makes them quick to see.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

#: The box in which lines are drawn.
WIDTH, HEIGHT = 640, 200
_PAD = 16


class Dot(msgspec.Struct, frozen=True):
    """A point of a line."""

    x: float
    y: float


def share(value: float, most: float) -> float:
    """Return a bar's length out of 100; what is there at all can be seen."""
    if value <= 0 or most <= 0:
        return 0.0
    return round(max(1.0, min(100.0, 100 * value / most)), 1)


def line(values: Sequence[float], low: float, high: float) -> tuple[Dot, ...]:
    """Return where the values of one line lie, from left to right; nothing where one is 0.

    Args:
        values: one for each step.
        low: value at the bottom.
        high: value at the top.
    """
    step = (WIDTH - 2 * _PAD) / max(1, len(values) - 1)
    return tuple(
        Dot(round(_PAD + number * step, 1), _height(value, low, high))
        for number, value in enumerate(values)
        if value
    )


def grid(low: int, high: int) -> tuple[float, ...]:
    """Return the heights of the lines that stand for whole values."""
    return tuple(_height(value, low, high) for value in range(low, high + 1))


def _height(value: float, low: float, high: float) -> float:
    part = (min(max(value, low), high) - low) / (high - low)
    return round(HEIGHT - _PAD - part * (HEIGHT - 2 * _PAD), 1)
