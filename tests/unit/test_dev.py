from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import dev

DPKG_OUTPUT = """\
installed libegl1 libegl1-x
installed libcups2t64 libcups2 (= 2.4.7-1.2)
config-files libgl1
installed libxcb-xkb1
""".splitlines()


def test_a_package_that_dpkg_lists_as_installed_is_not_missing() -> None:
    assert dev.missing_packages(["libegl1", "libxcb-xkb1"], DPKG_OUTPUT) == []


def test_a_package_that_another_one_provides_is_not_missing() -> None:
    assert dev.missing_packages(["libcups2"], DPKG_OUTPUT) == []


def test_a_removed_and_an_unknown_package_are_missing_in_the_order_asked() -> None:
    wanted = ["xvfb", "libegl1", "libgl1"]
    assert dev.missing_packages(wanted, DPKG_OUTPUT) == ["xvfb", "libgl1"]


def test_the_stamp_changes_with_the_lock_and_with_the_python() -> None:
    first = dev.stamp_of(b"a==1", "3.11.2")
    assert first != dev.stamp_of(b"a==2", "3.11.2")
    assert first != dev.stamp_of(b"a==1", "3.12.0")
    assert first == dev.stamp_of(b"a==1", "3.11.2")


def test_a_second_start_installs_nothing_only_when_the_whole_stamp_is_there(tmp_path: Path) -> None:
    stamp, wanted = tmp_path / "stamp", dev.stamp_of(b"a==1", "3.11.2")
    assert not dev.is_installed(stamp, wanted)
    stamp.write_text(wanted[:10], encoding="utf-8")
    assert not dev.is_installed(stamp, wanted)
    stamp.write_text(wanted, encoding="utf-8")
    assert dev.is_installed(stamp, wanted)


def test_help_lists_every_verb() -> None:
    shown = subprocess.run(
        [sys.executable, dev.__file__], capture_output=True, text=True, check=True
    ).stdout
    for verb in ("run", "test", "check", "gallery", "bench", "package"):
        assert f"\n  {verb} " in shown


def test_an_unknown_verb_fails_and_shows_the_help() -> None:
    done = subprocess.run(
        [sys.executable, dev.__file__, "frobnicate"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "dev.py VERB" in done.stdout


def test_the_lock_names_no_registry_host() -> None:
    assert "://" not in dev.LOCK.read_text(encoding="utf-8")


def test_the_lock_holds_every_package_that_pyproject_names() -> None:
    project = tomllib.loads((dev.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=]", line)[0].lower() for line in wanted}
    locked = {line.split("==")[0] for line in dev.LOCK.read_text(encoding="utf-8").splitlines()}
    assert names <= locked
