"""Untrusted bytes to pages: knows the kind by its first bytes, bounds everything, strips metadata.

Runs in the worker process only. Never trusts a name, a header or a size.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2 as pdfium
from PIL import Image, ImageOps
from PIL.Image import DecompressionBombError, DecompressionBombWarning

from app.errors import UserError
from app.imaging.limits import MOST_FILE_BYTES, MOST_PAGES, MOST_PIXELS, MOST_SIDE_PX
from app.imaging.metadata import strip_jpeg, strip_png
from app.imaging.pdf import opened_pdf, saved
from app.imaging.requests import ReadPage

#: For what came as no JPEG, and for a JPEG that had to be turned upright.
_JPEG_QUALITY = 95
#: What telephones write; a picture in AVIF (``avif``) is another codec in the same box.
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")
_ORIENTATION = 0x0112
_UPRIGHT = 1
#: Pages of one PDF taken apart may repeat what they share, but not more than this.
_MOST_TAKEN_APART_BYTES = 4 * MOST_FILE_BYTES
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def read_pages(untrusted: bytes) -> tuple[ReadPage, ...]:
    """Return the pages of a JPEG, PNG, HEIC, BMP, TIFF or PDF file.

    A file that is two kinds at once is taken for the picture it begins as; what follows the picture
    is left out.

    Raises:
        UserError: ``file_too_large``, ``file_kind_unknown``, ``file_unreadable``,
            ``pdf_encrypted``, ``picture_too_large``, ``too_many_pages``.
    """
    if len(untrusted) > MOST_FILE_BYTES:
        raise UserError("file_too_large", most_mb=MOST_FILE_BYTES >> 20)
    if untrusted.startswith(b"\xff\xd8\xff"):
        return (_jpeg(untrusted),)
    if untrusted.startswith(b"\x89PNG\r\n\x1a\n"):
        return (_png(untrusted),)
    if untrusted.startswith((b"II*\x00", b"MM\x00*")):
        return tuple(_tiff_pages(untrusted))
    if untrusted[4:8] == b"ftyp" and untrusted[8:12] in _HEIC_BRANDS:
        return (_heic(untrusted),)
    if untrusted.startswith(b"BM"):
        return (_bmp(untrusted),)
    if b"%PDF-" in untrusted[:1024]:
        return tuple(_pdf_pages(untrusted))
    raise UserError("file_kind_unknown")


@contextmanager
def opened(content: bytes, kind: str) -> Iterator[Image.Image]:
    """Open a picture of one kind; what Pillow says against it becomes a UserError."""
    with _as_refusals(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", DecompressionBombWarning)
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            _refuse_too_large(picture.size)
            yield picture


@contextmanager
def _as_refusals() -> Iterator[None]:
    try:
        yield
    except (DecompressionBombError, DecompressionBombWarning):
        raise UserError("picture_too_large", most_megapixels=MOST_PIXELS // 1_000_000) from None
    except UserError:
        raise
    # Pillow's and libheif's decoders let all of these out on broken files.
    except (OSError, SyntaxError, ValueError, TypeError, EOFError, KeyError, IndexError,
            OverflowError, RuntimeError, AttributeError, ZeroDivisionError):  # fmt: skip
        raise UserError("file_unreadable") from None


def _jpeg(untrusted: bytes) -> ReadPage:
    with opened(untrusted, "JPEG") as picture:
        picture.load()
        if picture.getexif().get(_ORIENTATION, _UPRIGHT) != _UPRIGHT:
            return ReadPage("image/jpeg", to_jpeg(ImageOps.exif_transpose(picture)))
        return ReadPage("image/jpeg", strip_jpeg(untrusted))


def _png(untrusted: bytes) -> ReadPage:
    with opened(untrusted, "PNG") as picture:
        picture.load()
        if picture.getexif().get(_ORIENTATION, _UPRIGHT) != _UPRIGHT:
            return ReadPage("image/png", to_png(ImageOps.exif_transpose(picture)))
        return ReadPage("image/png", strip_png(untrusted))


def _heic(untrusted: bytes) -> ReadPage:
    # Late: few people bring one.
    import pi_heif

    pi_heif.options.DECODE_THREADS = 1
    with _as_refusals():
        opened_file = pi_heif.open_heif(io.BytesIO(untrusted))
        _refuse_too_large(opened_file.size)
        # The decoder turns and mirrors it as the file says.
        return ReadPage("image/jpeg", to_jpeg(opened_file.to_pillow()))


def _bmp(untrusted: bytes) -> ReadPage:
    with opened(untrusted, "BMP") as picture:
        picture.load()
        return ReadPage("image/jpeg", to_jpeg(picture))


def _refuse_too_large(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST_PIXELS or max(size) > MOST_SIDE_PX:
        raise UserError("picture_too_large", most_megapixels=MOST_PIXELS // 1_000_000)


def _tiff_pages(untrusted: bytes) -> Iterator[ReadPage]:
    with opened(untrusted, "TIFF") as picture:
        frames = getattr(picture, "n_frames", 1)
        if frames > MOST_PAGES:
            raise UserError("too_many_pages", most=MOST_PAGES)
        for number in range(frames):
            # Pillow judges the size of each picture as it is reached.
            picture.seek(number)
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            if upright.mode == "1":
                yield ReadPage("image/png", to_png(upright))
            else:
                yield ReadPage("image/jpeg", to_jpeg(upright))


def on_white(picture: Image.Image) -> Image.Image:
    """Return the picture in RGB, transparency on white and deep gray made shallow."""
    if picture.mode in ("RGBA", "LA", "PA", "P", "La", "RGBa") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        whole = Image.new("RGB", layered.size, "white")
        whole.paste(layered, mask=layered.getchannel("A"))
        return whole
    if picture.mode.startswith("I;16"):
        # Pillow would cut off what is brighter than 255 of 65,535.
        picture = picture.point(lambda value: value / 256).convert("L")
    return picture.convert("RGB")


def to_jpeg(picture: Image.Image) -> bytes:
    """Encode as JPEG with its resolution; transparency lies on white."""
    flat = picture if picture.mode == "L" else on_white(picture)
    written = io.BytesIO()
    dpi = picture.info.get("dpi", (0, 0))
    flat.save(written, "JPEG", quality=_JPEG_QUALITY, subsampling=0, exif=b"", dpi=dpi)
    return written.getvalue()


def to_png(picture: Image.Image) -> bytes:
    """Encode as PNG without metadata but its resolution."""
    written = io.BytesIO()
    bare = picture.copy()
    bare.info = {}
    dpi = picture.info.get("dpi")
    bare.save(written, "PNG", **({"dpi": dpi} if dpi else {}))
    return written.getvalue()


def _pdf_pages(untrusted: bytes) -> Iterator[ReadPage]:
    room = _MOST_TAKEN_APART_BYTES
    with opened_pdf(untrusted) as document:
        if len(document) > MOST_PAGES:
            raise UserError("too_many_pages", most=MOST_PAGES)
        if len(document) == 0:
            raise UserError("file_unreadable")
        for number in range(len(document)):
            document.get_page(number).close()
            with pdfium.PdfDocument.new() as single:
                single.import_pages(document, [number])
                content = saved(single)
            room -= len(content)
            if room < 0:
                raise UserError("file_too_large", most_mb=MOST_FILE_BYTES >> 20)
            yield ReadPage("application/pdf", content)
