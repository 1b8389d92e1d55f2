"""Tells which way up a straightened page lies, by its lines of text.

Says nothing when it sees no text; never turns a page itself.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from app.imaging.ocr.installed import models_folder
from app.imaging.pixels import Gray, Pixels
from app.imaging.preparing.views import above, reduced

if TYPE_CHECKING:
    import onnxruntime

_log = logging.getLogger(__name__)
#: The network that tells upright lines from overturned ones; it comes with RapidOCR.
_MODEL = "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
_LINE_HEIGHT, _LINE_WIDTH = 48, 192
#: Ten-point text of an A4 page is then a dozen pixels high.
SEEN_PX = 1400
_MOST_LINES = 14
#: In pixels of the page as it is seen here: lower is a rule, higher is a picture.
_LOWEST, _HIGHEST = 6, 72
#: Natural logarithm of how much likelier overturned must be than upright, in the mean of lines.
_SURE = 2.0


def turns_to_upright(page: Pixels) -> int | None:
    """Return the clockwise quarter turns that make a page upright; None when no text says it."""
    small, _ = reduced(page, SEEN_PX)
    level, on_end = _lines(small), _lines(np.ascontiguousarray(np.rot90(small, -1)))
    is_on_end = _length(on_end) > _length(level)
    lines = on_end if is_on_end else level
    if not lines:
        return None
    overturned = _overturned(lines)
    if overturned is None:
        return None
    return int(is_on_end) + (2 if overturned else 0)


def _length(lines: list[Pixels]) -> float:
    return float(sum(line.shape[1] / line.shape[0] for line in lines))


def _lines(page: Pixels) -> list[Pixels]:
    """Cut out the longest level lines of text."""
    ink = ink_of(page)
    reach = max(9, round(0.016 * max(page.shape[:2])))
    smeared = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(smeared, connectivity=4)
    found = []
    for left, top, width, height, area in stats[1:count]:
        if _LOWEST <= height <= _HIGHEST and width >= 3 * height and area >= 0.4 * width * height:
            found.append((int(left), int(top), int(width), int(height)))
    found.sort(key=lambda box: -box[2] / box[3] ** 0.5)
    lines = []
    for left, top, width, height in found[:_MOST_LINES]:
        rim = max(2, height // 6)
        wide = min(width, 6 * height)
        lines.append(
            page[max(0, top - rim) : top + height + rim, max(0, left - rim) : left + wide + rim]
        )
    return lines


def ink_of(page: Pixels) -> Gray:
    """Return a mask (0, 255) of what is darker than the paper close around it."""
    gray = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    hat = cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, np.ones((25, 25), np.uint8))
    level, _ = cv2.threshold(hat, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return above(hat, max(18.0, 0.8 * level))


def _overturned(lines: list[Pixels]) -> bool | None:
    session = _session()
    if session is None:
        return None
    batch = np.zeros((len(lines), 3, _LINE_HEIGHT, _LINE_WIDTH), np.float32)
    for row, line in zip(batch, lines, strict=True):
        width = min(_LINE_WIDTH, max(1, round(_LINE_HEIGHT * line.shape[1] / line.shape[0])))
        fitted = cv2.resize(line, (width, _LINE_HEIGHT))[..., ::-1]
        row[..., :width] = np.asarray(fitted, np.float32).transpose(2, 0, 1) / 127.5 - 1
    chances = np.asarray(session.run(None, {session.get_inputs()[0].name: batch})[0], np.float64)
    # A line may be certain and wrong (zeros read the same both ways): none outweighs the others.
    lean = np.clip(np.log((chances[:, 1] + 1e-9) / (chances[:, 0] + 1e-9)), -6, 6)
    middle = float(lean.mean())
    return None if abs(middle) < _SURE else middle > 0


@cache
def _session() -> onnxruntime.InferenceSession | None:
    folder = models_folder()
    if folder is None or not (folder / _MODEL).is_file():
        return None
    try:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        return onnxruntime.InferenceSession(
            str(folder / _MODEL), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except (ImportError, MemoryError, OSError, RuntimeError) as exc:
        _log.warning("direction_model_does_not_load reason=%s", type(exc).__name__)
        return None
