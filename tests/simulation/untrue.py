"""How a simulated world says that a promise does not hold."""

from __future__ import annotations

from typing import Literal

Kind = Literal["lost", "doubled", "unequal"]


class Untrue(AssertionError):
    """Something that was promised does not hold."""

    def __init__(self, what: str, kind: Kind = "unequal") -> None:
        super().__init__(what)
        self.kind = kind


def need(is_true: bool, what: str, kind: Kind = "unequal") -> None:
    """Say so unless it is true."""
    if not is_true:
        raise Untrue(what, kind)
