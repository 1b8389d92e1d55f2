"""What is asked of the imaging worker and what it answers; parses no picture.

msgpack instead of pickle: a worker taken over by a hostile file can answer nonsense, never code.
"""

from __future__ import annotations

from typing import Literal

import msgspec

MediaType = Literal["image/jpeg", "image/png", "application/pdf"]


class ReadPage(msgspec.Struct, frozen=True, tag="page"):
    """One page, safe to keep: whole, upright, without metadata."""

    media_type: MediaType
    content: bytes
    #: Clockwise quarter turns still to be made.
    turns: int = 0


class ReadRequest(msgspec.Struct, frozen=True, tag="read"):
    """Take untrusted bytes apart into pages."""

    untrusted: bytes


class PictureRequest(msgspec.Struct, frozen=True, tag="picture"):
    """Draw one page."""

    page: ReadPage
    longest_px: int


class AssembleRequest(msgspec.Struct, frozen=True, tag="assemble"):
    """Make one document of pages."""

    pages: tuple[ReadPage, ...]


class Pages(msgspec.Struct, frozen=True, tag="pages"):
    """Answers ReadRequest."""

    pages: tuple[ReadPage, ...]


class Picture(msgspec.Struct, frozen=True, tag="picture"):
    """Answers PictureRequest."""

    png: bytes


class Document(msgspec.Struct, frozen=True, tag="document"):
    """Answers AssembleRequest."""

    media_type: MediaType
    content: bytes
    page_count: int


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """The person can mend it: becomes a UserError of this code."""

    code: str
    params: dict[str, int] = {}


Request = ReadRequest | PictureRequest | AssembleRequest
Answer = Pages | Picture | Document | Refusal
