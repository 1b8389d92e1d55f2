"""How cameras are named, and in which sizes they are watched and give their picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QSize

from app.ui.camera.cameras import lasting_name
from app.ui.camera.formats import formats_of
from app.ui.camera.permission import is_refused


@dataclass(frozen=True)
class Size:
    """What a camera offers."""

    width: int
    height: int
    rate: float

    def isNull(self) -> bool:  # noqa: N802
        return False

    def resolution(self) -> QSize:
        return QSize(self.width, self.height)

    def maxFrameRate(self) -> float:  # noqa: N802
        return self.rate


VGA, HD, FULL = Size(640, 480, 30), Size(1280, 720, 30), Size(1920, 1080, 30)


def test_a_usual_webcam_is_watched_at_its_largest_picture() -> None:
    assert formats_of([VGA, HD, FULL]) == (FULL, FULL)


def test_a_document_camera_is_watched_smaller_than_it_takes_and_in_the_same_shape() -> None:
    large, slow = Size(3264, 2448, 10), Size(4160, 3120, 3)
    small = Size(1600, 1200, 20)
    assert formats_of([FULL, small, VGA, large, slow]) == (small, slow)


def test_a_size_that_a_person_could_not_follow_is_not_watched() -> None:
    assert formats_of([Size(1920, 1080, 5), HD]) == (HD, Size(1920, 1080, 5))


def test_a_picture_larger_than_any_paper_needs_is_not_asked_for() -> None:
    huge = Size(9248, 6944, 5)
    assert formats_of([huge, FULL]) == (FULL, FULL)
    assert formats_of([huge]) == (huge, huge), "where there is nothing else, it is taken"


def test_a_camera_that_names_no_sizes_chooses_itself() -> None:
    assert formats_of([]) == (None, None)
    assert formats_of([Size(0, 0, 30)]) == (None, None)


def test_a_camera_keeps_its_name_when_linux_numbers_it_anew(tmp_path: Path) -> None:
    if not hasattr(Path, "symlink_to"):
        pytest.skip("no links here")
    links, first, second = tmp_path / "by-id", tmp_path / "video0", tmp_path / "video2"
    links.mkdir()
    for device in (first, second):
        device.touch()
    link = links / "usb-046d_C920-video-index0"
    for device in (first, second):
        link.unlink(missing_ok=True)
        link.symlink_to(device)
        assert lasting_name(str(device), links) == "usb-046d_C920-video-index0"
    assert lasting_name(str(first), links) == str(first), "nothing leads to it any more"
    assert lasting_name(str(first), tmp_path / "none") == str(first)


def test_a_device_that_is_not_there_is_not_called_forbidden() -> None:
    assert not is_refused("/dev/video-of-nobody")
