"""How long the window ever stands still while a 300 dpi A4 page is worked on, in the real window.

A page is scanned, straightened, judged, shown, looked at large, made small and read, by the real
workers behind the real screens; then a camera of 1080 lines is watched. A timer beats every two
milliseconds on the window's thread, and the longest time between two beats is the figure. ``busy``
is the processor's time that this thread itself used between two beats, and ``own`` the gap without
the time in which it was ready and others went first, in this machine or on its host: a machine that
has other things to do stretches the gap and neither of these. ``rest`` is the same window doing
nothing.
"""

from __future__ import annotations

import argparse

ROUNDS = 3


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=ROUNDS, help="pages, each another one")
    parser.add_argument("--explain", action="store_true", help="say what stood still")
    chosen = parser.parse_args()
    from bench.smoothness_rounds import run

    run(chosen.seeds, is_explaining=chosen.explain)


if __name__ == "__main__":
    main()
