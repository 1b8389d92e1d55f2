"""Owns what SANE's statuses mean for a person; knows SANE's texts in C and its numbers.

``scanimage`` ends with the status as its number, but with 1 for much else too, and says the
status's text on its last lines.
"""

from __future__ import annotations

from app.capture import faults

_TEXTS = {
    "Operation not supported": faults.UNSUPPORTED,
    "Operation was canceled": faults.CANCELLED,
    "Device busy": faults.BUSY,
    "Invalid argument": faults.UNSUPPORTED,
    "End of file reached": faults.TORN,
    "Document feeder jammed": faults.JAMMED,
    "Document feeder out of documents": faults.NO_PAPER,
    "Scanner cover is open": faults.COVER_OPEN,
    "Error during device I/O": faults.FAILED,
    "Out of memory": faults.OUT_OF_MEMORY,
    "Access to resource has been denied": faults.REFUSED,
    "no SANE devices found": faults.LOST,
    "unrecognized option": faults.UNSUPPORTED,
    "attempted to set": faults.UNSUPPORTED,
    "setting of option": faults.UNSUPPORTED,
}
_NUMBERS = {
    2: faults.CANCELLED,
    3: faults.BUSY,
    4: faults.UNSUPPORTED,
    5: faults.TORN,
    6: faults.JAMMED,
    7: faults.NO_PAPER,
    8: faults.COVER_OPEN,
    9: faults.FAILED,
    10: faults.OUT_OF_MEMORY,
    11: faults.REFUSED,
}
#: At opening, these say that the device is not where it was: unplugged, switched off, renamed.
_LOST_AT_OPENING = {faults.UNSUPPORTED, faults.FAILED}


def fault_of(exit_code: int, said: bytes) -> str:
    """Return why ``scanimage`` ended as it did, a code of ``faults``; empty when all was well."""
    if exit_code == 0:
        return ""
    if exit_code < 0:
        return faults.DIED
    return fault_told(said) or _NUMBERS.get(exit_code, faults.FAILED)


def fault_told(said: bytes) -> str:
    """Return the fault that ``scanimage`` told in words, a code of ``faults``; empty when none."""
    for line in reversed(said.decode("utf-8", "replace").splitlines()):
        if not line.startswith("scanimage: "):
            continue
        # The text is behind the last colon; before it may stand a device's name, which says little.
        told = next((code for text, code in _TEXTS.items() if _says(line, text)), "")
        if told in _LOST_AT_OPENING and line.startswith("scanimage: open of device "):
            return faults.LOST
        if told:
            return told
    return ""


def _says(line: str, text: str) -> bool:
    return line.endswith(text) or line.removeprefix("scanimage: ").startswith(text)
