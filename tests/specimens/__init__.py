"""Seeded Indonesian specimen papers with printed truth, and how they look when they are captured.

Everything here is invented and says so on the paper; nothing here may be used outside tests and
benches.
"""

from __future__ import annotations

from tests.specimens.making import KINDS, make, make_back
from tests.specimens.shapes import Box, Capture, How, Kind, Specimen, Word
from tests.specimens.taking import HOWS, capture

__all__ = [
    "HOWS",
    "KINDS",
    "Box",
    "Capture",
    "How",
    "Kind",
    "Specimen",
    "Word",
    "capture",
    "make",
    "make_back",
]
