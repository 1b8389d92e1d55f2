"""Makes of a capture the small views in which a paper's edges are looked for.

Never works on the capture itself: whatever its size, what follows costs the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from app.imaging.pixels import Gray, Pixels
from app.imaging.preparing.geometry import Floats

#: Longest side of the picture in which outlines are proposed and compared.
SEARCH_PX = 600
#: Longest side of the picture in which sides are fitted: a fifth of a millimetre of an A4 page.
FIT_PX = 1600


@dataclass(frozen=True, eq=False)
class View:
    """A small copy of the capture, and what is seen in it."""

    #: How many of its pixels make one of the capture's.
    scale: float
    #: Lab, eight bits a channel, noise smoothed away.
    lab: Pixels
    #: Lab with printing rubbed out, so that paper and table are each one colour.
    plain: Pixels
    #: Steepest change among the channels: (height, width), to the right and downwards.
    right: Floats
    down: Floats

    @property
    def width(self) -> int:
        return int(self.lab.shape[1])

    @property
    def height(self) -> int:
        return int(self.lab.shape[0])


def reduced(pixels: Pixels, longest_px: int) -> tuple[Pixels, float]:
    """Return a copy whose longer side is at most ``longest_px``, and its scale."""
    height, width = pixels.shape[:2]
    scale = min(1.0, longest_px / max(height, width))
    if scale == 1.0:
        return pixels, 1.0
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Whole steps are averaged ten times as fast as broken ones, and leave little for those.
    nearly = by_whole_steps(pixels, int(1 / scale))
    return np.asarray(cv2.resize(nearly, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def by_whole_steps(pixels: Pixels, steps: int) -> Pixels:
    """Return a copy each of whose pixels is the mean of ``steps`` by ``steps``.

    What is left over at the right and at the bottom is left out: less than one pixel of the copy.
    """
    down, across = (length // steps for length in pixels.shape[:2])
    if steps < 2 or down == 0 or across == 0:
        return pixels
    whole = pixels[: down * steps, : across * steps]
    return np.asarray(cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA), np.uint8)


def search_view(pixels: Pixels, longest_px: int = SEARCH_PX) -> View:
    """Return the view in which outlines are searched."""
    small, scale = reduced(pixels, longest_px)
    lab = lab_of(cv2.GaussianBlur(small, (0, 0), 0.8))
    right, down = steepest(lab)
    return View(scale, lab, without_print(lab), right, down)


def lab_of(rgb: cv2.typing.MatLike) -> Pixels:
    """Return the picture in Lab, where equal steps look equally large."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.uint8)


def without_print(lab: Pixels) -> Pixels:
    """Return the picture with dark marks thinner than about 1.5 % of it rubbed out."""
    size = max(3, int(0.015 * max(lab.shape[:2])) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    plain = cv2.medianBlur(lab, 5)
    plain[..., 0] = cv2.morphologyEx(plain[..., 0], cv2.MORPH_CLOSE, kernel)
    return np.asarray(cv2.medianBlur(plain, 7), np.uint8)


def steepest(lab: Pixels) -> tuple[Floats, Floats]:
    """Return at each pixel the gradient of the channel that changes most there."""
    best_right = np.zeros(lab.shape[:2], np.float32)
    best_down = np.zeros(lab.shape[:2], np.float32)
    best = np.zeros(lab.shape[:2], np.float32)
    # Colour is stored at half the contrast of lightness, and with less noise.
    for channel, weight in ((0, 1.0 / 16), (1, 1.5 / 16), (2, 1.5 / 16)):
        right = cv2.Scharr(lab[..., channel], cv2.CV_32F, 1, 0, scale=weight)
        down = cv2.Scharr(lab[..., channel], cv2.CV_32F, 0, 1, scale=weight)
        size = cv2.magnitude(right, down)
        wins = size > best
        np.copyto(best, size, where=wins)
        np.copyto(best_right, right, where=wins)
        np.copyto(best_down, down, where=wins)
    return best_right, best_down  # type: ignore[return-value]


def distance_to_table(plain: Pixels) -> Gray:
    """Return how far each pixel's colour is from the commonest colour along the picture's edge."""
    height, width = plain.shape[:2]
    band = max(2, round(0.025 * max(height, width)))
    rim = np.concatenate(
        [
            plain[:band].reshape(-1, 3),
            plain[-band:].reshape(-1, 3),
            plain[:, :band].reshape(-1, 3),
            plain[:, -band:].reshape(-1, 3),
        ]
    ).astype(np.float32)
    middle = np.median(rim, axis=0)
    near = rim[np.abs(rim - middle).sum(axis=1) <= np.median(np.abs(rim - middle).sum(axis=1))]
    away = plain.astype(np.float32) - near.mean(axis=0)
    distance = np.sqrt((away**2 * (1.0, 2.0, 2.0)).sum(axis=2))
    return np.asarray(np.clip(distance * 2, 0, 255), np.uint8)


def above(picture: cv2.typing.MatLike, level: float) -> Gray:
    """Return a mask (0, 255) of what is brighter than a level."""
    return np.asarray(cv2.threshold(picture, level, 255, cv2.THRESH_BINARY)[1], np.uint8)
