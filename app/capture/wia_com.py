"""Windows itself: the one place that imports comtypes, in a process of its own.

Never imported on another system; how it is tried by hand is in docs/scanning.md.
"""

from __future__ import annotations

from importlib import import_module

from app.capture.wia_devices import Com, ComObject


def windows() -> Com:
    """Return WIA's device manager; importing comtypes makes this thread a COM apartment.

    Raises:
        OSError: WIA is not installed.
    """
    comtypes = import_module("comtypes")
    client = import_module("comtypes.client")
    safearray = import_module("comtypes.safearray")

    def as_bytes(vector: ComObject) -> bytes:
        # As an array, for a list of 26 million numbers takes a quarter of a gigabyte.
        with safearray.safearray_as_ndarray:
            return bytes(vector.BinaryData)

    # Late bound: the frozen program has no place to write a generated type library to.
    manager = client.CreateObject("WIA.DeviceManager", dynamic=True)
    return Com(manager, comtypes.COMError, as_bytes)
