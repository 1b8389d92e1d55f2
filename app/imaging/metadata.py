"""Takes from JPEG and PNG files all but the picture: place, time, camera, comments.

The picture itself is not encoded again, so nothing of it is lost.
"""

from __future__ import annotations

from app.errors import UserError

_JPEG_END = 0xD9
_JPEG_SCAN = 0xDA
_JPEG_COMMENT = 0xFE
#: APP0 (JFIF: resolution) and APP14 (Adobe: how colours are coded); APP2 only as a colour profile.
_KEPT_APPS = (0xE0, 0xEE)
_PROFILE_APP = 0xE2
_PROFILE_MARK = b"ICC_PROFILE\x00"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT_CHUNKS = frozenset(
    (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB", b"cHRM", b"iCCP", b"pHYs")
)


def strip_jpeg(content: bytes) -> bytes:
    """Return the JPEG without metadata.

    Raises:
        UserError: ``file_unreadable`` when its segments make no sense.
    """
    kept = [content[:2]]
    at = 2
    while True:
        marker, at = _next_marker(content, at)
        if marker == _JPEG_END:
            kept.append(b"\xff\xd9")
            return b"".join(kept)
        end = at + int.from_bytes(content[at : at + 2], "big")
        if end <= at + 1 or end > len(content):
            raise UserError("file_unreadable")
        if _is_kept(marker, content[at + 2 : end]):
            kept.append(bytes((0xFF, marker)) + content[at:end])
        at = end
        if marker == _JPEG_SCAN:
            end = _end_of_scan(content, at)
            kept.append(content[at:end])
            at = end


def _next_marker(content: bytes, at: int) -> tuple[int, int]:
    while content[at : at + 2] == b"\xff\xff":
        at += 1
    if content[at : at + 1] != b"\xff" or at + 1 >= len(content):
        raise UserError("file_unreadable")
    return content[at + 1], at + 2


def _is_kept(marker: int, segment: bytes) -> bool:
    if marker == _PROFILE_APP:
        return segment.startswith(_PROFILE_MARK)
    return marker in _KEPT_APPS or not (0xE0 <= marker <= 0xEF or marker == _JPEG_COMMENT)


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the coded data ends: at a marker that is neither stuffing nor a restart."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise UserError("file_unreadable")
        following = content[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at


def strip_png(content: bytes) -> bytes:
    """Return the PNG without metadata and without the further pictures of an animation.

    Raises:
        UserError: ``file_unreadable`` when its chunks make no sense.
    """
    kept = [_PNG_SIGNATURE]
    at = len(_PNG_SIGNATURE)
    while True:
        name = content[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        if len(name) != 4 or end > len(content):
            raise UserError("file_unreadable")
        if name in _KEPT_CHUNKS:
            kept.append(content[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end
