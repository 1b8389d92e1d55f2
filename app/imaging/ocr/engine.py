"""Owns reading text off pictures: where lines stand, and what they say.

Loads nothing before it is asked, keeps one engine per process, and never goes to the network.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from app.domain.papers.lines import TextLine
from app.imaging.ocr.boxes import TextBox, find_boxes
from app.imaging.ocr.models import LINE_PX, Detector, Recogniser, models_folder
from app.imaging.pixels import Pixels

_log = logging.getLogger(__name__)
#: Smaller pictures are looked at enlarged. A card at 300 dpi has 638: enlarging it to the 736 of
#: the detector's school costs twice the time and finds nothing more.
_SHORTEST_PX = 512
_MOST_ENLARGED = 4.0
#: A taller picture is looked at in strips across its whole width, which share this much.
_STRIP_PX = 704
_SHARED_PX = 128
#: Columns of letters that one run of the recogniser may take; bounds its memory.
_MOST_COLUMNS = 6 * 640
_MOST_BATCH = 8
#: The recogniser was taught on wider lines, but reads as well what is padded to this.
_NARROWEST_PX = 224
#: What is read together is padded to the widest: lines of like width only.
_ALIKE = 1.15
#: Longer lines are squeezed; no line of a paper is longer.
_WIDEST_PX = 3200
#: A box so much higher than wide holds a line that stands on end.
_ON_END = 1.5


class Ocr:
    """RapidOCR's packaged models on ONNX Runtime.

    Args:
        detector: finds lines.
        recogniser: reads them.
    """

    def __init__(self, detector: Detector, recogniser: Recogniser) -> None:
        self._detector = detector
        self._recogniser = recogniser

    @staticmethod
    def available() -> Ocr | None:
        """Return this process's engine, loaded at the first call; None where there is none."""
        return _load()

    def lines(
        self, pixels: Pixels, boxes: Sequence[TextBox] | None = None, longest_px: int | None = None
    ) -> tuple[TextLine, ...]:
        """Return what is written, in the order of reading; lines without letters are left out.

        Args:
            pixels: RGB, upright.
            boxes: read these only, as ``detect`` gave them.
            longest_px: as for ``detect``.
        """
        found = self.detect(pixels, longest_px) if boxes is None else boxes
        return tuple(line for line in self.recognise(pixels, found) if line.text)

    def detect(self, pixels: Pixels, longest_px: int | None = None) -> tuple[TextBox, ...]:
        """Return where lines stand, from the top down and from the left, in pixels of the picture.

        Args:
            pixels: RGB.
            longest_px: look at a copy whose longer side is this, which is quicker; small print
                is lost first. None looks at every pixel, in strips.
        """
        height, width = pixels.shape[:2]
        scale = min(1.0, longest_px / max(height, width)) if longest_px else 1.0
        if not longest_px and min(height, width) < _SHORTEST_PX:
            scale = min(_SHORTEST_PX / min(height, width), _MOST_ENLARGED)
        across = _to_multiple(width * scale)
        down = _to_multiple(height * scale)
        looked_at = np.asarray(cv2.resize(pixels, (across, down)), dtype=np.uint8)
        x_scale, y_scale = width / across, height / down
        boxes: list[TextBox] = []
        for start, owned_from, owned_to in _strips(down):
            strip = looked_at[start : start + min(_STRIP_PX, down)]
            for box in find_boxes(self._detector.map_of(strip), 1.0, 1.0):
                middle = start + box.top + box.height / 2
                if owned_from <= middle < owned_to:
                    boxes.append(_moved(box, start, x_scale, y_scale, width, height))
        return tuple(_in_reading_order(boxes))

    def recognise(self, pixels: Pixels, boxes: Sequence[TextBox]) -> tuple[TextLine, ...]:
        """Return one line for each box, in the order of the boxes; unreadable ones are empty."""
        height, width = pixels.shape[:2]
        strips = [_cut(pixels, box) for box in boxes]
        texts: dict[int, tuple[str, float]] = {}
        for numbers in _batches([strip.shape[1] for strip in strips]):
            widest = max(_NARROWEST_PX, *(strips[number].shape[1] for number in numbers))
            read = self._recogniser.read([_padded(strips[number], widest) for number in numbers])
            texts.update(zip(numbers, read, strict=True))
        return tuple(
            TextLine(*texts[number], box.place(width, height)) for number, box in enumerate(boxes)
        )


