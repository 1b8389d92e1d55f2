"""Forks processes that may be killed, and waits for them; the parent has no threads."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.crash.steps import Death, Steps

#: A child that still lives after this hangs, and its end is a fault of ours.
HANGS_AFTER_S = 150


class Failed(Exception):
    """A child ended in another way than by doing its work or being killed."""


class Orders(msgspec.Struct, frozen=True):
    """How a child lives."""

    #: Whose files count as steps.
    folder: Path
    #: Gets what it says: its log, and why it failed.
    said: Path
    death: Death | None = None
    #: Where its steps are written down.
    steps: Path | None = None


def fork(work: Callable[[], object], orders: Orders | None = None) -> int:
    """Run ``work`` in a child and return its process id at once."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(HANGS_AFTER_S)
        if orders is not None:
            os.dup2(os.open(orders.said, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
            Steps(orders.folder, orders.death, orders.steps).watch()
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def is_done(status: int) -> bool:
    """Tell whether a child did its work; False when it was killed.

    Raises:
        Failed: anything else.
    """
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
        return True
    raise Failed(f"a process ended with status {status}")


def finish(child: int) -> bool:
    """Wait for a child; tell whether it did its work."""
    return is_done(os.waitpid(child, 0)[1])


def kill(child: int) -> None:
    """End a child as a power cut does; one that just ended by itself is fine."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def dies_at(step: int, folder: Path, work: Callable[[], object]) -> bool:
    """Run ``work`` in a child that is killed before its n-th step; tell whether it died.

    Raises:
        Failed: it ended in another way.
    """
    with tempfile.NamedTemporaryFile() as said:
        orders = Orders(folder, Path(said.name), Death("", step))
        try:
            return not finish(fork(work, orders))
        except Failed as failed:
            raise Failed(f"{failed} at step {step}: {said.read().decode()[-2000:]}") from None


class Timer:
    """Kills one process at a moment that nothing of it decides."""

    def __init__(self) -> None:
        self._handle = -1
        signal.signal(signal.SIGALRM, lambda *_: self._fire())

    def kill_after(self, seconds: float, child: int) -> None:
        """Choose the process and the moment; what was chosen before lives on."""
        self.stop()
        # A handle rather than a number: a number may be another process's by then.
        self._handle = os.pidfd_open(child)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def stop(self) -> None:
        """Let everybody live."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _fire(self) -> None:
        if self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
