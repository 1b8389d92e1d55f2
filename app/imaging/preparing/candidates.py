"""Proposes outlines that could be a sheet's edge, from areas of one colour and from straight lines.

Proposes too many rather than too few; which one it is, ``scoring`` says.
"""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from app.imaging.pixels import Gray
from app.imaging.preparing.geometry import (
    Floats,
    Quad,
    are_sound,
    clockwise,
    intersection,
    line_through,
)
from app.imaging.preparing.views import View, above, distance_to_table

#: A card held far from the camera still fills this share of the picture.
LEAST_SHARE = 0.02
#: A colour area's largest pieces; the sheet is one of them or none.
_PIECES = 3
_LINES = 14


def propose(view: View) -> Floats:
    """Return outlines (n, 4, 2) worth comparing, without near repeats."""
    quads = [quad for mask in _masks(view) for quad in _from_mask(mask)]
    found = [np.array(quads).reshape(-1, 4, 2), _from_lines(view)]
    every = np.concatenate(found)
    least = LEAST_SHARE * view.width * view.height
    every = every[are_sound(every, least)]
    reach = np.array((view.width, view.height))
    is_near = ((every > -0.25 * reach) & (every < 1.25 * reach)).all(axis=(1, 2))
    return _without_repeats(every[is_near], 0.006 * max(view.width, view.height))


def _masks(view: View) -> list[Gray]:
    """Cut the picture in two by each cue's own threshold."""
    plain = view.plain
    away = cv2.GaussianBlur(distance_to_table(plain), (3, 3), 0)
    masks = []
    for cue in (plain[..., 0], plain[..., 1], plain[..., 2], away):
        level, mask = cv2.threshold(cue, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        masks += [mask, cv2.bitwise_not(mask)]
        masks += [_above_second(cue, level)]
    # A white page on a nearly white table stands out by a few steps only.
    masks += [above(away, level) for level in (10, 20, 40)]
    edges = cv2.Canny(plain, 20, 60)
    masks.append(cv2.bitwise_not(cv2.dilate(edges, np.ones((3, 3), np.uint8))))
    # And a pale card on a pale table by nothing but its edge.
    slope = cv2.magnitude(view.right, view.down)
    masks += [above(slope, level) for level in (5.0, 12.0)]
    return [np.asarray(mask, np.uint8) for mask in masks]


def _above_second(cue: cv2.typing.MatLike, level: float) -> cv2.typing.MatLike:
    """Cut once more inside the brighter part: a light page on a table with a dark corner."""
    brighter = cue[cue > level]
    if brighter.size < 64:
        return np.zeros_like(cue)
    second, _ = cv2.threshold(brighter.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return above(cue, second)


def _from_mask(mask: Gray) -> list[Quad]:
    least = LEAST_SHARE * mask.size
    kernel = np.ones((5, 5), np.uint8)
    quads = []
    for cleaned in (cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), mask):
        contours, _ = cv2.findContours(cleaned, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        large = sorted((c for c in contours if len(c) >= 4), key=cv2.contourArea, reverse=True)
        for contour in large[:_PIECES]:
            if cv2.contourArea(contour) >= least:
                quads += _from_contour(contour)
    return quads


def _from_contour(contour: cv2.typing.MatLike) -> list[Quad]:
    """Return four-cornered outlines around one piece: simplified, by its long sides, upright."""
    hull = cv2.convexHull(contour)
    length = cv2.arcLength(hull, closed=True)
    quads = [clockwise(cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float64))]
    for share in (0.01, 0.02, 0.04, 0.07):
        simple = cv2.approxPolyDP(hull, share * length, closed=True).reshape(-1, 2)
        if len(simple) == 4:
            quads.append(clockwise(simple.astype(np.float64)))
            break
    for share in (0.006, 0.015):
        simple = cv2.approxPolyDP(hull, share * length, closed=True).reshape(-1, 2)
        by_sides = _from_long_sides(simple.astype(np.float64))
        if by_sides is not None:
            quads.append(by_sides)
    return quads


def _from_long_sides(polygon: Floats) -> Quad | None:
    """Prolong a polygon's four longest sides until they meet: corners may be round or cut off."""
    if not 4 <= len(polygon) <= 16:
        return None
    onward = np.roll(polygon, -1, axis=0)
    longest = np.sort(np.argsort(np.linalg.norm(onward - polygon, axis=1))[-4:])
    lines = [line_through(polygon[i], onward[i]) for i in longest]
    corners = [intersection(lines[i - 1], lines[i]) for i in range(4)]
    if any(corner is None for corner in corners):
        return None
    return clockwise(np.array(corners))


def _from_lines(view: View) -> Floats:
    lines = _strong_lines(view)
    if len(lines) < 4:
        return np.zeros((0, 4, 2))
    pairs = _opposite(lines, view)
    corners = _crossings(lines)
    quads = []
    for (a, b), (c, d) in itertools.combinations(pairs, 2):
        if abs(lines[a, :2] @ lines[c, :2]) < 0.77:
            quads.append((corners[a, c], corners[a, d], corners[b, d], corners[b, c]))
    if not quads:
        return np.zeros((0, 4, 2))
    return _all_clockwise(np.array(quads))


def _strong_lines(view: View) -> Floats:
    """Return the straight lines with the longest traces, each once."""
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD)
    found: list[Floats] = []
    for channel in range(3):
        seen = detector.detect(np.ascontiguousarray(view.plain[..., channel]))[0]
        if seen is not None:
            found.append(np.asarray(seen, np.float64).reshape(-1, 4))
    if not found:
        return np.zeros((0, 3))
    segments = np.concatenate(found)
    lengths = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    diagonal = float(np.hypot(view.width, view.height))
    order = np.argsort(-lengths)[:120]
    order = order[lengths[order] > 0.03 * diagonal]
    lines = [line_through(segments[i, :2], segments[i, 2:]) for i in order]
    return _merged(lines, [segments[i] for i in order], lengths[order], 0.012 * diagonal)


