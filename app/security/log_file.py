"""The log beside the store: small, masked, readable by its owner alone; never holds an answer."""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.security.redaction import Redaction

#: The log and its two predecessors: enough for weeks.
MOST_BYTES = 1_000_000


class LogFile(RotatingFileHandler):
    """Writes ``loket.log`` and puts it away when it has grown.

    Args:
        folder: the data folder; it exists.
        most_bytes: how large it may grow.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        path = folder / "loket.log"
        super().__init__(path, maxBytes=most_bytes, backupCount=2, encoding="utf-8", delay=True)
        self.addFilter(Redaction())
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if os.name != "nt":
            os.fchmod(handle, 0o600)
        return os.fdopen(handle, "a", encoding=self.encoding)
