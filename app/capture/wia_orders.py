"""Owns what passes between this process and the one that has a Windows scanner's driver.

Shapes only; they are bounded and parsed on both sides, for a driver may corrupt the other one.
"""

from __future__ import annotations

import msgspec

from app.domain.sources import Region


class FindOrder(msgspec.Struct, frozen=True, tag="find"):
    """List all scanners."""


class ScanOrder(msgspec.Struct, frozen=True, tag="scan"):
    """Scan with one of them."""

    device_id: str
    is_feeder: bool
    dpi: int
    is_color: bool
    most_pages: int
    region: Region | None = None


class FoundDevice(msgspec.Struct, frozen=True):
    """One scanner and what it can do."""

    device_id: str
    name: str
    has_glass: bool = True
    has_feeder: bool = False
    resolutions: tuple[int, ...] = ()
    glass_mm: tuple[float, float] = (0.0, 0.0)
    feeder_mm: tuple[float, float] = (0.0, 0.0)
    fault: str = ""


class Found(msgspec.Struct, frozen=True, tag="found"):
    """The answer to ``FindOrder``."""

    devices: tuple[FoundDevice, ...]


class PageBegun(msgspec.Struct, frozen=True, tag="begun"):
    """The driver was asked for a page; it says nothing until that is whole."""

    number: int


class PageDone(msgspec.Struct, frozen=True, tag="page"):
    """A page, as a file."""

    content: bytes


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """Nothing more comes; with the reason when it is not what was asked for."""

    fault: str = ""


Order = FindOrder | ScanOrder
Told = Found | PageBegun | PageDone | Ended
