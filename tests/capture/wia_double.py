"""Windows' scanner objects as WIA's automation library shows them, for a machine without Windows.

Only shapes and behaviour that Microsoft documents; each function makes another machine's devices,
and is named to the process that works with them.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from app.capture.wia_devices import Com

NO_PAPER, JAM, BUSY, COVER = 0x80210003, 0x80210002, 0x80210006, 0x80210016


class ComError(Exception):
    """As comtypes has it: the number is a signed one."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.hresult = number - (1 << 32)


class Listed:
    """A collection, counted from one."""

    def __init__(self, *items: object) -> None:
        self._items = items
        self.Count = len(items)

    def __call__(self, number: int) -> object:
        return self._items[number - 1]


@dataclass
class Property:
    """One property; ``allowed`` are the values that may be set, none for any."""

    _value: int | str
    allowed: tuple[int, ...] = ()
    SubTypeMin: int = 0
    SubTypeMax: int = 0

    @property
    def SubType(self) -> int:
        return 2 if self.allowed else 1 if self.SubTypeMax else 0

    @property
    def SubTypeValues(self) -> Listed:
        return Listed(*self.allowed)

    @property
    def Value(self) -> int | str:
        return self._value

    @Value.setter
    def Value(self, value: int) -> None:
        if self.allowed and value not in self.allowed:
            raise ComError(0x80070057)
        self._value = value


class PropertyList:
    """Properties by number or name."""

    def __init__(self, **known: Property) -> None:
        self._known = {name.lstrip("_"): one for name, one in known.items()}

    def __call__(self, name: str) -> Property:
        if name not in self._known:
            raise ComError(0x80210067)
        return self._known[name]

    def Exists(self, name: str) -> bool:
        return name in self._known


@dataclass
class Vector:
    """A file's bytes, as comtypes gives them: numbers."""

    content: bytes

    @property
    def BinaryData(self) -> list[int]:
        return list(self.content)


@dataclass
class ImageFile:
    """A page."""

    FileData: Vector


@dataclass
class Item:
    """The one item of a scanner; ``pages`` are what its transfers give, in order."""

    Properties: PropertyList
    pages: list[Callable[[PropertyList], bytes]]

    def Transfer(self, format_id: str) -> ImageFile:
        assert format_id == "{B96B3CAB-0728-11D3-9D7B-0000F81EF32E}"
        if not self.pages:
            raise ComError(NO_PAPER)
        return ImageFile(Vector(self.pages.pop(0)(self.Properties)))


@dataclass
class Device:
    """A connected scanner."""

    Properties: PropertyList
    Items: Listed


@dataclass
class DeviceInfo:
    """A scanner as it is listed."""

    DeviceID: str
    device: Device | None
    name: str = "Pemindai  Contoh 9"
    Type: int = 1
    refusal: int = 0
    Properties: PropertyList = field(init=False)

    def __post_init__(self) -> None:
        self.Properties = PropertyList(Name=Property(self.name))

    def Connect(self) -> Device:
        if self.refusal or self.device is None:
            raise ComError(self.refusal or BUSY)
        return self.device


@dataclass
class Manager:
    """WIA.DeviceManager."""

    DeviceInfos: Listed


def bmp_page(properties: PropertyList) -> bytes:
    """Draw what the properties ask for, red in its left top quarter."""
    if properties("6147").Value != properties("6148").Value:
        raise ComError(0x8021000C)
    size = int(properties("6151").Value), int(properties("6152").Value)
    mode = "RGB" if properties("6146").Value == 1 else "L"
    page = Image.new("RGB", size, "white")
    page.paste((200, 10, 10), (0, 0, size[0] // 2, size[1] // 2))
    written = io.BytesIO()
    dpi = int(properties("6147").Value)
    page.convert(mode).save(written, "BMP", dpi=(dpi, dpi))
    return written.getvalue()


def failing(number: int) -> Callable[[PropertyList], bytes]:
    """Return a page that fails."""

    def fail(_: PropertyList) -> bytes:
        raise ComError(number)

    return fail


def machine(*infos: DeviceInfo) -> Com:
    return Com(Manager(Listed(*infos)), ComError, lambda vector: bytes(vector.BinaryData))


def scanner(*pages: Callable[[PropertyList], bytes], status: int = 3) -> DeviceInfo:
    """Return a scanner with glass and feeder, A4, 75 to 600 dpi."""
    root = PropertyList(
        _3074=Property(8500), _3075=Property(11690), _3076=Property(8500), _3077=Property(14000),
        _3086=Property(3), _3087=Property(status), _3088=Property(2), _3096=Property(0),
    )  # fmt: skip
    item = PropertyList(
        _6146=Property(4), _6147=Property(200, (75, 150, 300, 600)), _6148=Property(200),
        _6149=Property(0), _6150=Property(0), _6151=Property(100), _6152=Property(100),
    )  # fmt: skip
    return DeviceInfo("{6BDD1FC6}\\0001", Device(root, Listed(Item(item, list(pages)))))


def one_page() -> Com:
    camera = DeviceInfo("{CAMERA}", None, Type=2)
    return machine(camera, scanner(bmp_page))


def three_sheets() -> Com:
    return machine(scanner(bmp_page, bmp_page, bmp_page))


def empty() -> Com:
    return machine(scanner())


def jam_at_the_second() -> Com:
    return machine(scanner(bmp_page, failing(JAM)))


def busy() -> Com:
    return machine(DeviceInfo("{6BDD1FC6}\\0001", None, refusal=BUSY))


def cover_open() -> Com:
    return machine(scanner(failing(COVER), status=0x13))


def range_of_resolutions() -> Com:
    info = scanner(bmp_page)
    assert info.device is not None
    item = info.device.Items(1)
    assert isinstance(item, Item)
    item.Properties("6147").allowed = ()
    item.Properties("6147").SubTypeMin, item.Properties("6147").SubTypeMax = 100, 1200
    return machine(info)


def crashing() -> Com:
    def crash(_: PropertyList) -> bytes:
        os.abort()

    return machine(scanner(crash))


def hanging() -> Com:
    def hang(_: PropertyList) -> bytes:
        while True:
            time.sleep(1)

    return machine(scanner(hang))


def lying() -> Com:
    def lie(properties: PropertyList) -> bytes:
        whole = bmp_page(properties)
        return whole[: len(whole) // 2]

    return machine(scanner(lie))


def jpeg() -> Com:
    return machine(scanner(lambda _: b"\xff\xd8\xff\xe0 a JPEG of the driver's own"))


def not_installed() -> Com:
    raise OSError("Class not registered")
