"""Owns the shapes of where pages come from, of what is asked of a source and how far it is.

Shapes only: devices are spoken to in ``app.capture``; words are ``capture.*`` in the texts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

SourceKind = Literal["flatbed", "feeder", "network", "camera", "folder", "file"]
SourceState = Literal["ready", "busy", "absent", "needs_attention"]
#: A person's words for the kinds that are one of a kind; scanners have the maker's name.
FOLDER_ID = "folder"
FILE_ID = "file"


class Region(msgspec.Struct, frozen=True):
    """A part of the glass, in millimetres from its top left corner."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float


class SourceDescription(msgspec.Struct, frozen=True):
    """One thing that pages can come from, as it was when it was last looked at."""

    #: The same for the same device after it was unplugged or the machine was started again.
    id: str
    kind: SourceKind
    #: The maker's name of a device; empty where ``capture.kind.<kind>`` says it all.
    label: str = ""
    state: SourceState = "ready"
    #: Why it is not ready: a code that ``errors.<fault>`` has words for; empty when it is.
    fault: str = ""
    #: What may be asked for, in dots per inch; empty when there is no choice.
    resolutions: tuple[int, ...] = ()
    #: The size of the glass or the longest sheet; 0 when it is not known.
    width_mm: float = 0.0
    height_mm: float = 0.0
    #: Several pages lie in it at once; one scan takes them all.
    is_feeder: bool = False
    has_preview: bool = False
    has_region: bool = False
    #: Where the driver found it last; means nothing to a person and changes with the plug.
    address: str = ""


class ScanWish(msgspec.Struct, frozen=True):
    """What is asked of a source; what it cannot do it leaves out."""

    dpi: int = 300
    #: None is everything it has.
    region: Region | None = None
    is_color: bool = True
    #: Fast and coarse, to show where the papers lie.
    is_preview: bool = False
    #: A glass gives one page whatever is asked.
    most_pages: int = 50
    #: Of a watched folder also the files written since then, because the person was here already.
    since: datetime | None = None


class ScanProgress(msgspec.Struct, frozen=True):
    """How far a scan is."""

    #: Counted from one.
    page: int
    #: Of this page, 0 to 1; None while the source only warms up, or waits for a file.
    fraction: float | None = None
