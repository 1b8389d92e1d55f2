"""What is asked of the imaging workers and what they answer; parses no picture.

msgpack instead of pickle: a worker taken over by a hostile file can answer nonsense, never code.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from app.domain.catalogue import Look
from app.domain.judgement import Light, Outline, Verdict
from app.domain.papers.lines import PageText

MediaType = Literal["image/jpeg", "image/png", "application/pdf"]
#: How a page travels: text apart from its background, or one picture.
Form = Literal["layers", "avif"]
Advice = Literal[
    "find_paper", "closer", "farther", "flatter", "less_glare", "more_light", "hold_still", "good"
]
#: What an officer opens; a PDF holds every page, a JPEG one.
ShownKind = Literal["pdf", "jpeg"]


# --- what is passed about -------------------------------------------------------------------------


class ReadPage(msgspec.Struct, frozen=True, tag="page"):
    """One page as it was captured, safe to keep: whole, upright, without metadata."""

    media_type: MediaType
    content: bytes
    #: Clockwise quarter turns still to be made.
    turns: int = 0


class Prepared(msgspec.Struct, frozen=True):
    """One page as a person sees it: found, straightened, cropped, upright, evenly lit."""

    #: A JPEG of the best quality, so that what follows may be done at any later time.
    content: bytes
    width: int
    height: int
    #: Of the picture here; at most 300.
    dpi: float
    #: Where the page lay on the capture.
    outline: Outline
    #: How sure it is of the outline, 0..1; below 0.45 a person must look.
    confidence: float
    #: Came from a scanner or a file, without perspective.
    is_flat: bool
    #: The light before it was evened out.
    light: Light = Light()
    #: Clockwise quarter turns a person asked for; places in what follows are on the turned page.
    turns: int = 0


class EncodedPage(msgspec.Struct, frozen=True, tag="encoded"):
    """One page in the form in which it travels; answers EncodeRequest."""

    content: bytes
    form: Form
    #: How much of the prepared page's writing stayed, 0..1, by measure.
    legibility: float
    width: int
    height: int
    dpi: float


class FrameAdvice(msgspec.Struct, frozen=True, tag="advice"):
    """What to do with the paper before the camera; answers WatchRequest."""

    advice: Advice
    #: Where the paper lies on the frame, None when it was not found.
    outline: Outline | None = None
    #: The picture can be taken now.
    is_ready: bool = False


class Document(msgspec.Struct, frozen=True, tag="document"):
    """Some pages as one document; answers AssembleRequest."""

    media_type: str
    content: bytes
    page_count: int


# --- requests -------------------------------------------------------------------------------------


class ReadRequest(msgspec.Struct, frozen=True, tag="read"):
    """Take untrusted bytes apart into pages."""

    untrusted: bytes


class PictureRequest(msgspec.Struct, frozen=True, tag="picture"):
    """Draw one page."""

    page: ReadPage
    longest_px: int


class PrepareRequest(msgspec.Struct, frozen=True, tag="prepare"):
    """Find, straighten and even out the page or pages on a capture."""

    page: ReadPage
    look: Look
    outline: Outline | None = None
    is_several: bool = False


class JudgeRequest(msgspec.Struct, frozen=True, tag="judge"):
    """Say what is wrong with a page."""

    prepared: Prepared
    look: Look


class EncodeRequest(msgspec.Struct, frozen=True, tag="encode"):
    """Make the travelling form of a page."""

    prepared: Prepared


class TextRequest(msgspec.Struct, frozen=True, tag="read_text"):
    """Read what is written on a page."""

    prepared: Prepared
    look: Look


class WatchRequest(msgspec.Struct, frozen=True, tag="watch"):
    """Look at one frame of a camera."""

    pixels: bytes
    width: int
    height: int
    #: 1 is gray, 3 is RGB, 4 is RGB and a byte that means nothing.
    channels: int
    look: Look


class AssembleRequest(msgspec.Struct, frozen=True, tag="assemble"):
    """Make one document of encoded pages, each with its quarter turns."""

    pages: tuple[tuple[bytes, int], ...]


class PresentRequest(msgspec.Struct, frozen=True, tag="present"):
    """Make of a travelled document what an officer's programs open."""

    document: bytes
    media_type: str
    kind: ShownKind
    page: int | None
    longest_px: int


class LikenessRequest(msgspec.Struct, frozen=True, tag="likeness"):
    """Say what the first pages of a travelled document look like."""

    document: bytes
    media_type: str


class LoadRequest(msgspec.Struct, frozen=True, tag="load"):
    """Load what the first page will need, before it comes."""


class CheckRequest(msgspec.Struct, frozen=True, tag="check"):
    """Take a drawn page through every step, and read it where that is done here."""


# --- further answers ------------------------------------------------------------------------------


class Pages(msgspec.Struct, frozen=True, tag="pages"):
    """Answers ReadRequest."""

    pages: tuple[ReadPage, ...]


class PreparedPages(msgspec.Struct, frozen=True, tag="prepared"):
    """Answers PrepareRequest, in reading order."""

    pages: tuple[Prepared, ...]


class Judged(msgspec.Struct, frozen=True, tag="judged"):
    """Answers JudgeRequest."""

    verdict: Verdict


class Written(msgspec.Struct, frozen=True, tag="written"):
    """Answers TextRequest."""

    text: PageText


class Picture(msgspec.Struct, frozen=True, tag="picture"):
    """A file to show; answers PictureRequest and PresentRequest."""

    content: bytes


class Likenesses(msgspec.Struct, frozen=True, tag="likenesses"):
    """One for each page, comparable bit by bit; answers LikenessRequest."""

    pages: tuple[bytes, ...]


class Checked(msgspec.Struct, frozen=True, tag="checked"):
    """Answers LoadRequest and CheckRequest."""

    has_engine: bool


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """The person can mend it: becomes a UserError of this code."""

    code: str
    params: dict[str, int] = {}


Request = (
    ReadRequest
    | PictureRequest
    | PrepareRequest
    | JudgeRequest
    | EncodeRequest
    | TextRequest
    | WatchRequest
    | AssembleRequest
    | PresentRequest
    | LikenessRequest
    | LoadRequest
    | CheckRequest
)
Answer = (
    Pages
    | PreparedPages
    | Judged
    | EncodedPage
    | Written
    | FrameAdvice
    | Document
    | Picture
    | Likenesses
    | Checked
    | Refusal
)
