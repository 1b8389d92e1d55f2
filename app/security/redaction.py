"""A last net under every log: what looks like a NIK, an e-mail or a phone number is masked.

Nobody may count on it; personal data does not belong in a log call to begin with.
"""

from __future__ import annotations

import logging
import re
import traceback

from app.errors import AppError

_MASKS = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<email>"),
    # NIK, KK number: sixteen digits, perhaps in groups as on the card, in no longer run of hex.
    (re.compile(r"(?<![0-9A-Za-z-])\d(?:[ .-]?\d){15}(?![0-9A-Za-z])"), "<nik>"),
    (re.compile(r"(?<![0-9A-Za-z])(?:\+62|62|0)[ -]?8(?:[ -]?\d){7,11}(?![0-9A-Za-z])"), "<phone>"),
    # Passport numbers: one or two letters and six or seven digits.
    (re.compile(r"(?<![0-9A-Za-z-])[A-Z]{1,2}\d{6,7}(?![0-9A-Za-z])"), "<passport>"),
    (re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]+", re.IGNORECASE), "<key>"),
)


def redact(text: str) -> str:
    """Return the text with everything personal-looking masked."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


class Redaction(logging.Filter):
    """Masks the finished message, and keeps of an exception what is ours; put on every handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask one record; never drop it."""
        record.msg, record.args = redact(_message(record)), None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = redact(_places(record.exc_info[1]))
            record.exc_info = None
        elif record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # A wrong log call of some library must not end what it speaks of.
        return str(record.msg)


def _places(error: BaseException) -> str:
    """Return where an error and its causes happened, the cause first.

    The words of a foreign exception may hold what a person typed, and a name looks like nothing
    that could be masked: they stay out.
    """
    told: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        told.append("".join(traceback.format_tb(cause.__traceback__)) + _named(cause))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n\n".join(reversed(told))


def _named(error: BaseException) -> str:
    name = type(error).__qualname__
    if isinstance(error, AppError):
        return f"{name}: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{name}: {error.strerror}"
    return name
