"""How the program tells a long task to end; never a reason to lose anything."""

from __future__ import annotations

from typing import Protocol


class Stopping(Protocol):
    """Something like ``threading.Event``."""

    def is_set(self) -> bool:
        """Tell whether to end now."""
        ...


class Stopped(Exception):
    """A task ended because it was told to; everything is as after a cut, which is to say safe."""
