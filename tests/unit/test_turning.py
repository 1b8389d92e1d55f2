"""Where places come to lie when a page is turned."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.judgement import Light, PageFinding, Place, Verdict
from app.domain.turning import turned_light, turned_place, turned_verdict

_SHARE = st.floats(0, 1)


@given(_SHARE, _SHARE, _SHARE, _SHARE)
def test_four_quarter_turns_bring_a_place_back(
    left: float, top: float, width: float, height: float
) -> None:
    place = Place(left, top, width, height)
    turned = place
    for _ in range(4):
        turned = turned_place(turned, 1)
    assert msgspec.structs.astuple(turned) == pytest.approx((left, top, width, height), abs=1e-9)


def test_what_was_at_the_top_left_is_at_the_top_right_after_a_quarter_turn() -> None:
    corner = Place(0, 0, 0.2, 0.1)
    assert msgspec.structs.astuple(turned_place(corner, 1)) == pytest.approx((0.9, 0, 0.1, 0.2))
    assert msgspec.structs.astuple(turned_place(corner, 2)) == pytest.approx((0.8, 0.9, 0.2, 0.1))
    assert turned_place(corner, 5) == turned_place(corner, 1)


def test_findings_of_the_whole_page_stay_so() -> None:
    verdict = Verdict((PageFinding("blurred"), PageFinding("glare", Place(0, 0, 0.2, 0.1))))
    whole, glare = turned_verdict(verdict, 3).findings
    assert whole == PageFinding("blurred")
    assert glare.place == turned_place(Place(0, 0, 0.2, 0.1), 3)


def test_burnt_places_turn_and_the_level_of_light_stays() -> None:
    light = turned_light(Light(0.7, (Place(0, 0, 0.2, 0.1),)), 1)
    assert light == Light(0.7, (turned_place(Place(0, 0, 0.2, 0.1), 1),))
