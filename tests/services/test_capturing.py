"""Where pages come from, through the kiosk: the list, the choice, a scan into a document."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest

from app.bootstrap import MachineClock
from app.capture import faults
from app.capture.sane import SaneFinder
from app.capture.scanimage import Scanimage
from app.capture.sources import Sources
from app.domain.sources import FILE_ID, FOLDER_ID, ScanProgress, ScanWish
from app.errors import LocalFault, UserError
from app.services import capturing, documents, drafts
from app.services.kiosk import Kiosk
from app.services.settings import write_setting
from tests.builders import PIN, SERVICE, jpeg_page, make_kiosk
from tests.capture.house import needs_scanimage, sane_folder

GLASS = "sane:test:frontend-tester#flatbed"


def finder(folder: Path) -> SaneFinder:
    clock = MachineClock()
    return SaneFinder(clock, Scanimage(clock, environment=sane_folder(folder, "test")))


def with_sources(kiosk: Kiosk, *finders: SaneFinder) -> Kiosk:
    """Start the program anew on the same store."""
    return dataclasses.replace(kiosk, capture=Sources(MachineClock(), finders))


def nobody(_: ScanProgress) -> None:
    return None


def test_a_kiosk_without_devices_offers_files(kiosk: Kiosk) -> None:
    assert [one.id for one in capturing.sources(kiosk)] == [FILE_ID]
    assert capturing.chosen(kiosk) is None


@needs_scanimage
def test_what_was_found_is_there_at_the_next_start_before_anybody_looked(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    there = with_sources(kiosk, finder(tmp_path / "sane"))
    assert len(capturing.find_sources(there, threading.Event())) == 5
    capturing.choose(there, GLASS)
    again = with_sources(kiosk, finder(tmp_path / "sane"))
    chosen = capturing.chosen(again)
    assert chosen is not None
    assert (chosen.id, chosen.state, chosen.resolutions[-1]) == (GLASS, "ready", 300)
    assert len(list(capturing.scan(again, GLASS, ScanWish(75), nobody, threading.Event()))) == 1


@needs_scanimage
def test_the_chosen_one_stays_in_the_list_when_it_is_unplugged(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    there = with_sources(kiosk, finder(tmp_path / "sane"))
    capturing.find_sources(there, threading.Event())
    capturing.choose(there, GLASS)
    (tmp_path / "sane" / "dll.conf").write_text("\n")
    gone = finder(tmp_path / "none")
    (tmp_path / "none" / "dll.conf").write_text("\n")
    capturing.find_sources(with_sources(kiosk, gone), threading.Event())
    again = with_sources(kiosk, gone)
    capturing.find_sources(again, threading.Event())
    listed = {one.id: one.state for one in capturing.sources(again)}
    assert listed == {GLASS: "absent", FILE_ID: "ready"}


@needs_scanimage
def test_scanned_pages_become_pages_of_a_document(kiosk: Kiosk, tmp_path: Path) -> None:
    there = with_sources(kiosk, finder(tmp_path / "sane"))
    capturing.find_sources(there, threading.Event())
    draft = drafts.start_draft(there, SERVICE, PIN)
    wish = ScanWish(dpi=75, most_pages=2)
    feeder = GLASS.replace("flatbed", "feeder")
    for page in capturing.scan(there, feeder, wish, nobody, threading.Event()):
        documents.add_pages(there, draft.application_id, "ktp", "ktp", page, source="feeder")
    pages = drafts.load_draft(there, draft.application_id).pages
    assert [page.source for page in pages] == ["feeder", "feeder"]


def test_files_of_the_watched_folder_are_deleted_when_their_pages_are_kept(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    there = with_sources(kiosk)
    capturing.watch_folder(there, folder)
    draft = drafts.start_draft(there, SERVICE, PIN)
    (folder / "mine.jpg").write_bytes(jpeg_page("KTP"))
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff no picture")
    wish = ScanWish(since=kiosk.clock.now().replace(year=2000))
    taken = capturing.scan(there, FOLDER_ID, wish, nobody, threading.Event())

    def keep_all() -> None:
        for page in taken:
            documents.add_pages(there, draft.application_id, "ktp", "ktp", page, source="folder")

    with pytest.raises(UserError) as raised:
        keep_all()
    taken.close()
    assert raised.value.code == "file_unreadable"
    assert [path.name for path in folder.iterdir()] == ["torn.jpg"]
    assert len(drafts.load_draft(there, draft.application_id).pages) == 1


def test_the_folder_is_watched_after_a_restart_and_forgotten_when_told(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    there = with_sources(kiosk)
    capturing.watch_folder(there, tmp_path)
    capturing.choose(there, FOLDER_ID)
    again = with_sources(kiosk)
    chosen = capturing.chosen(again)
    assert chosen is not None
    assert capturing.folder(again) == tmp_path
    capturing.watch_folder(again, None)
    assert capturing.chosen(again) is None
    assert [one.id for one in capturing.sources(again)] == [FILE_ID]


@pytest.mark.parametrize("name", ["nowhere", "x" * 5000])
def test_a_folder_that_is_not_there_is_not_watched(kiosk: Kiosk, tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError) as raised:
        capturing.watch_folder(kiosk, tmp_path / name)
    assert raised.value.code == "folder_not_there"
    assert capturing.folder(kiosk) is None


def test_only_what_is_listed_can_be_chosen(kiosk: Kiosk) -> None:
    capturing.note_cameras(kiosk, [("camera:0", "Kamera Contoh")])
    capturing.choose(kiosk, "camera:0")
    chosen = capturing.chosen(kiosk)
    assert chosen is not None
    assert chosen.label == "Kamera Contoh"
    with pytest.raises(UserError):
        capturing.choose(kiosk, "camera:1")


def test_a_list_that_was_damaged_in_the_store_is_only_forgotten(kiosk: Kiosk) -> None:
    write_setting(kiosk, "capture_seen", "[{]")
    assert [one.id for one in capturing.sources(with_sources(kiosk))] == [FILE_ID]


def test_scanning_with_nothing_is_told(kiosk: Kiosk) -> None:
    with pytest.raises(LocalFault) as raised:
        list(capturing.scan(kiosk, GLASS, ScanWish(), nobody, threading.Event()))
    assert raised.value.code == faults.UNKNOWN


def test_a_kiosk_made_for_tests_has_no_device_of_this_machine(tmp_path: Path) -> None:
    made = make_kiosk(tmp_path / "other")
    assert [one.id for one in made.capture.find(threading.Event())] == [FILE_ID]
    made.store.close()
    made.imaging.close()
