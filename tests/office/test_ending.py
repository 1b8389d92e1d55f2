"""How an office that serves comes to its end."""

from __future__ import annotations

import sys
import traceback
from contextlib import ExitStack
from threading import Thread
from types import CodeType

from app.office.accepting import sweep
from tests.office.house import OpenHere, enrolled, serve, wait_for


def test_an_office_ends_after_the_chore_that_is_under_way(open_here: OpenHere) -> None:
    """Or the chore goes on with a database that was closed under it."""
    office = open_here(upload_life_s=0)
    with ExitStack() as serving:
        with serve(office) as served:
            enrolled(office, served.url).create(served.url, 100)
        with office.database.write():
            # At the start what expired is ended, which waits here for its turn.
            serving.enter_context(serve(office))
            wait_for(lambda: _is_under_way(sweep.__code__))
            ending = Thread(target=serving.close)
            ending.start()
            ending.join(0.7)
            assert ending.is_alive()
        ending.join()


def _is_under_way(chore: CodeType) -> bool:
    """Tell whether some thread is in it."""
    threads = sys._current_frames().values()
    return any(chore is one.f_code for frame in threads for one, _ in traceback.walk_stack(frame))
