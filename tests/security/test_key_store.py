"""The store's key: made once, found again, never replaced."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from app.errors import LocalFault
from app.security.key_store import KEY_FILE, NAME_FILE, MachineKeyRing, store_key
from tests.fakes import FakeKeyRing


def _fault(folder: Path, ring: FakeKeyRing) -> str:
    with pytest.raises(LocalFault) as caught:
        store_key(folder, ring)
    return caught.value.code


def test_the_key_goes_to_the_ring_and_is_found_again(tmp_path: Path) -> None:
    ring = FakeKeyRing()
    made = store_key(tmp_path, ring)
    assert made.kind == "keyring"
    assert len(made.key) == 32
    assert store_key(tmp_path, ring) == made
    assert not (tmp_path / KEY_FILE).exists()
    assert made.key.hex() not in (tmp_path / NAME_FILE).read_text()


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    ring = FakeKeyRing()
    one, other = store_key(tmp_path / "one", ring), store_key(tmp_path / "other", ring)
    assert one.key != other.key
    assert store_key(tmp_path / "one", ring) == one


def test_without_a_ring_the_key_is_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    ring = FakeKeyRing(is_there=False)
    made = store_key(tmp_path, ring)
    assert made.kind == "file"
    assert store_key(tmp_path, ring) == made
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_ring_that_keeps_nothing_is_no_ring(tmp_path: Path) -> None:
    class Forgetful(FakeKeyRing):
        def write(self, name: str, secret: str) -> None:
            pass

    assert store_key(tmp_path, Forgetful()).kind == "file"
    assert not (tmp_path / NAME_FILE).exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows guards the profile folder instead")
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    ring = FakeKeyRing(is_there=False)
    store_key(tmp_path, ring)
    (tmp_path / KEY_FILE).chmod(0o640)
    assert _fault(tmp_path, ring) == "key_file_exposed"


def test_a_torn_key_file_is_told(tmp_path: Path) -> None:
    ring = FakeKeyRing(is_there=False)
    store_key(tmp_path, ring)
    (tmp_path / KEY_FILE).write_text("0123")
    assert _fault(tmp_path, ring) == "key_file_torn"


def test_a_lost_key_never_makes_a_new_one_over_a_store(tmp_path: Path) -> None:
    ring = FakeKeyRing()
    store_key(tmp_path, ring)
    (tmp_path / "store.db").write_bytes(b"x")
    ring.secrets.clear()
    assert _fault(tmp_path, ring) == "key_missing"
    ring.is_there = False
    assert _fault(tmp_path, ring) == "key_missing"
    (tmp_path / NAME_FILE).unlink()
    assert _fault(tmp_path, ring) == "key_missing"
    assert not ring.secrets
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("has_ring", [True, False])
def test_a_key_away_together_with_its_store_is_not_hidden_by_a_new_one(
    tmp_path: Path, has_ring: bool
) -> None:
    ring = FakeKeyRing()
    made = store_key(tmp_path, ring)
    name = (tmp_path / NAME_FILE).read_bytes()
    (tmp_path / "store.keymark").write_text("0" * 64)
    assert _fault(tmp_path, FakeKeyRing(is_there=has_ring)) == "key_missing"
    assert not (tmp_path / KEY_FILE).exists()
    assert (tmp_path / NAME_FILE).read_bytes() == name
    (tmp_path / "store.db").write_bytes(b"x")
    assert store_key(tmp_path, ring) == made


def test_a_start_that_died_before_the_ring_kept_the_key_makes_one(tmp_path: Path) -> None:
    ring = FakeKeyRing()
    (tmp_path / NAME_FILE).write_text("abcd")
    made = store_key(tmp_path, ring)
    assert store_key(tmp_path, ring) == made


def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert _fault(tmp_path / "file", FakeKeyRing()) == "store_unreachable"
    (tmp_path / NAME_FILE).mkdir()
    assert _fault(tmp_path, FakeKeyRing()) == "store_unreachable"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EROFS, "disk_read_only"),
        (errno.EACCES, "disk_read_only"),
        (errno.EIO, "store_unreachable"),
    ],
)
def test_a_key_that_cannot_be_written_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def fail(_handle: int) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(os, "fsync", fail)
    assert _fault(tmp_path, FakeKeyRing(is_there=False)) == code


def test_the_key_is_not_in_its_own_words(tmp_path: Path) -> None:
    made = store_key(tmp_path, FakeKeyRing())
    assert made.key.hex() not in repr(made)


def test_a_backend_that_fails_or_forgets_is_no_ring() -> None:
    import keyring
    from keyring.backends import fail, null

    before = keyring.get_keyring()
    try:
        for backend in (fail.Keyring, null.Keyring):
            keyring.set_keyring(backend())
            assert not MachineKeyRing().is_usable()
    finally:
        keyring.set_keyring(before)
