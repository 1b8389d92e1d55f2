"""Speaks to scanners through the automation objects of WIA 2.0; runs where a driver may crash.

Knows COM objects only by their shape, so that a test can stand in for Windows. Properties are
named by their numbers in wiadef.h; a driver may lack any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.capture import faults
from app.capture.bmp import tiff_of_bmp
from app.capture.pnm import MOST_RASTER_BYTES
from app.capture.sane_options import MOST_DPI, nearest
from app.capture.source import Pages
from app.capture.wia_orders import FoundDevice, ScanOrder
from app.capture.wia_status import fault_of, fault_of_handling

_SCANNER = 1
_BMP = "{B96B3CAB-0728-11D3-9D7B-0000F81EF32E}"
_BED_WIDTH, _BED_HEIGHT, _FEED_WIDTH, _FEED_HEIGHT = 3074, 3075, 3076, 3077
_CAN_HANDLE, _HANDLING_STATUS, _HANDLE, _PAGES = 3086, 3087, 3088, 3096
_FEEDER, _GLASS = 1, 2
_INTENT, _X_DPI, _Y_DPI, _X, _Y, _WIDTH, _HEIGHT = 6146, 6147, 6148, 6149, 6150, 6151, 6152
_COLOUR, _GREY = 1, 2
_RANGE, _LIST = 1, 2
_COMMON_DPI = (75, 100, 150, 200, 240, 300)
_MM_PER_MIL = 0.0254
_MM_PER_INCH = 25.4
_MOST_DEVICES = 16
#: What the imaging worker reads as it is, for drivers that send something else than was asked for.
_READABLE = (b"\xff\xd8\xff", b"\x89PNG", b"II*\x00", b"MM\x00*")

#: An automation object; nothing more can be said of it.
ComObject = Any


@dataclass(frozen=True)
class Com:
    """Windows, as far as it is needed here.

    Attributes:
        manager: a ``WIA.DeviceManager``.
        error: what a failing call raises; has the number in ``hresult``.
        as_bytes: turns a vector's ``BinaryData`` into bytes.
    """

    manager: ComObject
    error: type[Exception]
    as_bytes: Callable[[ComObject], bytes]


def find(com: Com) -> tuple[FoundDevice, ...]:
    """Return all scanners; one that cannot be reached with its fault."""
    infos = com.manager.DeviceInfos
    found: list[FoundDevice] = []
    for number in range(1, min(int(infos.Count), _MOST_DEVICES) + 1):
        info = infos(number)
        if int(info.Type) == _SCANNER:
            found.append(_found(com, info))
    return tuple(found)


def scan(com: Com, order: ScanOrder, begun: Callable[[int], None]) -> Pages:
    """Yield pages as files; ends when the feeder is empty, or enough came.

    Raises:
        LocalFault: what the device reports.
    """
    try:
        item, dpi = _ready(com, order)
        for number in range(1, order.most_pages + 1):
            begun(number)
            try:
                content = _transfer(com, item)
            except com.error as error:
                code = fault_of(getattr(error, "hresult", None))
                if code == faults.NO_PAPER and number > 1:
                    return
                raise faults.fault(code) from error
            yield _as_file(content, dpi)
    except com.error as error:
        raise faults.fault(fault_of(getattr(error, "hresult", None))) from error


def _found(com: Com, info: ComObject) -> FoundDevice:
    device_id = str(info.DeviceID)
    name = " ".join(str(info.Properties("Name").Value).split())[:80]
    try:
        device = info.Connect()
        root = device.Properties
        can = int(_value(com, root, _CAN_HANDLE) or _GLASS)
        return FoundDevice(
            device_id,
            name,
            has_glass=bool(can & _GLASS) or not can & _FEEDER,
            has_feeder=bool(can & _FEEDER),
            resolutions=_resolutions(com, device.Items(1).Properties),
            glass_mm=_size(com, root, _BED_WIDTH, _BED_HEIGHT),
            feeder_mm=_size(com, root, _FEED_WIDTH, _FEED_HEIGHT),
            fault=fault_of_handling(int(_value(com, root, _HANDLING_STATUS) or 0)),
        )
    except com.error as error:
        return FoundDevice(device_id, name, fault=fault_of(getattr(error, "hresult", None)))


def _ready(com: Com, order: ScanOrder) -> tuple[ComObject, int]:
    """Return the item to transfer from, set as wished, and the resolution that it really has."""
    infos = com.manager.DeviceInfos
    numbers = range(1, int(infos.Count) + 1)
    info = next((infos(n) for n in numbers if str(infos(n).DeviceID) == order.device_id), None)
    if info is None:
        raise faults.fault(faults.LOST)
    device = info.Connect()
    if _value(com, device.Properties, _CAN_HANDLE):
        _set(com, device.Properties, _HANDLE, _FEEDER if order.is_feeder else _GLASS)
    _set(com, device.Properties, _PAGES, 1)
    item = device.Items(1)
    # The intent first: it sets everything else anew.
    _set(com, item.Properties, _INTENT, _COLOUR if order.is_color else _GREY)
    dpi = nearest(_resolutions(com, item.Properties), order.dpi) or order.dpi
    _set(com, item.Properties, _X_DPI, dpi)
    _set(com, item.Properties, _Y_DPI, dpi)
    dpi = int(_value(com, item.Properties, _X_DPI) or dpi)
    _place(com, item.Properties, order, _bed_mm(com, device, order), dpi)
    return item, dpi


def _bed_mm(com: Com, device: ComObject, order: ScanOrder) -> tuple[float, float]:
    names = (_FEED_WIDTH, _FEED_HEIGHT) if order.is_feeder else (_BED_WIDTH, _BED_HEIGHT)
    return _size(com, device.Properties, *names)


def _place(
    com: Com, properties: ComObject, order: ScanOrder, bed: tuple[float, float], dpi: int
) -> None:
    """Say where on the glass, in pixels; without a region all of it."""
    region = order.region
    left, top = (region.left_mm, region.top_mm) if region else (0.0, 0.0)
    width, height = (region.width_mm, region.height_mm) if region else bed
    if not width or not height:
        return
    if bed[0] and bed[1]:
        left, top = min(left, bed[0]), min(top, bed[1])
        width, height = min(width, bed[0] - left), min(height, bed[1] - top)
    # The corner first: an extent beyond the edge is refused.
    for name, mm in ((_X, left), (_Y, top), (_WIDTH, width), (_HEIGHT, height)):
        _set(com, properties, name, int(mm / _MM_PER_INCH * dpi))


def _transfer(com: Com, item: ComObject) -> bytes:
    file = item.Transfer(_BMP)
    if file is None:
        raise faults.fault(faults.CANCELLED)
    return com.as_bytes(file.FileData)


def _as_file(content: bytes, dpi: int) -> bytes:
    if len(content) > MOST_RASTER_BYTES:
        raise faults.fault(faults.TOO_LARGE)
    return content if content.startswith(_READABLE) else tiff_of_bmp(content, dpi)


def _resolutions(com: Com, properties: ComObject) -> tuple[int, ...]:
    try:
        if not properties.Exists(str(_X_DPI)):
            return ()
        offered = properties(str(_X_DPI))
        if int(offered.SubType) == _LIST:
            values = offered.SubTypeValues
            numbers = sorted({int(values(n)) for n in range(1, int(values.Count) + 1)})
        elif int(offered.SubType) == _RANGE:
            least, most = int(offered.SubTypeMin), int(offered.SubTypeMax)
            numbers = [dpi for dpi in _COMMON_DPI if least <= dpi <= most]
        else:
            return ()
    except com.error:
        return ()
    return tuple(number for number in numbers if 0 < number <= MOST_DPI) or tuple(numbers[:1])


def _size(com: Com, properties: ComObject, width: int, height: int) -> tuple[float, float]:
    """Return a size that stands in thousandths of an inch, in millimetres."""
    wide, high = _value(com, properties, width), _value(com, properties, height)
    return round((wide or 0) * _MM_PER_MIL, 1), round((high or 0) * _MM_PER_MIL, 1)


def _value(com: Com, properties: ComObject, name: int) -> int | None:
    try:
        return int(properties(str(name)).Value) if properties.Exists(str(name)) else None
    except com.error:
        return None


def _set(com: Com, properties: ComObject, name: int, value: int) -> None:
    """Set what can be set; a driver that refuses one of these still scans, as it likes."""
    try:
        if properties.Exists(str(name)):
            properties(str(name)).Value = value
    except com.error:
        return
