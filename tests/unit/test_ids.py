"""Names that people copy by hand and machines sort by time."""

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ids import (
    make_reference,
    new_id,
    new_resume_code,
    parse_code,
    parse_reference,
    short_proof,
)
from app.errors import UserError

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class RealDice:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


def test_ids_made_later_sort_later() -> None:
    made = [new_id(NOON + timedelta(milliseconds=step), RealDice()) for step in range(50)]
    assert made == sorted(made)
    assert {UUID(one).version for one in made} == {7}
    assert len(set(made)) == 50


@given(
    st.text(LETTERS, min_size=3, max_size=3), st.integers(1, 99999), st.sampled_from(["", " ", "-"])
)
def test_a_reference_is_read_back_however_it_is_typed(code: str, serial: int, gap: str) -> None:
    reference = make_reference(code, serial)
    assert parse_reference(reference.lower().replace("-", gap)) == reference


@given(st.integers(1, 99999), st.integers(0, 8), st.sampled_from(LETTERS))
def test_one_wrong_letter_in_a_reference_is_always_noticed(
    serial: int, at: int, letter: str
) -> None:
    compact = make_reference("LET", serial).replace("-", "")
    if compact[at] == letter:
        return
    with pytest.raises(UserError):
        parse_reference(compact[:at] + letter + compact[at + 1 :])


def test_nearly_all_neighbours_swapped_in_a_reference_are_noticed() -> None:
    """ISO 7064's hybrid system promises every single wrong letter, and swaps but for a few."""
    missed = swaps = 0
    for serial in range(1, 99999, 97):
        compact = make_reference("LET", serial).replace("-", "")
        for at in range(8):
            swapped = compact[:at] + compact[at + 1] + compact[at] + compact[at + 2 :]
            if swapped != compact:
                swaps += 1
                missed += is_read(swapped)
    assert missed / swaps < 0.01


def is_read(untrusted: str) -> bool:
    try:
        parse_reference(untrusted)
    except UserError:
        return False
    return True


@pytest.mark.parametrize("untrusted", ["", "LET", "LET-00001-", "ŁET-00001-X", "1" * 10_000])
def test_what_is_no_reference_is_told_so(untrusted: str) -> None:
    with pytest.raises(UserError) as error:
        parse_reference(untrusted)
    assert error.value.code == "reference_malformed"


def test_a_resume_code_has_no_letter_that_looks_like_another() -> None:
    codes = "".join(new_resume_code(RealDice()) for _ in range(200))
    assert not set(codes) & set("ILOU")
    assert parse_code("o1-il u") == "0111V"


def test_a_proof_is_named_by_eight_letters_that_depend_on_all_their_bits() -> None:
    assert short_proof("00" * 32) == "0000-0000"
    assert short_proof("ff" * 32) == "ZZZZ-ZZZZ"
    assert short_proof("0000000001" + "00" * 27) == "0000-0001"
