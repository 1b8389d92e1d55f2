"""Owns what the numbers of Windows Image Acquisition mean for a person.

From Microsoft's list "WIA error codes"; a driver's own message is never shown.
"""

from __future__ import annotations

from app.capture import faults

_CODES = {
    0x80210001: faults.FAILED,  # general
    0x80210002: faults.JAMMED,
    0x80210003: faults.NO_PAPER,
    0x80210004: faults.JAMMED,  # an unspecified problem with paper
    0x80210005: faults.LOST,  # offline
    0x80210006: faults.BUSY,
    0x80210007: faults.WARMING_UP,
    0x80210008: faults.NEEDS_HAND,
    0x80210009: faults.LOST,  # the device was removed
    0x8021000A: faults.FAILED,  # communication
    0x8021000B: faults.UNSUPPORTED,
    0x8021000C: faults.UNSUPPORTED,
    0x8021000D: faults.LOCKED,
    0x8021000E: faults.DIED,  # the driver threw an exception
    0x8021000F: faults.DIED,  # the driver's answer makes no sense
    0x80210015: faults.LOST,  # no device
    0x80210016: faults.COVER_OPEN,
    0x80210017: faults.LAMP_OFF,
    0x80210019: faults.BUSY,  # another computer has reserved it
    0x80210020: faults.SEVERAL_SHEETS,
    0x80210064: faults.CANCELLED,
    0x80070005: faults.REFUSED,
    0x8007000E: faults.OUT_OF_MEMORY,
    0x80070020: faults.BUSY,  # sharing violation
    0x80070077: faults.LOST,
    0x800706BA: faults.LOST,  # the service that has the driver is gone
    0x80040154: faults.PROGRAM_MISSING,  # WIA is not installed
}
_PATH_COVER_UP, _PAPER_JAM = 0x10, 0x20


def fault_of(hresult: object) -> str:
    """Return the code of a COM error's number, signed or not."""
    if not isinstance(hresult, int):
        return faults.FAILED
    return _CODES.get(hresult & 0xFFFFFFFF, faults.FAILED)


def fault_of_handling(status: int) -> str:
    """Return what a device says of its paper path while it does nothing; empty when it is well."""
    if status & _PAPER_JAM:
        return faults.JAMMED
    return faults.COVER_OPEN if status & _PATH_COVER_UP else ""
