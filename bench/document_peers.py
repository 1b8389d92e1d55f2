"""Owns what others do with a scanned page: each way from pixels to bytes and back.

For measuring only, never shipped: DjVu's coders (Debian djvulibre-bin) and OCRmyPDF (among the
development packages, with Debian's pngquant) are run as programs. A peer whose program is not there
says so and is left out.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pypdfium2 as pdfium
from PIL import Image

from app.imaging.pixels import Pixels

_DPI = 300
#: From ODK Collect's ImageFileUtils: quality 80, longest side as the form's author chose.
_ODK_QUALITY = 80
_LONGEST_S = 120


@dataclass(frozen=True)
class Peer:
    """One way of others.

    Attributes:
        encode: From a page at 300 dpi to the bytes that would travel.
        open: From those bytes to pixels, of whatever size they carry.
        programs: What must be on the path.
    """

    name: str
    encode: Callable[[Pixels], bytes]
    open: Callable[[bytes], Pixels]
    programs: tuple[str, ...] = ()

    def missing(self) -> str:
        """Name the programs that are not installed; empty when it can run."""
        return " ".join(name for name in self.programs if _found(name) is None)

    def decode(self, content: bytes, width: int, height: int) -> Pixels:
        """Return the page at the size it had, as a viewer would enlarge it."""
        pixels = self.open(content)
        if pixels.shape[:2] == (height, width):
            return pixels
        return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def jpeg(pixels: Pixels, quality: int, dpi: int = _DPI) -> bytes:
    """Write a baseline JPEG with halved colour, as cameras, scanners and telephones do."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=2, dpi=(dpi, dpi))
    return file.getvalue()


def picture(content: bytes) -> Pixels:
    """Open any single picture."""
    return np.array(Image.open(io.BytesIO(content)).convert("RGB"))


def at_dpi(pixels: Pixels, dpi: int) -> Pixels:
    """Shrink a page at 300 dpi."""
    height, width = pixels.shape[:2]
    size = round(width * dpi / _DPI), round(height * dpi / _DPI)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _odk(longest_px: int) -> Callable[[Pixels], bytes]:
    def encode(pixels: Pixels) -> bytes:
        height, width = pixels.shape[:2]
        scale = min(1.0, longest_px / max(height, width))
        size = round(width * scale), round(height * scale)
        return jpeg(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8),
                    _ODK_QUALITY)  # fmt: skip

    return encode


def _found(program: str) -> str | None:
    """Return where a program lies: beside our Python, or on the path."""
    return shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)


def _run(program: str, *words: str | Path) -> None:
    subprocess.run(
        [_found(program) or program, *map(str, words)],
        check=True,
        timeout=_LONGEST_S,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _ocrmypdf(pixels: Pixels) -> bytes:
    """Optimise as hard as it can; without its text layer, which would only add bytes."""
    with tempfile.TemporaryDirectory() as folder:
        page, document = Path(folder, "page.jpg"), Path(folder, "page.pdf")
        page.write_bytes(jpeg(pixels, 85))
        _run("ocrmypdf", "--optimize", "3", "--output-type", "pdf", "--tesseract-timeout", "0",
             "--image-dpi", str(_DPI), "--jobs", "1", "--quiet", page, document)  # fmt: skip
        return document.read_bytes()


def _open_pdf(content: bytes) -> Pixels:
    document = pdfium.PdfDocument(content)
    try:
        bitmap = document[0].render(scale=_DPI / 72)
        return np.array(bitmap.to_pil().convert("RGB"))
    finally:
        document.close()


def _djvu(coder: Callable[[Pixels, Path], Path]) -> Callable[[Pixels], bytes]:
    def encode(pixels: Pixels) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            return coder(pixels, Path(folder)).read_bytes()

    return encode


def _wavelets(pixels: Pixels, folder: Path) -> Path:
    """One wavelet picture at 200 dpi."""
    source, target = folder / "page.ppm", folder / "page.djvu"
    Image.fromarray(at_dpi(pixels, 200)).save(source)
    _run("c44", "-dpi", "200", "-slice", "72", source, target)
    return target


def _bilevel(pixels: Pixels, folder: Path) -> Path:
    """Black and white without loss: no colour, no face."""
    source, target = folder / "page.pbm", folder / "page.djvu"
    Image.fromarray(~ink_mask(pixels)).convert("1").save(source)
    _run("cjb2", "-dpi", str(_DPI), "-lossless", source, target)
    return target


def _layers(pixels: Pixels, folder: Path) -> Path:
    """Black text over a background at 100 dpi; the mask is ours, as DjVu brings none."""
    source, target = folder / "page.sep", folder / "page.djvu"
    mask = ink_mask(pixels)
    back = cv2.inpaint(at_dpi(pixels, 100), _shrunk(mask), 3, cv2.INPAINT_TELEA)
    height, width = mask.shape
    size = -(-width // 3), -(-height // 3)
    back = cv2.resize(back, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    head = f"R4 {width} {height}\n".encode()
    ground = f"P6 {size[0]} {size[1]} 255\n".encode() + back.tobytes()
    source.write_bytes(head + runs(mask) + ground)
    _run("csepdjvu", "-d", str(_DPI), "-q", "72", source, target)
    return target


def ink_mask(pixels: Pixels) -> Pixels:
    """Return 255 where a page is darker than what is around it."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    mask = cv2.adaptiveThreshold(
        gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 61, 18
    )
    return mask.astype(np.uint8)


def _shrunk(mask: Pixels) -> Pixels:
    size = round(mask.shape[1] / 3), round(mask.shape[0] / 3)
    small = cv2.resize(cv2.dilate(mask, np.ones((5, 5))), size, interpolation=cv2.INTER_AREA)
    return np.where(small > 0, 255, 0).astype(np.uint8)


def runs(mask: Pixels) -> bytes:
    """Write a mask as DjVu's R4: each row's runs, white first, in one or two bytes."""
    content = bytearray()
    for row in mask > 0:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], row]).astype(np.int8)))
        for length in np.diff(np.concatenate([[0], edges, [row.size]])):
            _add_run(content, int(length))
    return bytes(content)


def _add_run(content: bytearray, length: int) -> None:
    """Add one run; what does not fit into fourteen bits goes on after an empty run."""
    while length > 0x3FFF:
        content += b"\xff\xff\x00"
        length -= 0x3FFF
    if length < 0xC0:
        content.append(length)
    else:
        content += bytes((0xC0 | length >> 8, length & 0xFF))


def _open_djvu(content: bytes) -> Pixels:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.djvu"), Path(folder, "page.ppm")
        source.write_bytes(content)
        _run("ddjvu", "-format=ppm", "-1", source, target)
        return np.array(Image.open(target).convert("RGB"))


def _all() -> dict[str, Peer]:
    peers = (
        Peer("jpeg85_300", lambda pixels: jpeg(pixels, 85), picture),
        Peer("jpeg85_200", lambda pixels: jpeg(at_dpi(pixels, 200), 85, 200), picture),
        Peer("odk_1024", _odk(1024), picture),
        Peer("odk_2048", _odk(2048), picture),
        Peer("ocrmypdf_o3", _ocrmypdf, _open_pdf, ("ocrmypdf", "pngquant")),
        Peer("djvu_photo", _djvu(_wavelets), _open_djvu, ("c44", "ddjvu")),
        Peer("djvu_text", _djvu(_bilevel), _open_djvu, ("cjb2", "ddjvu")),
        Peer("djvu_layers", _djvu(_layers), _open_djvu, ("csepdjvu", "ddjvu")),
    )
    return {peer.name: peer for peer in peers}


PEERS: Final = _all()
