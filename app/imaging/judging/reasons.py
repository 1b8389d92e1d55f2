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
#: With less it is the whole page that cannot be read.
_PARTLY = 0.4
#: So many runs of letters tell something.
_ENOUGH = 4


#: An outline less sure than this is to be looked at; this sure there is none at all.
_UNSURE = 0.45
_NO_OUTLINE = 0.25


@dataclass(frozen=True)
class Evidence:
    """What was measured.

    Attributes:
        is_flat: whether it came from a scanner or a file, so that its outline needs no proof.
        confidence: how sure the outline is.
        faded: where written lines fade away into white.
        cut: strips of the page along its edges that the picture did not hold.
        second: where another paper lies on the page or begins; None when there is none.
        sharpness: 0..1; None when there is no writing.
        sample: what was read; None without a text engine.
        has_writing: whether there is anything that may be writing.
        has_letters: whether any of it looks like letters.
    """

    dpi: float
    is_flat: bool
    confidence: float
    light: Light
    faded: Place | None
    cut: tuple[Place, ...]
    second: Place | None
    sharpness: float | None
    sample: Sample | None
    has_writing: bool
    has_letters: bool


def findings(seen: Evidence) -> tuple[PageFinding, ...]:
    """Return what is wrong, worst first.

    What the page says counts only when nothing spoils the picture of it: words that cannot be read
    are no proof of another paper.
    """
    if not seen.is_flat and seen.confidence <= _NO_OUTLINE:
        return tuple(_without_outline(seen))
    picture, paper = tuple(_about_the_picture(seen)), tuple(_about_the_paper(seen))
    if all(finding.code == "overlapping" for finding in picture):
        # What is left of a good picture can be read; and another paper's edge may be all of it.
        return (*picture, *paper)
    return picture


def _without_outline(seen: Evidence) -> Iterator[PageFinding]:
    """Tell why no paper was found: it fills more than the picture, or hardly any of it."""
    if seen.light.level < _DARK:
        yield PageFinding("too_dark")
    is_near = seen.sample is not None and _is_readable(seen.sample)
    yield PageFinding("cut_off" if is_near else "too_far")
    if _is_soft(seen):
        yield PageFinding("blurred")


def _about_the_picture(seen: Evidence) -> Iterator[PageFinding]:
    # Where a lamp burns, a portrait's frame looks like an edge that throws a shadow.
    is_clear = not seen.light.burnt and not _is_soft(seen) and seen.dpi >= _LEAST_DPI
    if seen.second is not None and is_clear:
        yield PageFinding("overlapping", seen.second)
    yield from (PageFinding("cut_off", place) for place in seen.cut)
    if not seen.cut and not seen.is_flat and seen.confidence < _UNSURE:
        yield PageFinding("cut_off")
    if seen.light.level < _DARK:
        yield PageFinding("too_dark")
    yield from (PageFinding("glare", place) for place in _reflections(seen))
    if seen.dpi < _LEAST_DPI:
        yield PageFinding("too_far")
    if _is_soft(seen) or (seen.dpi >= _LEAST_DPI and _is_unreadable(seen)):
        is_small = seen.dpi < _SMALL_DPI and not _is_soft(seen)
        yield PageFinding("too_far" if is_small else "blurred", _unread(seen.sample))


def _about_the_paper(seen: Evidence) -> Iterator[PageFinding]:
    """Tell whether it is the right side of the right paper."""
    read = seen.sample
    if not seen.has_writing:
        yield PageFinding("wrong_side")
    elif read is not None and read.is_this_paper is False:
        yield PageFinding("wrong_side" if read.is_back else "not_this_paper")


def _reflections(seen: Evidence) -> tuple[Place, ...]:
    # A scanner's own lamp burns nothing: what is white there is white paper.
    if seen.is_flat:
        return ()
    if not seen.light.burnt and seen.faded is not None:
        return (seen.faded,)
    return seen.light.burnt


def _is_unreadable(seen: Evidence) -> bool:
    """Tell whether the engine fails at it.

    Sharp writing that it cannot read is handwriting, unless it is a form, whose words are printed.
    """
    read = seen.sample
    if read is None or not seen.has_writing or _is_readable(read):
        return False
    if read.is_this_paper is False and read.count >= _ENOUGH:
        return True
    is_sharp = seen.has_letters and seen.sharpness is not None and seen.sharpness >= _SHARP
    return not is_sharp and not read.is_back


def _is_soft(seen: Evidence) -> bool:
    if seen.sharpness is None:
        return False
    # The engine reads words where nothing has the strokes of letters: it sees through the blur.
    is_guessed = not seen.has_letters and seen.sample is not None and seen.sample.count >= _ENOUGH
    return seen.sharpness < (_SHARP if is_guessed else _BLURRED)


def _is_readable(read: Sample) -> bool:
    return read.count >= _ENOUGH and read.legible >= _LEGIBLE


def _unread(read: Sample | None) -> Place | None:
    """Return where it cannot be read; None when that is everywhere."""
    return read.unread if read is not None and read.legible >= _PARTLY else None
