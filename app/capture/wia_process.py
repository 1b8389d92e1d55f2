"""The process that has a Windows scanner's driver: takes one order, answers it and ends.

Started anew for each order, so a driver that leaks or hangs is gone with it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection

import msgspec

from app.capture import faults, wia_devices
from app.capture.wia_devices import Com
from app.capture.wia_orders import (
    Ended,
    FindOrder,
    Found,
    Order,
    PageBegun,
    PageDone,
    Told,
)
from app.errors import LocalFault

_Tell = Callable[[Told], None]


def serve(pipe: Connection, maker: str, sent: bytes) -> None:
    """Carry out one order.

    Args:
        pipe: where answers go.
        maker: ``module:function`` that returns the ``Com`` to work with.
        sent: the order.
    """

    def tell(told: Told) -> None:
        pipe.send_bytes(msgspec.msgpack.encode(told))

    try:
        _carry_out(maker, msgspec.msgpack.decode(sent, type=Order), tell)
    except LocalFault as error:
        tell(Ended(error.code))
    except OSError:
        tell(Ended(faults.PROGRAM_MISSING))
    else:
        tell(Ended())


def _carry_out(maker: str, order: Order, tell: _Tell) -> None:
    com = _com(maker)
    if isinstance(order, FindOrder):
        tell(Found(wia_devices.find(com)))
        return
    for content in wia_devices.scan(com, order, lambda number: tell(PageBegun(number))):
        tell(PageDone(content))


def _com(maker: str) -> Com:
    module, _, function = maker.partition(":")
    made = getattr(import_module(module), function)()
    assert isinstance(made, Com)
    return made
