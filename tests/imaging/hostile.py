"""Files of every kind that is taken, whole and as nobody honest makes them."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from tests.builders import jpeg_page, pdf_file, png_page

_HEIC = Path(__file__).parent / "material" / "colours.heic"


def heic() -> bytes:
    """Return a HEIC of 29 by 100 pixels: blue at its top left, yellow at its bottom right."""
    return _HEIC.read_bytes()


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture's file."""
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def valid() -> dict[str, bytes]:
    """Return one honest, small file of each kind."""
    small = Image.open(io.BytesIO(jpeg_page("KTP", (160, 100))))
    frames = [small, small.convert("1")]
    return {
        "jpeg": jpeg_page("KTP", (160, 100)),
        "progressive": saved(small, "JPEG", progressive=True),
        "png": png_page("KTP", (160, 100)),
        "tiff": saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]),
        "fax": saved(frames[1], "TIFF", compression="group4"),
        "bmp": saved(small, "BMP"),
        "heic": heic(),
        "pdf": pdf_file(2),
    }


def png_bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few kilobytes that claims, and holds, that many pixels."""
    packer = zlib.compressobj(9)
    row = bytes(1 + width // 8)
    data = b"".join(packer.compress(row * 100) for _ in range(height // 100)) + packer.flush()

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def heic_that_claims(width: int, height: int) -> bytes:
    """Return a HEIC whose header lies about its size."""
    whole = heic()
    return whole.replace(
        b"ispe" + bytes(4) + struct.pack(">II", 64, 100),
        b"ispe" + bytes(4) + struct.pack(">II", width, height),
    ).replace(
        b"ispe" + bytes(4) + struct.pack(">II", 29, 100),
        b"ispe" + bytes(4) + struct.pack(">II", width, height),
    )


def pdf_of(page: bytes, *, more: bytes = b"", stream: bytes = b"") -> bytes:
    """Return a PDF of one page, written by hand."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + more + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R" + page + b">>",
        b"<</Length %d%s>>stream\n%s\nendstream"
        % (len(stream), b"/Filter/FlateDecode" if stream[:1] == b"x" else b"", stream),
    ]
    body = b"%PDF-1.7\n"
    for number, content in enumerate(objects, 1):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    return body + b"trailer\n<</Root 1 0 R/Size 5>>\n%%EOF\n"


def pdf_with_a_script() -> bytes:
    """Return a PDF that wants to run a script when it is opened, and another on its page."""
    script = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    return pdf_of(
        b"/MediaBox[0 0 200 120]/AA<</O " + script + b">>",
        more=b"/OpenAction " + script + b"/AcroForm<</Fields[]>>",
        stream=b"0.5 g 20 20 100 60 re f",
    )


def pdf_of_enormous_paper() -> bytes:
    """Return a PDF with a page as long as a road."""
    with pdfium.PdfDocument.new() as document:
        document.new_page(1_000_000, 10).close()
        written = io.BytesIO()
        document.save(written)
    return written.getvalue()


def pdf_with_a_password() -> bytes:
    """Return a PDF that opens for those who know."""
    written = io.BytesIO()
    canvas = Canvas(written, encrypt=StandardEncryption("secret"))
    canvas.drawString(10, 10, "x")
    canvas.save()
    return written.getvalue()


def jpeg_and_pdf() -> bytes:
    """Return a file that is a JPEG, and to whoever looks further also a PDF with a script."""
    jpeg = jpeg_page("KTP", (160, 100))
    mark = b"\xff\xfe" + struct.pack(">H", 2 + 9) + b"%PDF-1.7\n"
    return jpeg[:2] + mark + jpeg[2:] + pdf_with_a_script()


def endless_tiff() -> bytes:
    """Return a TIFF whose pictures follow each other in a ring."""
    whole = bytearray(saved(Image.new("1", (8, 8)), "TIFF"))
    first = struct.unpack("<I", whole[4:8])[0]
    count = struct.unpack("<H", whole[first : first + 2])[0]
    after = first + 2 + 12 * count
    whole[after : after + 4] = struct.pack("<I", first)
    return bytes(whole)
