"""The last net under the log."""

from __future__ import annotations

import io
import logging

import pytest

from app.security.redaction import Redaction, redact


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


def test_arguments_and_tracebacks_are_masked() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Redaction())
    logger = logging.getLogger("test_redaction")
    logger.addHandler(handler)
    try:
        raise ValueError("bad 9901014508900001")
    except ValueError:
        logger.exception("nik %s", "9901014508900001")
    logger.removeHandler(handler)
    assert "990101" not in written.getvalue()
    assert "ValueError: bad <nik>" in written.getvalue()
