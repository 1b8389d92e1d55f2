"""Passwords and PINs."""

from __future__ import annotations

from app.security.passwords import digest_secret, is_right


def test_the_right_secret_is_right_and_another_is_not() -> None:
    digest = digest_secret("271828")
    assert is_right("271828", digest)
    assert not is_right("271829", digest)
    assert "271828" not in digest


def test_no_digest_is_never_right() -> None:
    assert not is_right("", "")
    assert not is_right("271828", "torn")
