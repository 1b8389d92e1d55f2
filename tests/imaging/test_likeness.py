"""A second picture of one paper looks alike to the bits, another person's paper does not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.imaging.likeness import likeness
from app.imaging.pixels import Pixels
from app.imaging.pool import ImagingPool
from app.office.verifying.likening import MOST_DIFFERING
from tests.specimens import Kind, make


def differing(one: bytes, other: bytes) -> int:
    assert len(one) == len(other) == 288
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def again(page: Pixels) -> Pixels:
    """Return the page as another machine would have taken it: paler, softer, cut otherwise."""
    height, width = page.shape[:2]
    cut = page[height // 300 :, : width - width // 300]
    smaller = cv2.resize(cut, (1100, round(1100 * height / width)), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(4).normal(0, 5, smaller.shape)
    return np.asarray(np.clip(20 + 0.85 * smaller + noise, 0, 255), np.uint8)


@pytest.mark.parametrize("kind", ["ktp", "passport"])
def test_one_paper_is_known_again_and_two_peoples_papers_are_told_apart(kind: Kind) -> None:
    mine, yours = (make(kind, seed).pixels for seed in (71, 72))
    assert differing(likeness(mine), likeness(again(mine))) <= MOST_DIFFERING
    assert differing(likeness(mine), likeness(yours)) > MOST_DIFFERING


def test_a_sheet_without_print_looks_like_nothing() -> None:
    paper = np.random.default_rng(1).normal(240, 3, (1000, 700, 3)).astype(np.uint8)
    assert likeness(paper) == b""


def test_the_worker_says_it_of_the_first_pages_alone() -> None:
    pool = ImagingPool(has_engine=False)
    try:
        page = make("ktp", 73).pixels
        ok, jpeg = cv2.imencode(".jpg", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
        assert ok
        (said,) = pool.likenesses(jpeg.tobytes(), "image/jpeg")
    finally:
        pool.close()
    assert differing(said, likeness(page)) <= MOST_DIFFERING
