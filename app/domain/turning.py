"""Where places come to lie when a picture is turned by quarters, clockwise; pure arithmetic."""

from __future__ import annotations

import msgspec

from app.domain.judgement import Light, PageFinding, Place, Verdict


def turned_place(place: Place, turns: int) -> Place:
    """Return where a place lies after some clockwise quarter turns of its picture."""
    for _ in range(turns % 4):
        place = Place(1.0 - place.top - place.height, place.left, place.height, place.width)
    return place


def turned_verdict(verdict: Verdict, turns: int) -> Verdict:
    """Return the verdict with its places on the turned picture."""
    return Verdict(
        tuple(
            PageFinding(one.code, one.place and turned_place(one.place, turns))
            for one in verdict.findings
        )
    )


def turned_light(light: Light, turns: int) -> Light:
    """Return the light with its places on the turned picture."""
    burnt = tuple(turned_place(place, turns) for place in light.burnt)
    return msgspec.structs.replace(light, burnt=burnt)
