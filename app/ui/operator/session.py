"""One operator's stay at the desk; lives only in the window's trail, so that locking ends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.operators import OperatorView


@dataclass
class ListPlace:
    """Where an operator was in the list, to find it again after looking at one application."""

    text: str = ""
    group: str = "all"
    chosen_id: str = ""


@dataclass
class Session:
    """Who is signed in, and where they were."""

    operator: OperatorView
    list_place: ListPlace = field(default_factory=ListPlace)
