"""The camera's frames: what the person is told, and when the picture is taken by itself."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from app.domain.catalogue import Look
from app.imaging.pixels import Pixels
from app.imaging.preparing.frames import FrameMemory, watch
from app.imaging.preparing.overfilling import is_overfilled
from app.imaging.requests import FrameAdvice
from tests.specimens import Capture, Kind, capture, make

_CARD = Look(shape="card")
_WIDTH, _HEIGHT = 640, 480


def _card() -> Pixels:
    return make("ktp", 4).pixels


def _frame(
    corners: list[tuple[float, float]], brightness: float = 1.0, noise_seed: int = 0
) -> Pixels:
    """Lay the card with its corners there on a brown table, in fractions of the frame."""
    table = np.full((_HEIGHT, _WIDTH, 3), (92, 70, 52), np.uint8)
    card = cv2.resize(_card(), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    height, width = card.shape[:2]
    here = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    there = (np.array(corners) * (_WIDTH, _HEIGHT)).astype(np.float32)
    cv2.warpPerspective(
        card, cv2.getPerspectiveTransform(here, there), (_WIDTH, _HEIGHT), table,
        borderMode=cv2.BORDER_TRANSPARENT,
    )  # fmt: skip
    noise = np.random.default_rng(noise_seed).normal(0, 2.0, table.shape)
    return np.clip(table * brightness + noise, 0, 255).astype(np.uint8)


def _level(left: float, top: float, width: float) -> list[tuple[float, float]]:
    height = width * _WIDTH / 1.5857 / _HEIGHT
    right, bottom = left + width, top + height
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _watched(frames: list[Pixels], look: Look = _CARD) -> list[FrameAdvice]:
    memory: FrameMemory | None = None
    told = []
    for frame in frames:
        advice, memory = watch(frame, look, memory)
        told.append(advice)
    return told


_GOOD = _level(0.12, 0.15, 0.76)


def test_a_paper_held_still_is_taken_after_some_frames_and_not_before() -> None:
    told = _watched([_frame(_GOOD, noise_seed=n) for n in range(9)])
    assert told[0].advice == "hold_still"
    assert not any(one.is_ready for one in told[:4])
    assert told[-1].advice == "good"
    assert told[-1].is_ready
    assert told[-1].outline is not None
    assert np.allclose(told[-1].outline.corners, _GOOD, atol=0.012)


def test_a_paper_that_moves_is_told_to_be_held_still() -> None:
    told = _watched([_frame(_level(0.08 + 0.02 * n, 0.15, 0.7), noise_seed=n) for n in range(6)])
    assert {one.advice for one in told} == {"hold_still"}


def test_a_paper_that_moves_off_begins_the_wait_anew() -> None:
    frames = [_frame(_GOOD, noise_seed=n) for n in range(6)]
    frames += [_frame(_level(0.05, 0.3, 0.7)), *frames[:3]]
    told = _watched(frames)
    assert told[5].is_ready
    assert not any(one.is_ready for one in told[6:])


@pytest.mark.parametrize(
    ("corners", "advice"),
    [
        (_level(0.35, 0.3, 0.3), "closer"),
        (_level(0.3, 0.12, 0.8), "farther"),
        ([(0.22, 0.25), (0.78, 0.25), (0.88, 0.8), (0.12, 0.8)], "flatter"),
    ],
)
def test_a_paper_held_wrongly_is_told_how(corners: list[tuple[float, float]], advice: str) -> None:
    assert _watched([_frame(corners)])[0].advice == advice


@pytest.mark.parametrize("kind", ["ktp", "letter"])
@pytest.mark.parametrize("over", [1.15, 1.4])
def test_a_paper_larger_than_the_frame_is_told_to_go_farther(kind: Kind, over: float) -> None:
    paper = make(kind, 4)
    seen = over * max(_WIDTH / paper.width, _HEIGHT / paper.height)
    laid = np.array(((seen, 0, -0.06 * _WIDTH), (0, seen, -0.05 * _HEIGHT)))
    frame = np.asarray(
        cv2.warpAffine(paper.pixels, laid, (_WIDTH, _HEIGHT), flags=cv2.INTER_AREA), np.uint8
    )
    assert _watched([frame], paper.look)[0].advice == "farther"


def test_a_pattern_all_over_the_table_is_no_paper_to_take_farther_away() -> None:
    noise = np.random.default_rng(7).normal(120, 25, (_HEIGHT // 6, _WIDTH // 6, 3))
    cloth = np.clip(cv2.resize(noise, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_CUBIC), 0, 255)
    assert not is_overfilled(cloth.astype(np.uint8))
    assert not is_overfilled(_frame(_GOOD))
    assert not is_overfilled(_frame(_level(0.0, 0.0, 0.5)))


def test_a_card_far_away_on_a_spotted_cloth_is_told_to_come_closer() -> None:
    frame, card = _frame(_level(0.35, 0.3, 0.3)), _level(0.34, 0.29, 0.32)
    (left, top), (right, bottom) = np.array((card[0], card[2])) * (_WIDTH, _HEIGHT)
    for x, y in itertools.product(range(4, _WIDTH, 20), range(4, _HEIGHT, 20)):
        if not (left <= x + 6 and x <= right and top <= y + 6 and y <= bottom):
            frame[y : y + 6, x : x + 6] = 25
    assert is_overfilled(frame)
    assert _watched([frame])[0].advice == "closer"


def test_a_dark_room_asks_for_more_light() -> None:
    assert _watched([_frame(_GOOD, brightness=0.33)])[0].advice == "more_light"


def test_a_lamp_on_the_paper_is_told_as_glare() -> None:
    frame = _frame(_GOOD)
    cv2.ellipse(frame, (300, 250), (60, 36), 20, 0, 360, (255, 255, 255), -1)
    assert _watched([frame])[0].advice == "less_glare"


def test_a_blurred_frame_among_sharp_ones_is_not_taken() -> None:
    sharp = [_frame(_GOOD, noise_seed=n) for n in range(3)]
    soft = [np.asarray(cv2.GaussianBlur(sharp[0], (0, 0), 3.0), np.uint8)]
    assert _watched([*sharp, *soft])[-1].advice == "hold_still"


def test_an_empty_table_is_no_paper_and_forgets_the_last_one() -> None:
    table = np.full((_HEIGHT, _WIDTH, 3), (92, 70, 52), np.uint8)
    told = _watched([_frame(_GOOD, noise_seed=n) for n in range(6)] + [table, _frame(_GOOD)])
    assert told[6] == FrameAdvice("find_paper")
    assert not told[7].is_ready


def test_a_gray_frame_is_as_good_as_one_in_colour() -> None:
    gray = np.asarray(cv2.cvtColor(_frame(_GOOD), cv2.COLOR_RGB2GRAY), np.uint8)
    advice = _watched([gray] * 7)[-1]
    assert advice.is_ready


@pytest.mark.parametrize("shape", [(1, 1), (480, 3), (64, 64), (480, 640)])
@pytest.mark.parametrize("fill", [0, 127, 255])
def test_frames_of_nothing_find_no_paper(shape: tuple[int, int], fill: int) -> None:
    told = _watched([np.full((*shape, 3), fill, np.uint8)] * 2)
    assert {one.advice for one in told} == {"find_paper"}


def test_what_is_ready_to_be_taken_is_found_again_on_the_picture_taken() -> None:
    taken: Capture = capture(make("ktp", 8), "document_camera", 8)
    scale = 640 / max(taken.pixels.shape[:2])
    frame = cv2.resize(taken.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    advice = _watched([np.asarray(frame, np.uint8)] * 6, taken.specimen.look)[-1]
    assert advice.is_ready
    assert advice.outline is not None
    found = np.array(advice.outline.corners)
    true = np.array(taken.outline.corners)
    assert min(np.abs(np.roll(true, n, axis=0) - found).max() for n in range(4)) < 0.01
