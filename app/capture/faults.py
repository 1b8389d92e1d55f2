"""Owns how what a device reports becomes an error with words; one code for each thing to do.

Every code has a title and a detail in the texts: what happened, that nothing was lost, what to do.
Never carries a device's own message further: it may be in any language, and hold a path.
"""

from __future__ import annotations

from app.domain.sources import SourceState
from app.errors import LocalFault

#: The device.
COVER_OPEN = "scanner_cover_open"
JAMMED = "scanner_jammed"
NO_PAPER = "scanner_no_paper"
BUSY = "scanner_busy"
#: Unplugged, switched off, out of the network, or there under another name.
LOST = "scanner_lost"
REFUSED = "scanner_refused"
FAILED = "scanner_failed"
OUT_OF_MEMORY = "scanner_out_of_memory"
UNSUPPORTED = "scanner_unsupported"
WARMING_UP = "scanner_warming_up"
#: Somebody must press something at the device itself.
NEEDS_HAND = "scanner_needs_hand"
LOCKED = "scanner_locked"
LAMP_OFF = "scanner_lamp_off"
SEVERAL_SHEETS = "scanner_several_sheets"
#: Its driver.
SILENT = "scanner_silent"
DIED = "scanner_driver_died"
PROGRAM_MISSING = "scanner_program_missing"
#: What came from it.
TORN = "scanner_page_torn"
TOO_LARGE = "scanner_page_too_large"
#: The person, here or at the device.
CANCELLED = "scan_cancelled"
#: A watched folder.
FOLDER_ABSENT = "folder_absent"
FOLDER_REFUSED = "folder_refused"
FOLDER_EMPTY = "folder_empty"
FOLDER_HOLDS_FILES = "folder_holds_files"
FOLDER_KEPT_FILE = "folder_kept_file"
FOLDER_FILE_TOO_LARGE = "folder_file_too_large"
#: Chosen once and not known here any more.
UNKNOWN = "source_unknown"

CODES = tuple(
    value
    for name, value in sorted(globals().items())
    if name.isupper() and not name.startswith("_") and isinstance(value, str)
)
#: How a device stands that reported one of these; with any other it needs somebody's hand.
STATES: dict[str, SourceState] = {
    BUSY: "busy",
    WARMING_UP: "busy",
    LOCKED: "busy",
    LOST: "absent",
    PROGRAM_MISSING: "absent",
    FOLDER_ABSENT: "absent",
}


def fault(code: str) -> LocalFault:
    """Return the error of a code."""
    return LocalFault(code)
