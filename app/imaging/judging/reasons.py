"""Turns what was measured on a page into findings; looks at no picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.judgement import Light, PageFinding, Place
from app.imaging.judging.sampling import Sample

#: Writing of 6 points is lost below this, whatever reads it.
_LEAST_DPI = 150.0
#: Writing that cannot be read below this was too far away rather than out of focus.
_SMALL_DPI = 200.0
#: Bare paper below this was photographed in the dark.
_DARK = 0.42
#: Below this writing is blurred though the text engine, better at it than people, may read it;
#: above the second it is sharp, and what cannot be read is handwriting or another alphabet.
_BLURRED = 0.4
_SHARP = 0.5
#: Share of the writing that must be readable.
_LEGIBLE = 0.7
#: So many runs of letters tell something.
_ENOUGH = 4


@dataclass(frozen=True)
class Evidence:
    """What was measured.

    Attributes:
        cut: strips of the page along its edges that the picture did not hold.
        second: where another paper lies on the page or begins; None when there is none.
        sharpness: 0..1; None when there is no writing.
        sample: what was read; None without a text engine.
    """

    dpi: float
    light: Light
    cut: tuple[Place, ...]
    second: Place | None
    sharpness: float | None
    sample: Sample | None
    has_writing: bool


def findings(seen: Evidence) -> tuple[PageFinding, ...]:
    """Return what is wrong, worst first."""
    return (*_about_the_paper(seen), *_about_the_picture(seen))


def _about_the_paper(seen: Evidence) -> Iterator[PageFinding]:
    """Tell whether it is the right side of the right paper, as far as it can be read."""
    read = seen.sample
    if not seen.has_writing:
        if seen.light.level >= _DARK:
            yield PageFinding("wrong_side")
        return
    if read is None or read.is_this_paper in (None, True):
        return
    if read.back:
        yield PageFinding("wrong_side")
    elif _is_readable(read) or (_is_sharp(seen) and seen.dpi >= _SMALL_DPI):
        yield PageFinding("not_this_paper")


def _about_the_picture(seen: Evidence) -> Iterator[PageFinding]:
    if seen.second is not None:
        yield PageFinding("overlapping", seen.second)
    yield from (PageFinding("cut_off", place) for place in seen.cut)
    if seen.light.level < _DARK:
        yield PageFinding("too_dark")
    yield from (PageFinding("glare", place) for place in seen.light.burnt)
    if seen.dpi < _LEAST_DPI:
        yield PageFinding("too_far")
    elif _is_blurred(seen):
        is_small = seen.dpi < _SMALL_DPI and not _is_soft(seen)
        yield PageFinding("too_far" if is_small else "blurred", _unread(seen.sample))


def _is_blurred(seen: Evidence) -> bool:
    if seen.sharpness is None:
        return False
    if _is_soft(seen):
        return True
    read = seen.sample
    return not _is_sharp(seen) and read is not None and not _is_readable(read)


def _is_soft(seen: Evidence) -> bool:
    return seen.sharpness is not None and seen.sharpness < _BLURRED


def _is_sharp(seen: Evidence) -> bool:
    return seen.sharpness is not None and seen.sharpness >= _SHARP


def _is_readable(read: Sample) -> bool:
    return read.count >= _ENOUGH and read.legible >= _LEGIBLE


def _unread(read: Sample | None) -> Place | None:
    """Return where it cannot be read; None when that is everywhere."""
    return read.unread if read is not None and read.legible > 0.3 else None
