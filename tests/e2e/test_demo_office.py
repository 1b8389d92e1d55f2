"""The demo's office ends with the demo, however that ended, so that it can start again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.demo_office import running_office
from app.demo_papers import demo_person, draw_papers
from app.errors import LocalFault
from app.office.slots.tables import SlotRuleRow
from tests.e2e.programs import CHECKOUT, kill

#: As a shell starts what runs in its background: what it starts itself ignores Ctrl+C too.
_DEMO = """
import signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.SIG_IGN)
from app.demo_office import running_office
from app.demo_papers import demo_person, draw_papers
with running_office(Path(sys.argv[1])) as office:
    print(office.url, flush=True)
    sys.stdin.read()
"""


def test_the_demo_starts_again_after_it_was_killed(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", _DEMO, str(tmp_path)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert first.stdout is not None
    assert first.stdin is not None
    url = first.stdout.readline().decode().strip()
    kill(first)
    first.stdin.close()
    first.stdout.close()
    wait_for_the_office_to_end(tmp_path)
    with running_office(tmp_path) as office, office.opened() as opened:
        assert office.url == url
        # The whole life can be walked: codes are issued, and there are interviews, once.
        assert opened.provider is not None
        with opened.database.read() as session:
            assert session.query(SlotRuleRow).count() == 4


def test_a_second_demo_beside_the_first_says_what_to_do(tmp_path: Path) -> None:
    with running_office(tmp_path), pytest.raises(LocalFault) as caught, running_office(tmp_path):
        pass
    assert caught.value.code == "demo_port_taken"


def wait_for_the_office_to_end(folder: Path) -> None:
    """Block until nobody holds the lock that a server holds over its folder."""
    if sys.platform == "win32":
        pytest.skip("locks there cannot be waited for")
    import fcntl

    with (folder / "server.lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def test_whoever_tries_the_demo_finds_the_papers_that_its_person_brings(tmp_path: Path) -> None:
    papers = draw_papers(tmp_path / "papers", demo_person())
    assert set(papers) == {"ktp", "kk", "birth_proof", "authority_letter"}
    pages = [path for paths in papers.values() for path in paths]
    assert all(path.read_bytes().startswith(b"\xff\xd8") for path in pages)
    pages[0].write_bytes(b"somebody's own")
    assert draw_papers(tmp_path / "papers", demo_person()) == papers
    assert pages[0].read_bytes() == b"somebody's own", "the next start leaves what lies there"
