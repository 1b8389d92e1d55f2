"""Turns a Windows bitmap, which every WIA driver can make, into a TIFF file; judges no picture.

Runs in the process that has the driver. The bytes are a driver's, so no number in them is believed.
"""

from __future__ import annotations

import struct

from app.capture import faults
from app.capture.pnm import MOST_RASTER_BYTES
from app.capture.tiff import Raster, tiff

_HEAD = struct.Struct("<2sIHHI")
_INFO = struct.Struct("<IiiHHIIiiII")
_BODY_BYTES = _HEAD.size + _INFO.size
_INCH_M = 0.0254


def tiff_of_bmp(untrusted: bytes, dpi: int) -> bytes:
    """Return the page as a TIFF file.

    Args:
        untrusted: the bitmap.
        dpi: used when the bitmap does not say its own.

    Raises:
        LocalFault: ``scanner_page_torn``, ``scanner_page_too_large``, ``scanner_unsupported``.
    """
    if len(untrusted) < _BODY_BYTES or untrusted[:2] != b"BM":
        raise faults.fault(faults.TORN)
    pixels_at = _HEAD.unpack_from(untrusted)[4]
    size, width, height, _, bits, packing, _, metre, _, used, _ = _INFO.unpack_from(
        untrusted, _HEAD.size
    )
    if packing != 0 or bits not in (1, 8, 24, 32):
        raise faults.fault(faults.UNSUPPORTED)
    lines, line_bytes = abs(height), (width * bits + 31) // 32 * 4
    if width <= 0 or not lines or line_bytes * lines > MOST_RASTER_BYTES:
        raise faults.fault(faults.TOO_LARGE)
    if pixels_at + line_bytes * lines > len(untrusted):
        raise faults.fault(faults.TORN)
    colours = untrusted[_HEAD.size + size : pixels_at][: 4 * (used or 1 << min(bits, 8))]
    said = round(metre * _INCH_M)
    raster = Raster(width, lines, 3 if bits > 8 else 1, is_bilevel=bits == 1)
    order = range(lines) if height < 0 else range(lines - 1, -1, -1)
    view = memoryview(untrusted)
    rows = (view[pixels_at + n * line_bytes : pixels_at + (n + 1) * line_bytes] for n in order)
    if bits <= 8:
        table = _grey_table(colours, bits)
        used_bytes = (width * bits + 7) // 8
        body = b"".join(bytes(row[:used_bytes]) for row in rows).translate(table)
    else:
        body = b"".join(_rgb(row, width, bits // 8) for row in rows)
    return tiff(raster, said if 50 <= said <= 2400 else dpi, body)


def _rgb(row: memoryview, width: int, step: int) -> bytes:
    """Turn blue, green, red around."""
    turned = bytearray(3 * width)
    for channel in range(3):
        turned[channel::3] = row[2 - channel : step * width : step]
    return bytes(turned)


def _grey_table(colours: bytes, bits: int) -> bytes:
    """Return how stored bytes become brightness, or for two colours bits of which 1 is black."""
    entries = [colours[at : at + 3] for at in range(0, len(colours) - 3, 4)]
    if any(len(set(entry)) != 1 for entry in entries):
        # A page in 256 real colours is nothing a scanner makes.
        raise faults.fault(faults.UNSUPPORTED)
    grey = [entry[0] for entry in entries]
    if bits == 1:
        is_one_black = len(grey) < 2 or grey[1] < grey[0]
        return bytes(range(256)) if is_one_black else bytes(255 - byte for byte in range(256))
    return bytes(grey[n] if n < len(grey) else n for n in range(256))
