"""Reads just enough of a page to tell whether it can be read and which paper it is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.catalogue import Look
from app.domain.judgement import Place
from app.imaging.judging.labels import found, letters
from app.imaging.judging.writing import Writing
from app.imaging.ocr.boxes import TextBox
from app.imaging.pixels import Pixels

if TYPE_CHECKING:
    from app.imaging.ocr.engine import Ocr

#: Runs read at a time.
_BATCH = 4
#: The engine takes as long as what it reads is wide, in heights of a line; the narrowest count so.
_LEAST_COST = 224 / 48
#: As much is read at most: about a second.
_MOST_COST = 200.0
#: Of a longer run no more is read than this, in its heights.
_LONGEST = 14.0
#: The biggest print in the upper half is a title; below are signatures, through which stamps go.
_TITLES = 4
_LONGEST_TITLE = 16.0
#: Small print, in heights of the page's usual print.
_SMALL = 0.8
#: A run with fewer letters may be a stain, a stroke of a signature, a curl of the portrait.
_LEAST_LETTERS = 3
#: What the engine is this sure of is right in nearly every letter.
_SURE = 0.85
#: With so many runs read well there is no need to read on.
_ENOUGH_READ = 8
_WELL_READ = 0.9
#: The back of a card carries hardly any words.
_MOST_ON_BACK = 8


@dataclass(frozen=True)
class Sample:
    """What was read of a page.

    Attributes:
        labels: share of all printed words of the form that were read; None for a form without.
        is_this_paper: whether enough of the words that only this form has were read; None likewise.
        is_back: whether it is the other side: its words were read, and there is little else.
        legible: share of the read runs, by their length, that the engine is sure of.
        count: how many runs with letters were read.
        unread: where the runs stand that it is not sure of.
    """

    labels: float | None
    is_this_paper: bool | None
    is_back: bool
    legible: float
    count: int
    unread: Place | None


def sample(pixels: Pixels, writing: Writing, look: Look, ocr: Ocr) -> Sample:
    """Read runs in batches, until the labels are there and enough is read well."""
    read: list[tuple[TextBox, str, float]] = []
    taken = _judged(read, look, pixels.shape)
    order = _order(writing)
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        lines = ocr.recognise(pixels, batch)
        read += [(box, line.text, line.score) for box, line in zip(batch, lines, strict=True)]
        taken = _judged(read, look, pixels.shape)
        if _is_enough(taken, look):
            break
    return taken


def _order(writing: Writing) -> list[TextBox]:
    """Return the runs to read: titles, then by turns from all over the page.

    Labels are printed smaller than what they name, or stand on the left of it.
    """
    short = [_shortened(run) for run in writing.runs]
    middle = max((run.top for run in short), default=0.0) / 2
    headings = [run for run in short if run.top <= middle and _cost(run) <= _LONGEST_TITLE]
    titles = sorted(headings, key=lambda run: -run.height)[:_TITLES]
    rest = [run for run in short if run not in titles]
    usual = statistics.median(run.height for run in rest) if rest else 0.0
    small = [run for run in rest if run.height <= _SMALL * usual and _cost(run) < _LONGEST]
    long = [run for run in rest if _cost(run) >= _LONGEST - 0.1]
    others = [run for run in rest if run not in small and run not in long]
    spread = [run for group in (small, others, long) for run in _spread(group)]
    order, cost = [], 0.0
    for run in (*titles, *spread, *writing.doubtful):
        cost += _cost(run)
        if cost > _MOST_COST:
            break
        order.append(run)
    return order


def _spread(runs: Sequence[TextBox]) -> list[TextBox]:
    """Return runs by turns from all over the page, those on the left first."""
    by_left = sorted(runs, key=lambda run: run.left)
    halves = by_left[: len(by_left) // 2], by_left[len(by_left) // 2 :]
    return [run for half in halves for n in range(4) for run in sorted(half, key=_top)[n::4]]


def _shortened(run: TextBox) -> TextBox:
    """Return the beginning of a run."""
    share = _LONGEST * run.height / max(run.width, 1.0)
    if share >= 1.0:
        return run
    top_left, top_right, low_right, low_left = run.corners
    return TextBox(
        (
            top_left,
            _between(top_left, top_right, share),
            _between(low_left, low_right, share),
            low_left,
        ),
        run.score,
    )


def _between(
    start: tuple[float, float], end: tuple[float, float], share: float
) -> tuple[float, float]:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _top(run: TextBox) -> float:
    return run.top


def _cost(run: TextBox) -> float:
    return max(_LEAST_COST, run.width / max(run.height, 1.0))


def _judged(
    read: Sequence[tuple[TextBox, str, float]], look: Look, shape: tuple[int, ...]
) -> Sample:
    texts = [text for _, text, _ in read]
    every = (*look.labels, *look.shared_labels)
    words = [(box, score) for box, text, score in read if len(letters(text)) >= _LEAST_LETTERS]
    length = sum(box.width / max(box.height, 1.0) for box, _ in words)
    sure = sum(box.width / max(box.height, 1.0) for box, score in words if score >= _SURE)
    return Sample(
        labels=len(found(every, texts)) / len(every) if every else None,
        is_this_paper=_has_enough(look.labels, texts) if look.labels else None,
        is_back=_is_back(look.back_labels, texts, len(words)),
        legible=sure / length if length else 0.0,
        count=len(words),
        unread=_around([box for box, score in words if score < _SURE], shape),
    )


def _around(boxes: Sequence[TextBox], shape: tuple[int, ...]) -> Place | None:
    """Return the smallest place that holds all boxes."""
    if not boxes:
        return None
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    right = max(box.left + box.width for box in boxes)
    bottom = max(box.top + box.height for box in boxes)
    height, width = shape[:2]
    return Place(left / width, top / height, (right - left) / width, (bottom - top) / height)


def _has_enough(labels: tuple[str, ...], texts: Sequence[str]) -> bool:
    """Tell whether half of the labels were read, or two of many: other papers have one at most."""
    return len(found(labels, texts)) >= min(2, -(-len(labels) // 2))


def _is_back(labels: tuple[str, ...], texts: Sequence[str], words: int) -> bool:
    """Tell whether it is the other side; a single word of it stands on other papers as well."""
    count = len(found(labels, texts))
    return count > 0 and (count == len(labels) or words <= _MOST_ON_BACK)


def _is_enough(taken: Sample, look: Look) -> bool:
    return (
        taken.count >= _ENOUGH_READ
        and taken.legible >= _WELL_READ
        and (taken.is_this_paper or not look.labels)
    )
