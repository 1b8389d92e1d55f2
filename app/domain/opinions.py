"""What people think of the service, said without a name: three questions and a free word.

Shapes only. An opinion says where, what for and on which day; never who, and no hour.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

#: Was it easy, did it go quickly, were you treated well: keys under ``opinion.``.
QUESTIONS = ("easy", "quick", "kind")
#: 1 is bad, 2 is fair, 3 is good; 0 was not answered.
MARKS = (1, 2, 3)
MOST_LETTERS = 500
Mark = Annotated[int, msgspec.Meta(ge=0, le=3)]
Occasion = Literal["slip", "handover"]


class Said(msgspec.Struct, frozen=True):
    """What one person said."""

    easy: Mark = 0
    quick: Mark = 0
    kind: Mark = 0
    words: Annotated[str, msgspec.Meta(max_length=MOST_LETTERS)] = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was said at all."""
        return not (self.easy or self.quick or self.kind or self.words.strip())


class Opinion(msgspec.Struct, frozen=True):
    """One opinion as it travels."""

    format: int
    #: Vouches for the record; at the office it is worth its village and no more.
    device_id: str
    service: Annotated[str, msgspec.Meta(max_length=80)]
    occasion: Occasion
    #: By the islands' calendar.
    day: date
    said: Said
