"""How something is done beside the one sync thread: in a thread of its own, or at once in a test.

Never without somebody who waits for its end before the cycle is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol


class Beside(Protocol):
    """Starts a task."""

    def __call__(self, task: Callable[[], None]) -> Callable[[], None]:
        """Start it, and return the way to wait for its end."""
        ...


def in_a_thread(task: Callable[[], None]) -> Callable[[], None]:
    """Do it in a thread."""
    thread = threading.Thread(target=task, name="sync beside", daemon=True)
    thread.start()
    return thread.join


def at_once(task: Callable[[], None]) -> Callable[[], None]:
    """Do it now, before anything else: for simulations, which must repeat exactly."""
    task()
    return lambda: None