def _merged(lines: list[Floats], segments: list[Floats], lengths: Floats, reach: float) -> Floats:
    """Add up the traces of one line, however broken, and keep the longest."""
    kept: list[Floats] = []
    totals: list[float] = []
    for line, segment, length in zip(lines, segments, lengths, strict=True):
        ends = segment.reshape(2, 2)
        for i, other in enumerate(kept):
            is_along = abs(line[:2] @ other[:2]) > 0.998
            if is_along and np.abs(ends @ other[:2] - other[2]).max() < reach:
                totals[i] += float(length)
                break
        else:
            kept.append(line)
            totals.append(float(length))
    order = np.argsort(totals)[::-1][:_LINES]
    return np.array([kept[i] for i in order]).reshape(-1, 3)


def _opposite(lines: Floats, view: View) -> list[tuple[int, int]]:
    """Return the pairs of lines that run alike and far enough apart to be a sheet's two sides."""
    turn = lines[:, :2] @ lines[:, :2].T
    from_centre = lines[:, :2] @ (view.width / 2, view.height / 2) - lines[:, 2]
    gap = np.abs(from_centre[:, None] - np.sign(turn) * from_centre[None])
    least = 0.08 * float(np.hypot(view.width, view.height))
    are_opposite = np.triu((np.abs(turn) >= 0.87) & (gap > least), 1)
    return [(int(one), int(other)) for one, other in np.argwhere(are_opposite)]


def _crossings(lines: Floats) -> Floats:
    """Return where each two lines cross (n, n, 2); far away when they are parallel."""
    nx, ny, rho = lines[:, 0], lines[:, 1], lines[:, 2]
    determinant = nx[:, None] * ny[None] - ny[:, None] * nx[None]
    determinant = np.where(np.abs(determinant) < 1e-6, 1e-6, determinant)
    x = (rho[:, None] * ny[None] - ny[:, None] * rho[None]) / determinant
    y = (nx[:, None] * rho[None] - rho[:, None] * nx[None]) / determinant
    return np.stack((x, y), axis=-1)


def _all_clockwise(quads: Floats) -> Floats:
    centre = quads.mean(axis=1, keepdims=True)
    angles = np.arctan2(quads[..., 1] - centre[..., 1], quads[..., 0] - centre[..., 0])
    ordered = np.take_along_axis(quads, np.argsort(angles, axis=1)[..., None], axis=1)
    shift = np.argmin(ordered.sum(axis=2), axis=1)
    index = (np.arange(4)[None] + shift[:, None]) % 4
    return np.take_along_axis(ordered, index[..., None], axis=1)


def _without_repeats(quads: Floats, grid: float) -> Floats:
    if len(quads) == 0:
        return quads
    cells = np.round(quads.reshape(-1, 8) / grid).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    return quads[np.sort(first)]
