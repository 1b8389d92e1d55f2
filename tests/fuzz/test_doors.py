"""Any bytes at any door: taken or refused, in time and within its memory; never anything else."""

from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.doors import MEBIBYTE, Grounds, doors, knock, seeds, spoiled
from tests.fuzz.messages import MESSAGES

_NAMES = (
    "header", "pack", "sealed_manifest", "squeezed", "manifest", "supplement", "request",
    "courier_note", "return_note", "event", "signed_event", "marks", "catalogue", "courier_walk",
    "courier_import", "courier_digests", "return_file", "events_answer", "taken_manifest",
    "taken_supplement", "taken_request", "taken_opinion", "taken_note", "waiting", "tus",
    "enrolment", "answer",
)  # fmt: skip
#: Behind these stands a whole office or kiosk.
_DEAR = ("courier_import", "events_answer", "tus", "enrolment", "answer", "return_file")


@pytest.fixture(scope="module")
def grounds() -> Iterator[Grounds]:
    """One office and one kiosk for all."""
    logging.disable(logging.CRITICAL)
    made = Grounds()
    yield made
    made.close()
    logging.disable(logging.NOTSET)


def test_every_door_is_knocked_at(grounds: Grounds) -> None:
    assert set(doors(grounds)) == set(_NAMES)


@pytest.mark.parametrize("name", _NAMES)
def test_a_door_takes_any_bytes_or_refuses_them(grounds: Grounds, name: str) -> None:
    door = doors(grounds)[name]
    begun = seeds(grounds).get(name, ())
    said = st.binary(max_size=400)
    if begun:
        said |= st.builds(spoiled, st.sampled_from(begun), st.integers(0, 10**6), st.binary())
    if name in MESSAGES:
        said |= MESSAGES[name](grounds)

    is_dear = name in _DEAR or name.startswith("taken_")

    @settings(
        max_examples=8 if is_dear else 30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(said)
    def knocks(untrusted: bytes) -> None:
        knock(door, untrusted)

    knocks()


def test_what_swells_is_cut_off_at_its_bound(grounds: Grounds) -> None:
    """A pack that announces what it has not, and a message that grows a thousand times."""
    announced = b"LP\x01\x02" + (31 * MEBIBYTE).to_bytes(4, "big") + bytes(32) + b"x" * 100
    bomb = seeds(grounds)["squeezed"][1]
    for name, said in (("pack", announced), ("courier_walk", announced), ("squeezed", bomb)):
        tracemalloc.start()
        assert not knock(doors(grounds)[name], said) or name == "courier_walk"
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 3 * MEBIBYTE, (name, most)


@pytest.mark.parametrize("said_at", ["2026-11-21T00:00:00", "0001-01-01T00:00:00+14:00"])
def test_an_event_of_no_moment_is_refused_and_nothing_breaks(
    grounds: Grounds, said_at: str
) -> None:
    """Found by fuzzing: such a time cannot be written down, and broke every cycle after it."""
    event = {
        "device_id": grounds.contact.device_id, "number": 1, "said_at": said_at,
        "body": {"type": "state", "state": "paid"},
    }  # fmt: skip
    assert not knock(doors(grounds)["events_answer"], msgspec.json.encode(event))
