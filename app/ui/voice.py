"""Tells whether the machine can read aloud, without loading what would do it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: What speaks on Linux; Windows brings its own voices.
_SPEAKER = "speech-dispatcher"


def has_voice() -> bool:
    """Tell whether reading aloud is worth offering."""
    if not sys.platform.startswith("linux"):
        return True
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return any((Path(folder) / _SPEAKER).exists() for folder in folders if folder)
