"""What the kiosk asks of pictures and PDF files, each in one of two worker processes.

Never parses a picture in this process.
"""

from __future__ import annotations

import threading

from app.domain.catalogue import Look
from app.domain.judgement import Outline, Verdict
from app.domain.papers.lines import PageText
from app.errors import BugError, UserError
from app.imaging.lane import Lane
from app.imaging.limits import (
    DEADLINE_S,
    FRAME_DEADLINE_S,
    LATER_DEADLINE_S,
    MOST_FILE_BYTES,
    MOST_FRAME_PIXELS,
    MOST_PREVIEW_PX,
)
from app.imaging.ocr.installed import is_installed
from app.imaging.requests import (
    AssembleRequest,
    Checked,
    CheckRequest,
    Document,
    EncodedPage,
    EncodeRequest,
    FrameAdvice,
    Judged,
    JudgeRequest,
    Likenesses,
    LikenessRequest,
    LoadRequest,
    Pages,
    Picture,
    PictureRequest,
    Prepared,
    PreparedPages,
    PrepareRequest,
    PresentRequest,
    ReadPage,
    ReadRequest,
    ShownKind,
    TextRequest,
    WatchRequest,
    Written,
)

#: An officer's printer asks for no more: A4 at 300 dpi.
_PRINTED_PX = 3508


