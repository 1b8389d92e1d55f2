"""A last net under every log: what looks like a NIK, an e-mail or a phone number is masked.

Nobody may count on it; personal data does not belong in a log call to begin with.
"""

from __future__ import annotations

import logging
import re
import traceback

_MASKS = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<email>"),
    # NIK, KK number: sixteen digits, perhaps in groups as on the card. Not a longer run of hex
    # digits.
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
    """Masks the finished message and the traceback; put it on every handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask one record; never drop it."""
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redact("".join(traceback.format_exception(*record.exc_info))).rstrip()
            record.exc_info = None
        elif record.exc_text:
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
