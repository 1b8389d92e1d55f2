"""Seeded Indonesian specimen papers with printed truth, and how they look when they are captured.

Everything here is invented and says so on the paper; nothing here may be used outside tests and
benches.
"""

from __future__ import annotations

from tests.specimens.bedding import Bed, bed
from tests.specimens.making import KINDS, make, make_back
from tests.specimens.shapes import Box, Capture, Code, How, Kind, Specimen, Word
from tests.specimens.spoiling import CODES, spoil
from tests.specimens.taking import HOWS, capture

__all__ = [
    "CODES",
    "HOWS",
    "KINDS",
    "Bed",
    "Box",
    "Capture",
    "Code",
    "How",
    "Kind",
    "Specimen",
    "Word",
    "bed",
    "capture",
    "make",
    "make_back",
    "spoil",
]
