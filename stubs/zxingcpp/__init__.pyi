import numpy as np
from numpy.typing import NDArray

class Point:
    x: int
    y: int

class Position:
    top_left: Point
    top_right: Point
    bottom_left: Point
    bottom_right: Point

class Barcode:
    text: str
    valid: bool
    position: Position

class BarcodeFormat:
    QRCode: BarcodeFormat

def read_barcodes(
    image: NDArray[np.uint8],
    formats: BarcodeFormat | list[BarcodeFormat] = ...,
    try_rotate: bool = ...,
    try_downscale: bool = ...,
    try_invert: bool = ...,
) -> list[Barcode]: ...
