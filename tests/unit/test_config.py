"""The settings file: every line optional, each wrong one told before anything starts."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from app.bootstrap import make_desk
from app.config import SETTINGS_FILE, Settings, read_settings
from app.errors import LocalFault


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings()
    assert read_settings(tmp_path / "not" / "there") == Settings()


def test_a_line_changes_what_it_names(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text("pull_interval_s = 60")
    assert read_settings(tmp_path) == Settings(pull_interval_s=60)


@pytest.mark.parametrize(
    "line",
    [
        "surprise = 1",
        'pull_interval_s = "often"',
        "pull_interval_s = 0",
        "pull_interval_s = -1",
        "pull_interval_s = inf",
        "pull_interval_s = nan",
        "idle_warning_s = 0",
        "idle_lock_s = 120",
        "not toml",
        "\udcff",
    ],
)
def test_a_wrong_line_is_told(tmp_path: Path, line: str) -> None:
    (tmp_path / SETTINGS_FILE).write_bytes(line.encode("utf-8", "surrogateescape"))
    with pytest.raises(LocalFault, match="settings_malformed"):
        read_settings(tmp_path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).mkdir()
    with pytest.raises(LocalFault, match="settings_unreadable"):
        read_settings(tmp_path)


def test_a_kiosk_can_be_told_to_fill_its_screen(tmp_path: Path) -> None:
    (tmp_path / "loket.toml").write_text("is_full_screen = true\n", "utf-8")
    assert make_desk(tmp_path).is_full_screen


def test_every_setting_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "kiosk.md").read_text("utf-8")
    assert [one.name for one in fields(Settings) if f"`{one.name}`" not in page] == []
