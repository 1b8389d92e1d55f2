"""How an office that serves comes to its end."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread

from tests.office.house import enrolled, open_at, serve


def test_an_office_ends_after_the_chore_that_is_under_way(tmp_path: Path) -> None:
    """Or the chore goes on with a database that was closed under it."""
    with closing(open_at(tmp_path, upload_life_s=0)) as office, ExitStack() as serving:
        with serve(office) as served:
            enrolled(office, served.url).create(served.url, 100)
        with office.database.write():
            # At the start what expired is ended, which waits here for its turn.
            serving.enter_context(serve(office))
            ending = Thread(target=serving.close)
            ending.start()
            ending.join(0.7)
            assert ending.is_alive()
        ending.join()
