"""Death of one side at a chosen step of its databases: before a transaction, in it, or just after.

A death is an exception that nothing catches; from then on every transaction of the dead fails too,
so that no handler on the way out can still write a row. Files are another matter: what only a real
kill of a process shows is shown by real kills.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from tests.laying import remember_statements as remember_statements


class Killed(BaseException):
    """The process is no more."""

    def __init__(self, who: Mortal) -> None:
        super().__init__(who.name)
        self.who = who


class Mortal:
    """Counts the steps of one process and ends it at one of them.

    Args:
        name: for the log of a month.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dead = False
        self._steps_left: int | None = None
        self._is_spared = False

    def dies_in(self, steps: int) -> None:
        """Choose the step."""
        self._steps_left = steps

    def lives_on(self) -> None:
        """Nothing is going to happen to it."""
        self._steps_left = None

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Let somebody look into its database without counting as a step of its own."""
        self._is_spared = True
        try:
            yield
        finally:
            self._is_spared = False

    def step(self) -> None:
        """Live on, or not."""
        if self._is_spared:
            return
        if self.is_dead:
            raise Killed(self)
        if self._steps_left is None:
            return
        self._steps_left -= 1
        if self._steps_left <= 0:
            self.is_dead = True
            raise Killed(self)


@contextmanager
def ties(mortal: Mortal, engine: Engine) -> Iterator[None]:
    """Make each transaction of an engine three steps: its beginning, its commit, and after that."""

    def step(*_: object) -> None:
        mortal.step()

    def step_after(session: Session) -> None:
        bind = session.get_bind()
        if getattr(bind, "pool", None) is engine.pool:
            mortal.step()

    event.listen(engine, "begin", step)
    event.listen(engine, "commit", step)
    event.listen(Session, "after_commit", step_after)
    try:
        yield
    finally:
        event.remove(engine, "begin", step)
        event.remove(engine, "commit", step)
        event.remove(Session, "after_commit", step_after)
