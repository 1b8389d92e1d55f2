import numpy as np
from numpy.typing import NDArray

class Barcode:
    text: str
    valid: bool

class BarcodeFormat:
    QRCode: BarcodeFormat

def read_barcodes(
    image: NDArray[np.uint8],
    formats: BarcodeFormat | list[BarcodeFormat] = ...,
    try_rotate: bool = ...,
    try_downscale: bool = ...,
    try_invert: bool = ...,
) -> list[Barcode]: ...
