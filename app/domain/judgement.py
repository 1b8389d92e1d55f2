"""Owns the shapes of what is said about one page: where the paper lies, what is wrong, and where.

Shapes only: pictures are judged in ``app.imaging``, words are ``judgement.<code>`` in the texts.
"""

from __future__ import annotations

from typing import Literal

import msgspec

FindingCode = Literal[
    "blurred",
    "too_dark",
    "glare",
    "cut_off",
    "too_far",
    "wrong_side",
    "not_this_paper",
    "overlapping",
]


class Place(msgspec.Struct, frozen=True):
    """A box on a picture, in fractions of its width and height, origin at the top left."""

    left: float
    top: float
    width: float
    height: float


class Outline(msgspec.Struct, frozen=True):
    """The four corners of a paper on the picture as it was taken.

    In fractions of width and height, clockwise as seen on the picture; the first one is the paper's
    own top left corner, so that the order also says which way up it lies. A corner that the picture
    does not hold lies outside 0..1.
    """

    corners: tuple[
        tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]
    ]


class Light(msgspec.Struct, frozen=True):
    """The light in which a page was taken, measured before it was evened out."""

    #: Brightness of the bare paper, 0 to 1.
    level: float = 1.0
    #: Where on the straightened picture a lamp or a flash burnt everything away.
    burnt: tuple[Place, ...] = ()


class PageFinding(msgspec.Struct, frozen=True):
    """One thing that is wrong with a page's picture."""

    code: FindingCode
    #: Where on the straightened picture; None when it is the whole page.
    place: Place | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What the machine thinks of one page; worst finding first, empty when it is good."""

    findings: tuple[PageFinding, ...] = ()

    @property
    def is_good(self) -> bool:
        """Tell whether nothing is wrong with it."""
        return not self.findings
