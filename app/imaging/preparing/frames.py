"""Watches a camera's frames: where the paper is, what to do with it, when to take the picture.

Never keeps a frame: between two of them only the paper's corners and some counts are remembered.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from app.domain.catalogue import Look
from app.imaging.judging.light import measure
from app.imaging.pixels import Gray, Pixels
from app.imaging.preparing.candidates import propose
from app.imaging.preparing.fitting import fit_sides
from app.imaging.preparing.geometry import (
    Quad,
    angles_deg,
    are_sound,
    areas,
    overlap,
    side_lengths,
    to_outline,
)
from app.imaging.preparing.overfilling import is_overfilled
from app.imaging.preparing.prolonging import prolonged
from app.imaging.preparing.scoring import confidence, score
from app.imaging.preparing.straightening import straightened
from app.imaging.preparing.views import View, reduced, search_view
from app.imaging.requests import Advice, FrameAdvice

#: Longest side in which a frame is searched: a sixth of the time of a taken picture.
_SEARCH_PX = 288
_FRAME_PX = 640
_GLANCE = 0.75
_LOOKED_AT_CLOSELY = 16
#: Every so many frames the paper is searched anew, so that no mistake is followed for long.
_SEARCH_EVERY = 6
#: To follow a paper from frame to frame; to tell what to do with it; and with one that is cut.
_SURE, _LIKELY, _SURE_OF_CUT = 0.5, 0.35, 0.15
#: A followed paper is still there when this share of what was seen of it is still seen.
_AS_SURE = 0.92
#: A paper at less than this share of the frame's width and height is held too far away.
_LARGE_ENOUGH = 0.55
#: What is long enough and yet covers less of the frame is no paper, but a line of one.
_LEAST_AREA = 0.12
#: A corner nearer to the frame's edge than this may be cut off in the picture taken.
_RIM = 0.008
_STEEPEST = 0.84
_MOST_SKEW_DEG = 11.0
_DARKEST = 0.40
#: Of the frame's diagonal, from one frame to the next.
_STILL = 0.006
#: Against the sharpest lately: a lens that hunts for its focus falls below.
_SHARP = 0.7
_FORGETS = 0.95
_READY_AFTER = 4


@dataclass(frozen=True, eq=False)
class FrameMemory:
    """What the last frame leaves behind."""

    #: In fractions of the frame; None when there was no paper.
    corners: Quad | None = None
    frames_since_search: int = 0
    good_frames: int = 0
    sharpest: float = 0.0
    #: How sure the last search was of the paper.
    confidence: float = 0.0


def watch(
    frame: Pixels, look: Look, previous: FrameMemory | None
) -> tuple[FrameAdvice, FrameMemory]:
    """Return what to tell the person, and what to hand in with the next frame.

    Args:
        frame: RGB, or gray.
        look: what kind of paper is awaited.
        previous: None for the first frame, or after a pause.
    """
    previous = previous or FrameMemory()
    small = _as_rgb(frame)
    height, width = small.shape[:2]
    if min(height, width) < 32:
        return FrameAdvice("find_paper"), FrameMemory()
    view = search_view(small, _SEARCH_PX)
    quad, sure = _followed(small, view, look, previous), previous.confidence
    since = previous.frames_since_search + 1
    if quad is None:
        (quad, sure), since = _searched(small, view, look), 0
    if quad is None:
        return FrameAdvice("farther" if is_overfilled(small) else "find_paper"), FrameMemory()
    page = _glance(small, quad)
    sharpness = _sharpness(page)
    advice = _placing(quad, width, height) or _lighting(page)
    is_small = advice == "closer" or areas(quad[None])[0] < _LEAST_AREA * width * height
    if is_small and is_overfilled(small, quad):
        # A portrait, a box or a line, printed on a paper of which no edge is seen.
        return FrameAdvice("farther"), FrameMemory()
    if advice is None:
        moved = _moved(quad / (width, height), previous.corners)
        is_still = moved < _STILL and sharpness > _SHARP * previous.sharpest
        advice = "good" if is_still else "hold_still"
    good = previous.good_frames + 1 if advice == "good" else 0
    memory = FrameMemory(
        quad / (width, height), since, good, max(sharpness, previous.sharpest * _FORGETS), sure
    )
    return FrameAdvice(advice, to_outline(quad, width, height), good >= _READY_AFTER), memory


def _as_rgb(frame: Pixels) -> Pixels:
    small, _ = reduced(frame, _FRAME_PX)
    if small.ndim == 2:
        return np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2RGB), np.uint8)
    return small


def _followed(small: Pixels, view: View, look: Look, previous: FrameMemory) -> Quad | None:
    """Return the paper where it was a frame ago, or very near; None when it must be searched."""
    if previous.corners is None or previous.frames_since_search >= _SEARCH_EVERY:
        return None
    height, width = small.shape[:2]
    quad = _fitted(small, previous.corners * (width, height))
    sure = confidence(score(view, quad[None] * view.scale, look), 0)
    return quad if sure >= max(_SURE, _AS_SURE * previous.confidence) else None


def _searched(small: Pixels, view: View, look: Look) -> tuple[Quad | None, float]:
    """Search the whole frame for the paper, and say how sure that is."""
    quads = propose(view)
    if len(quads) == 0:
        return None, 0.0
    scores = score(view, quads, look, _LOOKED_AT_CLOSELY)
    best = int(np.argmax(scores.total))
    quad, sure = prolonged(view, quads[best]), confidence(scores, best)
    part = quad / (view.width, view.height)
    is_cut = bool(part.min() < _RIM or part.max() > 1 - _RIM)
    # Of a paper that the frame cuts, not all sides are seen, and that is all there is to say.
    if sure < (_SURE_OF_CUT if is_cut else _LIKELY):
        return None, 0.0
    return (quad / view.scale if is_cut else _fitted(small, quad / view.scale)), sure


def _fitted(small: Pixels, quad: Quad) -> Quad:
    fitted = fit_sides(small, quad, 6.0)
    least = 0.02 * small.shape[0] * small.shape[1]
    is_held = are_sound(fitted[None], least)[0] and overlap(fitted, quad) > 0.85
    return fitted if is_held else quad


def _glance(small: Pixels, quad: Quad) -> Pixels:
    """Return the paper straightened, a little smaller than it is on the frame."""
    top, right, bottom, left = side_lengths(quad)
    across, down = min(top, bottom) * _GLANCE, min(left, right) * _GLANCE
    return straightened(small, quad, max(8, int(across)), max(8, int(down)))


def _placing(quad: Quad, width: int, height: int) -> Advice | None:
    """Say what to do about where the paper is held, or None."""
    part = quad / (width, height)
    if part.min() < _RIM or part.max() > 1 - _RIM:
        return "farther"
    if np.ptp(part, axis=0).max() < _LARGE_ENOUGH:
        return "closer"
    top, right, bottom, left = side_lengths(quad)
    evenness = min(min(top, bottom) / max(top, bottom), min(left, right) / max(left, right))
    if evenness < _STEEPEST or np.abs(angles_deg(quad) - 90).max() > _MOST_SKEW_DEG:
        return "flatter"
    return None


def _lighting(page: Pixels) -> Advice | None:
    """Say what to do about the light on the paper, or None."""
    light = measure(page)
    if light.level < _DARKEST:
        return "more_light"
    return "less_glare" if light.burnt else None


def _sharpness(page: Pixels) -> float:
    gray: Gray = np.asarray(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), np.uint8)
    return float(cv2.Laplacian(gray, cv2.CV_32F).std())


def _moved(corners: Quad, before: Quad | None) -> float:
    """Return how far the corners went, in the mean, as a share of the frame's diagonal."""
    if before is None:
        return 1.0
    return float(np.linalg.norm(corners - before, axis=1).mean() / np.sqrt(2))
