"""Rows of pages: what a migration takes over, what is kept, and which files are still named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.domain.judgement import Light, Outline, PageFinding, Place, Verdict
from app.domain.papers.lines import PaperReading, ReadField
from app.services import drafts
from app.services.kiosk import Kiosk
from app.storage import migrating, pages
from app.storage.connecting import make_engine
from app.storage.pages import StoredPage
from app.storage.store import STORE_FILE, Store
from app.storage.sweeping import sweep_orphans
from tests.builders import PIN, SERVICE, STORE_KEY, close_kiosk, make_kiosk
from tests.fakes import FakeClock

_PLACE = Place(0.1, 0.2, 0.3, 0.4)
_OUTLINE = Outline(((0.0, 0.0), (1.0, 0.1), (1.0, 1.0), (-0.1, 0.9)))


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    made = make_kiosk(tmp_path / "kiosk")
    yield made
    close_kiosk(made)


def _page(kiosk: Kiosk, id: str, **changes: object) -> StoredPage:
    draft = drafts.start_draft(kiosk, SERVICE, PIN)
    page = StoredPage(
        id=id, application_id=draft.application_id, need="ktp", type="ktp", position=0, turns=1,
        media_type="image/jpeg", blob_digest=f"{id}b", size_bytes=7, width=40, height=30,
        dpi=300.0, source="flatbed", original_digest=f"{id}o", original_media_type="image/png",
        outline=_OUTLINE, confidence=0.9, is_flat=False, light=Light(0.7, (_PLACE,)),
        verdict=Verdict((PageFinding("glare", _PLACE), PageFinding("blurred"))), tries=2,
        kept_reason="lampu", encoded_digest=f"{id}e", encoded_bytes=5, form="layers",
        reading=PaperReading("ktp", (ReadField("nik", "99", 0.9, _PLACE),), ("QR",)),
    )  # fmt: skip
    page = msgspec.structs.replace(page, **changes)
    with kiosk.store.write() as session:
        pages.add_pages(session, [page], kiosk.clock.now())
    return page


def _found(kiosk: Kiosk, id: str) -> StoredPage | None:
    with kiosk.store.read() as session:
        return pages.page(session, id)


def test_a_page_comes_back_as_it_was_stored(kiosk: Kiosk) -> None:
    page = _page(kiosk, "one")
    assert _found(kiosk, "one") == page
    bare = _page(
        kiosk, "two", outline=None, light=Light(), verdict=Verdict(), reading=None, kept_reason=""
    )
    assert _found(kiosk, "two") == bare


def test_another_picture_replaces_all_that_was_known_of_the_old_one(kiosk: Kiosk) -> None:
    old = _page(kiosk, "one")
    new = _page(kiosk, "two", tries=3, kept_reason="", reading=None, encoded_digest="", turns=0)
    with kiosk.store.write() as session:
        pages.set_picture(session, "one", new)
    place = msgspec.structs.replace(new, id="one", application_id=old.application_id)
    assert _found(kiosk, "one") == place


def test_a_page_is_undeveloped_until_it_is_encoded_and_read(kiosk: Kiosk) -> None:
    _page(kiosk, "done")
    _page(kiosk, "gone", encoded_digest="", is_purged=True)
    with kiosk.store.read() as session:
        assert pages.undeveloped(session) is None
    _page(kiosk, "unread", reading=None)
    _page(kiosk, "unmade", encoded_digest="")
    with kiosk.store.read() as session:
        first = pages.undeveloped(session)
        assert first
        second = pages.undeveloped(session, [first.id])
        assert second
        assert {first.id, second.id} == {"unread", "unmade"}
        assert pages.undeveloped(session, ["unread", "unmade"]) is None


def test_the_walk_to_an_undeveloped_page_is_along_its_index(kiosk: Kiosk) -> None:
    with kiosk.store.read() as session:
        plan = session.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM pages"
            " WHERE encoded_digest = '' OR reading = '' ORDER BY added_at"
        )
        assert "ix_pages_undeveloped" in str(plan.all())


def test_every_file_of_a_page_is_kept_until_the_page_is_purged(kiosk: Kiosk) -> None:
    put = kiosk.store.blobs.put
    digests = [put(content) for content in (b"shown", b"came", b"travels")]
    named = dict(zip(("blob_digest", "original_digest", "encoded_digest"), digests, strict=True))
    page = _page(kiosk, "one", **named)
    assert page.digests() == tuple(digests)
    assert sweep_orphans(kiosk.store, min_age_s=0) == 0
    with kiosk.store.write() as session:
        pages.set_picture(session, "one", msgspec.structs.replace(page, is_purged=True))
    assert sweep_orphans(kiosk.store, min_age_s=0) == 3


def test_a_draft_of_an_older_program_keeps_its_pages(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / STORE_FILE, STORE_KEY)
    migrating.migrate(engine, ("0001",))
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run(
            "INSERT INTO applications (id, service_id, catalogue_version, state, office_state,"
            " revision, resume_code, pin_digest, pin_failures, page, applicant_name,"
            " applicant_nik, birth_date, returned_note, operator, is_training, created_at,"
            " updated_at) VALUES ('a', 's', '1', 'draft', '', 1, 'CODE', '', 0, '', '', '', '',"
            " '', '', 0, '2026-11-21T07:00:00.000000Z', '2026-11-21T07:00:00.000000Z')"
        )
        run(
            "INSERT INTO pages VALUES ('p', 'a', 'ktp', 'ktp', 0, 3, 'application/pdf', 'digest',"
            " 700, 0, '2026-11-21T07:00:00.000000Z')"
        )
    engine.dispose()
    store = Store.open(tmp_path, STORE_KEY, FakeClock())
    with store.read() as session:
        page = pages.page(session, "p")
        waiting = pages.undeveloped(session)
    store.close()
    assert page
    assert page == waiting
    assert (page.turns, page.media_type, page.blob_digest) == (3, "application/pdf", "digest")
    assert (page.original_digest, page.original_media_type) == ("digest", "application/pdf")
    assert page.outline is None
    assert page.verdict.is_good
