"""Arithmetic coding of bits and small numbers; writing and reading go through the same calls.

All chances come from integer counts, so that every machine reads what another has written.
"""

from __future__ import annotations

from collections import defaultdict

import constriction
import numpy as np
from numpy.typing import NDArray

from app.errors import UserError

Bits = NDArray[np.int32]
Chances = NDArray[np.float32]
_BERNOULLI = constriction.stream.model.Bernoulli(perfect=False)
#: A count is halved here, so that a page's later part outweighs its earlier one.
_MOST_COUNT = 120
#: No number on a page needs more binary digits.
_MOST_DIGITS = 17


class Coder:
    """Writes what it is given, or, made of bytes, reads; each call returns the value.

    Args:
        untrusted: what to read; None to write.
    """

    def __init__(self, untrusted: bytes | None = None) -> None:
        self.is_reading = untrusted is not None
        self._counts: dict[tuple[str, int], list[int]] = defaultdict(lambda: [2, 2])
        self._encoder = constriction.stream.queue.RangeEncoder()
        words = untrusted or b""
        if len(words) % 4:
            raise UserError("file_unreadable")
        self._decoder = constriction.stream.queue.RangeDecoder(
            np.frombuffer(words, "<u4").astype(np.uint32)
        )

    def to_bytes(self) -> bytes:
        """Return what was written."""
        return self._encoder.get_compressed().astype("<u4").tobytes()

    def bits(self, bits: Bits | None, chances: Chances) -> Bits:
        """Pass many bits that do not depend on each other, each with its chance of being 1."""
        if not self.is_reading:
            assert bits is not None
            self._encoder.encode(bits, _BERNOULLI, chances)
            return bits
        try:
            return self._decoder.decode(_BERNOULLI, chances)
        except AssertionError:
            raise UserError("file_unreadable") from None

    def bit(self, name: str, context: int, value: int) -> int:
        """Pass one bit, its chance learnt from those of the same name and context."""
        counts = self._counts[name, context]
        chance = np.array([counts[1] / (counts[0] + counts[1])], np.float32)
        passed = int(self.bits(np.array([value], np.int32), chance)[0])
        counts[passed] += 4
        if counts[0] + counts[1] > 4 * _MOST_COUNT:
            counts[0], counts[1] = (counts[0] + 1) >> 1, (counts[1] + 1) >> 1
        return passed

    def natural(self, name: str, value: int) -> int:
        """Pass a number from 0; small ones are cheap, and the usual ones become so."""
        digits = (value + 1).bit_length() - 1
        passed = 0
        while self.bit(name, passed, int(passed < digits)):
            passed += 1
            if passed > _MOST_DIGITS:
                raise UserError("file_unreadable")
        number = 1
        for place in range(passed - 1, -1, -1):
            # The first two digits are worth learning; those after them are noise.
            context = 64 + number if number < 4 * 16 else 32 + place
            wanted = ((value + 1) >> place) & 1
            number = number * 2 + self.bit(name, context, wanted)
        return number - 1

    def integer(self, name: str, value: int) -> int:
        """Pass a number that may be negative."""
        size = self.natural(name, abs(value))
        if not size:
            return 0
        return -size if self.bit(name, -min(size, 8), int(value < 0)) else size
