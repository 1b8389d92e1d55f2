"""Puts together the sources of the machine this runs on; starts no program and asks no device."""

from __future__ import annotations

import sys

from app.capture.source import Finder
from app.capture.sources import Sources
from app.domain.clock import Clock


def machine_sources(clock: Clock) -> Sources:
    """Return this machine's sources: WIA on Windows, SANE everywhere else."""
    return Sources(clock, (_finder(clock),))


def _finder(clock: Clock) -> Finder:
    if sys.platform == "win32":
        from app.capture.wia import WiaFinder

        return WiaFinder(clock)
    from app.capture.sane import SaneFinder
    from app.capture.scanimage import Scanimage

    return SaneFinder(clock, Scanimage(clock))
