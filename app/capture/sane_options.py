"""Reads what ``scanimage --all-options`` prints, and picks how to ask one device for a page.

The text is a driver's: an option that cannot be understood is as good as none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.sources import Region, ScanWish

#: A page travels at 300 dpi at most, so no source needs to see more.
MOST_DPI = 300
PREVIEW_DPI = 75
_COMMON_DPI = (75, 100, 150, 200, 240, 300)
_OPTION = re.compile(r"^ {4}(?:--([a-z0-9-]+)|-([ltxy]))(?=[ \[=]|$)(.*)$")
#: Numbers of at most nine digits: nothing about a sheet of paper takes more.
_RANGE = re.compile(r"^(-?\d{1,9}(?:\.\d+)?)\.\.(-?\d{1,9}(?:\.\d+)?)")
_NUMBER = re.compile(r"^-?\d{1,9}(?!\d)(?:\.\d+)?")
#: Said behind what an option is now.
_REMARKS = re.compile(r"(?: \[(?:advanced|hardware|emulated)\])+$")


@dataclass(frozen=True)
class Option:
    """One thing that may be set: words, or numbers in a range."""

    words: tuple[str, ...] = ()
    current: str = ""
    least: float = 0.0
    most: float = 0.0

    @property
    def is_range(self) -> bool:
        """Tell whether any number between two may be asked for."""
        return self.most > self.least


Options = dict[str, Option]


def read_options(text: str) -> Options:
    """Return the options that may be set now, by name."""
    found: Options = {}
    for line in text.splitlines():
        matched = _OPTION.match(line)
        if matched is None or "[inactive]" in line or "[read-only]" in line:
            continue
        name = matched[1] or matched[2]
        found.setdefault(name, _option(matched[3].strip()))
    return found


def _option(values: str) -> Option:
    values = _REMARKS.sub("", values)
    # Words may hold brackets themselves: "24bit Color[Fast] [24bit Color[Fast]]".
    at = values.rfind(" [")
    now = ""
    if at >= 0 and values.endswith("]"):
        values, now = values[:at].strip(), values[at + 2 : -1]
    if ranged := _RANGE.match(values):
        return Option((), now, float(ranged[1]), float(ranged[2]))
    words = [word.strip() for word in values.lstrip("[=(").split("|")]
    return Option(tuple(word for word in words if word), now)


def feeder_word(options: Options) -> str:
    """Return how the device calls its feeder; of several the one that reads one side."""
    words = [w for w in _words(options, "source") if re.search(r"adf|feeder", w, re.IGNORECASE)]
    simple = [w for w in words if not re.search(r"duplex|both|back|rear", w, re.IGNORECASE)]
    return next(iter([*simple, *words]), "")


def glass_word(options: Options) -> str:
    """Return how the device calls its glass."""
    words = _words(options, "source")
    wanted = r"flatbed|platen|\bfb\b|normal|glass"
    return next((word for word in words if re.search(wanted, word, re.IGNORECASE)), "")


def resolutions(options: Options) -> tuple[int, ...]:
    """Return what may be asked for, up to what a page can use; never empty when there is any."""
    option = options.get("resolution")
    if option is None:
        return ()
    if option.is_range:
        offered = [dpi for dpi in _COMMON_DPI if option.least <= dpi <= option.most]
        return tuple(offered) or (round(option.least),)
    numbers = _numbers(options, "resolution")
    return tuple(n for n in numbers if n <= MOST_DPI) or tuple(numbers[:1])


def bed(options: Options) -> tuple[float, float]:
    """Return width and height of what can be scanned, in millimetres; zero when not known."""
    wide, high = options.get("x"), options.get("y")
    return (wide.most if wide else 0.0, high.most if high else 0.0)


def nearest(offered: Sequence[int], wanted: int) -> int:
    """Return the lowest resolution that is enough, or the best there is; 0 without a choice."""
    return min((dpi for dpi in offered if dpi >= wanted), default=max(offered, default=0))


def arguments(options: Options, source: str, wish: ScanWish) -> tuple[list[str], int]:
    """Return what to tell ``scanimage``, and the resolution that makes; 0 when it is not known."""
    given = [f"--source={source}"] if source else []
    if mode := _mode(options, is_color=wish.is_color):
        given.append(f"--mode={mode}")
    if 8 in _numbers(options, "depth"):
        given.append("--depth=8")
    if wish.is_preview and "preview" in options:
        given.append("--preview=yes")
    dpi = nearest(resolutions(options), PREVIEW_DPI if wish.is_preview else wish.dpi)
    if dpi:
        given.append(f"--resolution={dpi}")
    return given + _geometry(options, wish.region), dpi


def _mode(options: Options, *, is_color: bool) -> str:
    words = _words(options, "mode")
    colour = [word for word in words if re.search(r"colou?r", word, re.IGNORECASE)]
    grey = [word for word in words if re.search(r"gr[ae]y", word, re.IGNORECASE)]
    # The shortest is the plain one: not "Color (fast)", not "Gray Dithered".
    return min(colour if is_color and colour else grey or colour, key=len, default="")


def _geometry(options: Options, region: Region | None) -> list[str]:
    """Say where on the glass; without a region all of it, for many begin with less."""
    wide, high = bed(options)
    if not wide or not high:
        return []
    left = _held(region.left_mm, wide) if region else 0.0
    top = _held(region.top_mm, high) if region else 0.0
    width = _held(region.width_mm, wide - left) if region else wide
    height = _held(region.height_mm, high - top) if region else high
    given = [("l", left), ("t", top), ("x", width), ("y", height)]
    return [word for name, mm in given if name in options for word in (f"-{name}", f"{mm:g}")]


def _held(value: float, most: float) -> float:
    return max(0.0, min(value, most))


def _words(options: Options, name: str) -> tuple[str, ...]:
    option = options.get(name)
    return option.words if option else ()


def _numbers(options: Options, name: str) -> list[int]:
    """Return the numbers among an option's words; the last one has its unit behind it."""
    found = (_NUMBER.match(word) for word in _words(options, name))
    return sorted({round(float(number[0])) for number in found if number} - {0})
