"""Tells which edges of a page the picture did not hold; looks at outlines, not at pixels."""

from __future__ import annotations

from app.domain.judgement import Place
from app.imaging.pixels import PreparedPixels

#: A corner nearer to the picture's edge than this may lie beyond it.
_NEAR = 0.004
#: How wide a strip of the page is shown for an edge that is cut, and how much of it for a corner.
_STRIP = 0.08
_CORNER = 0.2
#: The page's edges by the corners that they join, and the strip along each of them.
_EDGES = (
    (0, 1, Place(0.0, 0.0, 1.0, _STRIP)),
    (1, 2, Place(1.0 - _STRIP, 0.0, _STRIP, 1.0)),
    (2, 3, Place(0.0, 1.0 - _STRIP, 1.0, _STRIP)),
    (3, 0, Place(0.0, 0.0, _STRIP, 1.0)),
)
_CORNERS = (
    Place(0.0, 0.0, _CORNER, _CORNER),
    Place(1.0 - _CORNER, 0.0, _CORNER, _CORNER),
    Place(1.0 - _CORNER, 1.0 - _CORNER, _CORNER, _CORNER),
    Place(0.0, 1.0 - _CORNER, _CORNER, _CORNER),
)


def cut_edges(page: PreparedPixels) -> tuple[Place, ...]:
    """Return strips along the edges that lie outside the picture, and corners that do."""
    if page.is_flat:
        return ()
    outside = [_is_outside(x) or _is_outside(y) for x, y in page.outline.corners]
    edges = [edge for edge in _EDGES if outside[edge[0]] and outside[edge[1]]]
    told = {corner for edge in edges for corner in edge[:2]}
    corners = [_CORNERS[n] for n in range(4) if outside[n] and n not in told]
    return (*(strip for _, _, strip in edges), *corners)


def _is_outside(at: float) -> bool:
    return at < _NEAR or at > 1.0 - _NEAR
