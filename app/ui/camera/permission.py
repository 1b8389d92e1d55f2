"""Tells whether the system keeps this program from a camera; opens none."""

from __future__ import annotations

import os
import sys

_CONSENT = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\webcam"


def is_refused(device_name: str) -> bool:
    """Tell whether the account may not use cameras, or not this one.

    Args:
        device_name: the system's own: a file on Linux.
    """
    if sys.platform == "win32":
        return _is_denied_by_windows()
    if device_name.startswith("/dev/"):
        return os.path.exists(device_name) and not os.access(device_name, os.R_OK | os.W_OK)  # noqa: PTH110
    return False


def _is_denied_by_windows() -> bool:
    """Look up the privacy settings: for the machine, the account, and programs of the desktop."""
    if sys.platform != "win32":
        return False
    import winreg

    for root, key in (
        (winreg.HKEY_LOCAL_MACHINE, _CONSENT),
        (winreg.HKEY_CURRENT_USER, _CONSENT),
        (winreg.HKEY_CURRENT_USER, rf"{_CONSENT}\NonPackaged"),
    ):
        try:
            with winreg.OpenKey(root, key) as opened:
                if winreg.QueryValueEx(opened, "Value")[0] == "Deny":
                    return True
        except OSError:
            continue
    return False
