"""Owns where a paper lands on a picture: scanner glass and pinhole camera; colours nothing."""

from __future__ import annotations

import math

import cv2
import numpy as np

from app.domain.judgement import Outline
from app.imaging.pixels import Pixels
from tests.specimens.shapes import DPI, Homography


def corners_of(width: int, height: int) -> Homography:
    """Return a sheet's corners, clockwise from its own top left."""
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)


def seen_corners(where: Homography, width: int, height: int) -> Homography:
    """Return where a sheet's corners land."""
    return np.asarray(
        cv2.perspectiveTransform(corners_of(width, height)[None], where)[0], np.float64
    )


def outline_on(where: Homography, sheet: tuple[int, int], frame: tuple[int, int]) -> Outline:
    """Return the true outline in fractions of the frame; sizes are width, height."""
    points = seen_corners(where, *sheet) / np.asarray(frame, np.float64)
    first, second, third, fourth = ((float(x), float(y)) for x, y in points)
    return Outline((first, second, third, fourth))


def moved(x: float, y: float) -> Homography:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def scaled(factor: float) -> Homography:
    return np.diag([factor, factor, 1.0])


def turned(degrees: float) -> Homography:
    """Return a turn about the origin, clockwise as seen."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float64)


def laid_flat(
    sheet: tuple[int, int], degrees: float, middle: tuple[float, float], scale: float = 1.0
) -> Homography:
    """Lay a sheet flat with its middle at a point of the picture."""
    width, height = sheet
    to_middle = moved(*middle) @ turned(degrees) @ scaled(scale)
    return np.asarray(to_middle @ moved(-width / 2, -height / 2), np.float64)


def photographed(
    sheet: tuple[int, int],
    frame: tuple[int, int],
    *,
    roll: float,
    tilt: tuple[float, float],
    fill: float,
    drift: tuple[float, float] = (0.0, 0.0),
) -> Homography:
    """Photograph a sheet so that it fills this share of the frame.

    Args:
        sheet: Width and height of the sheet in its own pixels.
        frame: Width and height of the picture.
        roll: Degrees that it lies turned.
        tilt: Degrees by which the camera leans over the sheet's two axes.
        fill: Share of the frame's width or height, whichever is reached first.
        drift: How far from the middle, -1..1 of the room that is left.
    """
    focal = 1.15 * max(frame)
    plane = moved(-sheet[0] / 2, -sheet[1] / 2)
    distance = focal
    for _ in range(8):
        where = _projection(focal, roll, tilt, distance) @ plane
        size = np.ptp(seen_corners(where, *sheet), axis=0)
        distance *= float(max(size / (np.asarray(frame) * fill)))
    where = _projection(focal, roll, tilt, distance) @ plane
    points = seen_corners(where, *sheet)
    low, high = points.min(axis=0), points.max(axis=0)
    room = (np.asarray(frame) - (high - low)) / 2
    middle = np.asarray(frame) / 2 + np.asarray(drift) * room * 0.8
    shift = middle - (low + high) / 2
    return np.asarray(moved(float(shift[0]), float(shift[1])) @ where, np.float64)


def _projection(
    focal: float, roll: float, tilt: tuple[float, float], distance: float
) -> Homography:
    """Return the plane's homography: a camera looks along z at a plane turned about all axes."""
    about_x, about_y = math.radians(tilt[0]), math.radians(tilt[1])
    lean_x = np.array(
        [[1, 0, 0], [0, math.cos(about_x), -math.sin(about_x)],
         [0, math.sin(about_x), math.cos(about_x)]]
    )  # fmt: skip
    lean_y = np.array(
        [[math.cos(about_y), 0, math.sin(about_y)], [0, 1, 0],
         [-math.sin(about_y), 0, math.cos(about_y)]]
    )  # fmt: skip
    axes = lean_x @ lean_y @ turned(roll)
    onto = np.column_stack([axes[:, 0], axes[:, 1], (0, 0, distance)])
    return np.asarray(np.diag([focal, focal, 1.0]) @ onto, np.float64)


def local_scale(where: Homography, sheet: tuple[int, int]) -> float:
    """Return how many pixels of the picture one pixel of the sheet becomes, on average."""
    points = seen_corners(where, *sheet).astype(np.float32)
    return float(math.sqrt(cv2.contourArea(points) / (sheet[0] * sheet[1])))


def dpi_on(where: Homography, sheet: tuple[int, int]) -> float:
    """Return the resolution at which the paper itself was caught."""
    return DPI * local_scale(where, sheet)


def lay(ground: Pixels, sheet: Pixels, where: Homography, radius_px: float = 0.0) -> Pixels:
    """Lay a sheet on a ground; ``ground`` is drawn into.

    The sheet is shrunk before it is warped: a warp alone looks at four pixels and would turn fine
    print into noise that no lens makes.
    """
    height, width = sheet.shape[:2]
    scale = min(1.0, local_scale(where, (width, height)))
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    shrunk = cv2.resize(sheet, small, interpolation=cv2.INTER_AREA) if scale < 0.95 else sheet
    shape = rounded(shrunk.shape[1], shrunk.shape[0], radius_px * shrunk.shape[1] / width)
    to_small = np.diag([width / shrunk.shape[1], height / shrunk.shape[0], 1.0])
    points = seen_corners(where, width, height)
    left, top = np.maximum(0, np.floor(points.min(axis=0)).astype(int) - 1)
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + 2
    region = ground[top : max(top, bottom), left : max(left, right)]
    if region.size == 0:
        return ground
    onto = moved(-float(left), -float(top)) @ where @ to_small
    size = region.shape[1], region.shape[0]
    warped = cv2.warpPerspective(shrunk, onto, size, flags=cv2.INTER_LINEAR,
                                 borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    mask = cv2.warpPerspective(shape, onto, size, flags=cv2.INTER_LINEAR)
    np.copyto(region, warped.astype(np.uint8), where=(mask > 127)[..., None])
    return ground


def rounded(width: int, height: int, radius: float) -> Pixels:
    """Return a sheet's own shape, white on black."""
    reach = round(radius)
    if reach < 1:
        return np.full((height, width), 255, np.uint8)
    shape = np.zeros((height, width), np.uint8)
    cv2.rectangle(shape, (reach, 0), (width - 1 - reach, height - 1), 255, -1)
    cv2.rectangle(shape, (0, reach), (width - 1, height - 1 - reach), 255, -1)
    for x in (reach, width - 1 - reach):
        for y in (reach, height - 1 - reach):
            cv2.circle(shape, (x, y), reach, 255, -1)
    return shape
