"""Reads QR codes off pictures; what a code says is never opened or followed."""

from __future__ import annotations

from app.imaging.pixels import Pixels

#: The largest QR code holds 4,296 letters; a page has a few.
_LONGEST = 4296
_MOST = 16


def codes(pixels: Pixels) -> tuple[str, ...]:
    """Return the texts of all QR codes, each once, in no particular order."""
    import zxingcpp

    found = zxingcpp.read_barcodes(pixels, zxingcpp.BarcodeFormat.QRCode)
    texts = dict.fromkeys(code.text[:_LONGEST] for code in found if code.valid and code.text)
    return tuple(texts)[:_MOST]
