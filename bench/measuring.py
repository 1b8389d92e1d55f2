"""How the benches measure: medians of pairs taken in turn, and one last line of JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def seconds(call: Callable[[], object]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def in_turn(
    ours: Callable[[], object], peer: Callable[[], object], rounds: int
) -> tuple[list[float], list[float]]:
    """Time both by turns, so that a machine that slows down slows both down."""
    our_times, peer_times = [], []
    for _ in range(rounds):
        our_times.append(seconds(ours))
        peer_times.append(seconds(peer))
    return our_times, peer_times


def in_processes(
    call: Callable[[_Given], _Made], each: Iterable[_Given], processes: int
) -> Iterator[_Made]:
    """Yield what a call makes of each, in their order; worked on in so many processes at once."""
    if processes <= 1:
        yield from map(call, each)
        return
    # Not forked: the libraries for pictures and models have threads of their own.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(call, each)


def median_ratio(ours: list[float], peer: list[float]) -> float:
    """Return the ratio of the medians."""
    return statistics.median(ours) / statistics.median(peer)


def p99(times: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(times, n=100, method="inclusive")[98]


def say(text: str) -> None:
    """Print one line for the reader."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def close_with(**figures: float) -> None:
    """Print the last line: the figures under the names they are published by."""
    say(json.dumps({name: round(value, 3) for name, value in figures.items()}))