@cache
def _load() -> Ocr | None:
    folder = models_folder()
    if folder is None:
        _log.warning("text_engine_missing")
        return None
    try:
        return Ocr(Detector(folder), Recogniser(folder))
    except (ImportError, MemoryError, OSError, RuntimeError, KeyError) as exc:
        _log.warning("text_engine_does_not_load reason=%s", type(exc).__name__)
        return None


def _to_multiple(length: float) -> int:
    return max(32, round(length / 32) * 32)


def _strips(height: int) -> list[tuple[int, float, float]]:
    """Return the start of each strip, and from where to where boxes' middles are its own."""
    if height <= _STRIP_PX:
        return [(0, -math.inf, math.inf)]
    count = math.ceil((height - _SHARED_PX) / (_STRIP_PX - _SHARED_PX))
    starts = [round(n * (height - _STRIP_PX) / (count - 1)) for n in range(count)]
    edges = [
        (after + before + _STRIP_PX) / 2 for before, after in zip(starts, starts[1:], strict=False)
    ]
    return list(zip(starts, [-math.inf, *edges], [*edges, math.inf], strict=True))


def _moved(
    box: TextBox, down: int, x_scale: float, y_scale: float, width: int, height: int
) -> TextBox:
    """Return a strip's box in pixels of the whole picture, never outside it."""
    corners = [
        (min(max(x * x_scale, 0.0), width), min(max((y + down) * y_scale, 0.0), height))
        for x, y in box.corners
    ]
    return TextBox((corners[0], corners[1], corners[2], corners[3]), box.score)


def _in_reading_order(boxes: list[TextBox]) -> list[TextBox]:
    """Return boxes by rows: what stands half a line lower than a row's first begins the next."""
    rows: list[list[TextBox]] = []
    for box in sorted(boxes, key=lambda box: box.top + box.height / 2):
        middle = box.top + box.height / 2
        first = rows[-1][0] if rows else None
        if first and middle < first.top + first.height / 2 + min(first.height, box.height) / 2:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box.left)]


def _cut(pixels: Pixels, box: TextBox) -> Pixels:
    """Return the box's picture, straightened, ``LINE_PX`` high."""
    top_left, top_right, low_right, low_left = (np.array(point) for point in box.corners)
    across = max(
        1.0, *(float(np.hypot(*side)) for side in (top_right - top_left, low_right - low_left))
    )
    down = max(
        1.0, *(float(np.hypot(*side)) for side in (low_left - top_left, low_right - top_right))
    )
    target = np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float32)
    warp = cv2.getPerspectiveTransform(np.array(box.corners, np.float32), target)
    size = (max(1, int(across)), max(1, int(down)))
    cut = cv2.warpPerspective(
        pixels, warp, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if size[1] >= size[0] * _ON_END:
        cut = np.rot90(cut)
    width = math.ceil(LINE_PX * cut.shape[1] / cut.shape[0])
    wide = (min(max(width, 1), _WIDEST_PX), LINE_PX)
    return np.asarray(cv2.resize(cut, wide), dtype=np.uint8)


def _padded(strip: Pixels, width: int) -> Pixels:
    padded = np.full((LINE_PX, width, 3), 127, np.uint8)
    padded[:, : strip.shape[1]] = strip
    return padded


def _batches(widths: list[int]) -> list[list[int]]:
    """Return the numbers of strips in runs of like width, each bounded in its columns."""
    batches: list[list[int]] = []
    for number in sorted(range(len(widths)), key=lambda number: widths[number]):
        width = max(_NARROWEST_PX, widths[number])
        last = batches[-1] if batches else []
        is_full = len(last) == _MOST_BATCH or width * (len(last) + 1) > _MOST_COLUMNS
        if last and not is_full and width <= _ALIKE * max(_NARROWEST_PX, widths[last[0]]):
            last.append(number)
        else:
            batches.append([number])
    return batches
