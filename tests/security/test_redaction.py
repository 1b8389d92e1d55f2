"""The last net under the log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from app.errors import LocalFault
from app.security.redaction import Redaction, redact

_logger = logging.getLogger("test_redaction")


@pytest.mark.parametrize(
    "text",
    [
        "9901014508900001",
        "9901 0145 0890 0001",
        "siti.contoh+1@mail.example.id",
        "+62 812-3456-7890",
        "081234567890",
        "X1234567",
        "AGE-SECRET-KEY-1QQQQ",
    ],
)
def test_personal_looking_text_is_masked(text: str) -> None:
    shown = redact(f"answer ({text}) refused")
    assert text not in shown
    assert shown.startswith("answer (<")
    assert shown.endswith(">) refused")


@pytest.mark.parametrize(
    "text",
    [
        "TRM-00042-5",
        "0190e0c2-7a00-7000-8000-123456789012",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "2026-11-21T07:05:09.123456Z",
        "offset 26214400 of 268435456",
    ],
)
def test_what_support_needs_stays(text: str) -> None:
    assert redact(text) == text


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redaction())
    _logger.addHandler(handler)
    yield stream
    _logger.removeHandler(handler)


def test_arguments_are_masked(written: io.StringIO) -> None:
    _logger.error("nik %s", "9901014508900001")
    assert written.getvalue() == "nik <nik>\n"


def test_a_foreign_exception_tells_its_place_and_never_its_words(written: io.StringIO) -> None:
    try:
        try:
            int("SITI CONTOH")
        except ValueError as error:
            raise LocalFault("disk_failing", seconds=3) from error
    except LocalFault:
        _logger.exception("broke")
    told = written.getvalue()
    assert "SITI" not in told.replace('int("SITI CONTOH")', "")
    assert "ValueError\n" in told
    assert "LocalFault: disk_failing (seconds=3)" in told
    assert told.count("test_redaction.py") == 2


def test_an_error_of_the_system_keeps_its_reason_without_the_name_of_the_file(
    written: io.StringIO,
) -> None:
    try:
        open("/no/such/SITI.pdf")  # noqa: PTH123, SIM115 - the built-in's own words
    except OSError:
        _logger.exception("broke")
    assert "FileNotFoundError: No such file or directory\n" in written.getvalue()


def test_a_log_call_that_is_wrong_itself_breaks_nothing(written: io.StringIO) -> None:
    _logger.error("%d of %d", 1)
    assert written.getvalue() == "%d of %d\n"