class ImagingPool:
    """Two workers, each started at its first request; requests to one worker take turns.

    One does what a person waits for, the other what may take its time: a page that is being made
    small never stands before one that is being shown. Every call may be given ``stop``: once that
    is set, the work is dropped at once with the UserError ``stopped``.

    Args:
        deadline_s: how long one request may take that a person waits for.
        later_deadline_s: how long any other may take.
        has_engine: whether writing is read here; without, nothing is said about a paper's labels.
    """

    def __init__(
        self,
        deadline_s: float = DEADLINE_S,
        later_deadline_s: float = LATER_DEADLINE_S,
        *,
        has_engine: bool = True,
    ) -> None:
        self._deadline_s = deadline_s
        self._later_deadline_s = later_deadline_s
        self._has_engine = has_engine
        self._now = Lane("now", has_engine=has_engine)
        self._later = Lane("later", has_engine=has_engine)

    @property
    def can_read(self) -> bool:
        """Whether what is printed on papers is read here; asks no worker."""
        return self._has_engine and is_installed()

    def read_pages(
        self, untrusted: bytes, stop: threading.Event | None = None
    ) -> tuple[ReadPage, ...]:
        """Take a file apart into pages: a photo is one, a TIFF or PDF may be many.

        Raises:
            UserError: ``file_too_large``, ``file_kind_unknown``, ``file_unreadable``,
                ``pdf_encrypted``, ``picture_too_large``, ``too_many_pages``.
            LocalFault: ``imaging_failed`` when no worker can be started.
        """
        if len(untrusted) > MOST_FILE_BYTES:
            raise UserError("file_too_large", most_mb=MOST_FILE_BYTES >> 20)
        return self._now.ask(ReadRequest(untrusted), Pages, self._deadline_s, stop).pages

    def picture(self, page: ReadPage, longest_px: int) -> bytes:
        """Draw a page as PNG, its longer side at most ``longest_px``."""
        bounded = max(16, min(longest_px, MOST_PREVIEW_PX))
        return self._now.ask(PictureRequest(page, bounded), Picture, self._deadline_s).content

    def prepare(
        self,
        page: ReadPage,
        look: Look,
        outline: Outline | None = None,
        is_several: bool = False,
        stop: threading.Event | None = None,
    ) -> tuple[Prepared, ...]:
        """Find, straighten and even out what lies on a capture; always at least one page.

        Args:
            page: the capture.
            look: what the paper asked for looks like.
            outline: corners that a person has set, used as they are.
            is_several: several papers lie on one glass and come apart as pages.
            stop: ends it at once.

        Raises:
            UserError: ``file_unreadable``, ``picture_too_large``, ``stopped``.
        """
        request = PrepareRequest(page, look, outline, is_several)
        return self._now.ask(request, PreparedPages, self._deadline_s, stop).pages

    def judge(self, prepared: Prepared, look: Look, stop: threading.Event | None = None) -> Verdict:
        """Say what is wrong with a page, and where on the page as it is turned."""
        request = JudgeRequest(prepared, look)
        return self._now.ask(request, Judged, self._deadline_s, stop).verdict

    def encode(self, prepared: Prepared, stop: threading.Event | None = None) -> EncodedPage:
        """Make a page's travelling form; the same page gives the same bytes, turned or not."""
        request = EncodeRequest(prepared)
        return self._later.ask(request, EncodedPage, self._later_deadline_s, stop)

    def read_text(
        self, prepared: Prepared, look: Look, stop: threading.Event | None = None
    ) -> PageText:
        """Read what is written on a page; nothing when no engine is there."""
        request = TextRequest(prepared, look)
        return self._later.ask(request, Written, self._later_deadline_s, stop).text

    def watch(
        self, pixels: bytes, width: int, height: int, channels: int, look: Look
    ) -> FrameAdvice:
        """Look at one frame of a camera; frames of one paper follow each other.

        Args:
            pixels: rows without gaps, a byte for each channel.
            width: in pixels.
            height: in pixels.
            channels: 1 for gray, 3 for RGB, 4 for RGB and a byte that means nothing.
            look: what the paper asked for looks like.
        """
        is_frame = channels in (1, 3, 4) and 0 < width * height <= MOST_FRAME_PIXELS
        if not is_frame or len(pixels) != width * height * channels:
            raise BugError("frame_malformed", width=width, height=height, channels=channels)
        request = WatchRequest(pixels, width, height, channels, look)
        return self._now.ask(request, FrameAdvice, min(FRAME_DEADLINE_S, self._deadline_s))

    def assemble(self, pages: tuple[tuple[bytes, int], ...]) -> Document:
        """Make one document of encoded pages and their quarter turns.

        The same pages always give the same bytes.

        Raises:
            UserError: ``document_too_large``, ``file_unreadable``.
        """
        return self._now.ask(AssembleRequest(pages), Document, self._deadline_s)

    def present(
        self,
        untrusted_document: bytes,
        media_type: str,
        kind: ShownKind,
        page: int | None = None,
        longest_px: int = _PRINTED_PX,
    ) -> bytes:
        """Make of a travelled document what every program opens.

        Args:
            untrusted_document: as it travelled.
            media_type: what it claims to be.
            kind: a PDF of all pages (or of ``page`` alone), or a JPEG of ``page``.
            page: from 0; None is all pages of a PDF, and the first for a JPEG.
            longest_px: bounds the pages' longer sides.

        Raises:
            UserError: ``file_kind_unknown``, ``file_unreadable``, ``picture_too_large``,
                ``too_many_pages``.
        """
        bounded = max(16, min(longest_px, MOST_PREVIEW_PX))
        request = PresentRequest(untrusted_document, media_type, kind, page, bounded)
        return self._now.ask(request, Picture, self._deadline_s).content

    def likenesses(self, untrusted_document: bytes, media_type: str) -> tuple[bytes, ...]:
        """Say what the first pages of a travelled document look like, for comparing bit by bit.

        Raises:
            UserError: as ``present``.
        """
        request = LikenessRequest(untrusted_document, media_type)
        return self._later.ask(request, Likenesses, self._deadline_s).pages

    def check(self) -> bool:
        """Take a drawn page through every step in a worker; tell whether papers are read here.

        Raises:
            UserError: ``file_unreadable`` when a library is missing or does not do its work.
            LocalFault: ``imaging_failed`` when no worker can be started.
        """
        return self._now.ask(CheckRequest(), Checked, self._later_deadline_s).has_engine

    def warm(self) -> None:
        """Have the worker that a person will wait for load what the first page needs.

        Raises:
            UserError: ``file_unreadable`` when a library is missing or does not load.
            LocalFault: ``imaging_failed`` when no worker can be started.
        """
        self._now.ask(LoadRequest(), Checked, self._later_deadline_s)

    def close(self) -> None:
        """End the workers, whatever they do; later requests are refused."""
        self._now.close()
        self._later.close()
