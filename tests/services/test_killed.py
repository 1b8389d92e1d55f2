"""The process dies at every step of opening, keeping a file and freezing; nothing is half."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import Engine, event, text

from app.domain.catalogue import Look
from app.domain.lifecycle import DRAFT, FINALIZED
from app.domain.papers.lines import PageText
from app.imaging import document
from app.imaging.pool import ImagingPool
from app.imaging.requests import Document, EncodedPage, Prepared
from app.protocol.sealing import digest_of
from app.services import developing, drafts
from app.services.finalizing import finalize
from app.services.kiosk import Kiosk
from app.storage import sending
from app.storage.blobs import Blobs
from app.storage.store import Store
from app.storage.sweeping import sweep_orphans
from tests.builders import STORE_KEY, close_kiosk, enrol, filled_draft, make_kiosk
from tests.fakes import FakeClock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
_FILE_STEPS = frozenset({"open", "os.rename", "os.remove", "os.mkdir"})


class _Here(ImagingPool):
    """Joins documents in this process, so that a kill leaves no worker behind.

    What the workers made of a page once is the same for ever; children of this process know it.
    """

    made: ClassVar[dict[bytes, EncodedPage]] = {}
    said: ClassVar[dict[bytes, PageText]] = {}

    def encode(self, prepared: Prepared, stop: threading.Event | None = None) -> EncodedPage:
        if prepared.content not in self.made:
            self.made[prepared.content] = super().encode(prepared, stop)
        return self.made[prepared.content]

    def read_text(
        self, prepared: Prepared, look: Look, stop: threading.Event | None = None
    ) -> PageText:
        if prepared.content not in self.said:
            self.said[prepared.content] = super().read_text(prepared, look, stop)
        return self.said[prepared.content]

    def assemble(self, pages: tuple[tuple[bytes, int], ...]) -> Document:
        return document.assemble(pages)


def _die_at(step: int, work: Callable[[], object]) -> bool:
    """Run ``work`` in a child that is killed at its n-th step; tell whether it died.

    A step is anything that touches a file or the database: the kill comes just before it.
    """
    child = os.fork()
    if child == 0:
        count = 0

        def on_step(*_: object) -> None:
            nonlocal count
            count += 1
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", on_step)
        event.listen(Engine, "commit", on_step)
        sys.addaudithook(lambda name, _: on_step() if name in _FILE_STEPS else None)
        try:
            work()
        except BaseException:
            os._exit(99)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"failed at step {step}"
    return os.WIFSIGNALED(status)


def _put(folder: Path, content: bytes) -> None:
    Blobs(folder).put(content)


def _kiosk(folder: Path, seed: int) -> Kiosk:
    return make_kiosk(folder, seed=seed, imaging=_Here(has_engine=False))


def _is_whole(kiosk: Kiosk, application_id: str) -> bool:
    """Check that nothing is half, and tell whether the application was frozen."""
    draft = drafts.load_draft(kiosk, application_id)
    with kiosk.store.read() as session:
        waiting = sending.waiting(session)
        records = session.scalars(text("SELECT digest FROM records")).all()
    assert len(waiting) == (draft.state == FINALIZED)
    assert (draft.reference is not None) == (draft.state == FINALIZED)
    for digest in records:
        assert digest_of(kiosk.store.blobs.read(digest)) == digest
    return draft.state == FINALIZED


@pytest.mark.timeout(300)
def test_freezing_survives_a_kill_at_every_step(tmp_path: Path) -> None:
    template = tmp_path / "template"
    kiosk = _kiosk(template, 1)
    enrol(kiosk)
    draft = filled_draft(kiosk)
    application_id = draft.application_id
    ktp, proof = draft.pages
    developing.develop_page(kiosk, ktp.id)
    shutil.copytree(template, tmp_path / "one_to_develop")
    developing.develop_page(kiosk, proof.id)
    close_kiosk(kiosk)
    shutil.rmtree(template)
    (tmp_path / "one_to_develop").rename(template)
    step = 0
    is_dead = True
    while is_dead:
        step += 1
        folder = tmp_path / str(step)
        shutil.copytree(template, folder)

        def work(folder: Path = folder, seed: int = step) -> None:
            child = _kiosk(folder, 1000 + seed)
            finalize(child, application_id, "id")

        is_dead = _die_at(step, work)
        kiosk = _kiosk(folder, 2000 + step)
        if not _is_whole(kiosk, application_id):
            assert drafts.load_draft(kiosk, application_id).state == DRAFT
            sweep_orphans(kiosk.store, min_age_s=0)
            assert finalize(kiosk, application_id, "id").reference.startswith("TRM-00001-")
        assert _is_whole(kiosk, application_id)
        sweep_orphans(kiosk.store, min_age_s=0)
        # Of two pages: capture, prepared page and travelling form; two documents; the manifest.
        assert len(list(folder.glob("blobs/*/*"))) == 2 * 3 + 2 + 1
        close_kiosk(kiosk)
        shutil.rmtree(folder)
    assert step > 50, step


@pytest.mark.timeout(300)
def test_the_first_open_survives_a_kill_at_every_step(tmp_path: Path) -> None:
    step = 0
    is_dead = True
    while is_dead:
        step += 1
        folder = tmp_path / str(step)
        is_dead = _die_at(step, partial(Store.open, folder, STORE_KEY, FakeClock()))
        store = Store.open(folder, STORE_KEY, FakeClock())
        assert store.unseal_here(store.seal_here(b"page")) == b"page"
        store.close()
    assert step > 40


def test_keeping_a_file_survives_a_kill_at_every_step(tmp_path: Path) -> None:
    content = b"sealed" * 10_000
    step = 0
    is_dead = True
    while is_dead:
        step += 1
        folder = tmp_path / str(step)
        is_dead = _die_at(step, partial(_put, folder, content))
        blobs = Blobs(folder)
        digest = digest_of(content)
        assert not blobs.has(digest) or blobs.read(digest) == content
        assert blobs.put(content) == digest
        assert blobs.read(digest) == content
    assert step > 4
