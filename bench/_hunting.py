"""One parser under atheris: bytes led by the paths they take; for ``bench/fuzz.py`` alone.

A process of its own, because atheris never returns.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Mapping

_MOST_BYTES = 4096


def main() -> None:
    """Hunt in the parser that is named, for so many runs."""
    atheris = importlib.import_module("atheris")
    name, runs = sys.argv[1:]
    with atheris.instrument_imports(include=["app.protocol"]):
        from app.errors import AppError
        from app.protocol import courier, marks, record, sealing
    parsers: Mapping[str, Callable[[bytes], object]] = {
        "header": record.read_header,
        "pack": lambda said: list(record.read_pack(said)),
        "marks": lambda said: marks.read_marks(said.decode("latin-1")),
        "courier_walk": lambda said: list(
            courier.walk(lambda at, count: said[at : at + count], len(said))
        ),
        "squeezed": lambda said: sealing.unsqueeze(said, 2**20),
    }

    def knock(untrusted: bytes) -> None:
        with contextlib.suppress(AppError):
            parsers[name](untrusted)

    limits = [f"-runs={runs}", f"-max_len={_MOST_BYTES}", "-rss_limit_mb=512", "-timeout=5"]
    atheris.Setup([sys.argv[0], *limits], knock)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
