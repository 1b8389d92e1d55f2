"""Owns the slip an applicant takes home; never prints a name, a NIK or an answer.

Whoever finds a lost slip learns that somebody applied for a service, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape

import msgspec
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer, Table

from app.domain.words import Words
from app.printing.flowables import MarkedLine, QrCode, Rule, SumLine
from app.printing.sheet import Block, draw_sheets, stack_height
from app.printing.typeface import PAGE, ROLL, Look, ensure_fonts, fitted_size, style

Paper = Literal["a5", "roll80"]
_PAGE_MARGIN = 9.5 * mm
_ROLL_WIDTH = 80 * mm
#: Thermal heads print 72 mm of the 80.
_ROLL_MARGIN = 4 * mm
_PAGE_QR, _ROLL_QR = 34 * mm, 40 * mm
#: A slip is one sheet where it can be: smaller type comes before a second page, never under 9 pt.
_PAGE_FACTORS = (1.0, 0.94, 0.885)


class SlipContent(msgspec.Struct, frozen=True):
    """What one slip says, in the words of its language; nothing in it names a person."""

    #: ``receipt``: the application is kept on the kiosk; ``checklist``: papers are missing;
    #: ``billing``: pay with this code; ``payment``: it was paid; ``interview``: come then.
    kind: Literal["receipt", "checklist", "billing", "payment", "interview"]
    #: Empty while there is none (an application that was never finalized).
    reference: str
    service: str
    office: str
    created_at: datetime
    steps: tuple[str, ...] = ()
    bring: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    deadlines: tuple[str, ...] = ()
    #: What it is for, and how many rupiah.
    fees: tuple[tuple[str, int], ...] = ()
    #: Reopens a draft, together with the PIN that is never printed; empty for what was finalized.
    resume_code: str = ""
    #: The manifest's SHA-256 in hexadecimal; empty for a draft.
    digest: str = ""
    #: What matters most on this slip, in the place of the reference: a code, a day.
    code: str = ""
    #: Until when the code can be paid, and where.
    until: datetime | None = None
    channels: tuple[str, ...] = ()
    #: When how many rupiah were paid, with which code.
    paid_at: datetime | None = None
    rupiah: int = 0
    billing_code: str = ""
    #: Where to come to.
    place: str = ""


def qr_text(content: SlipContent) -> str:
    """Return what the QR code holds: reference and digest, or nothing for a draft."""
    if not content.reference or not content.digest:
        return ""
    return f"LP1:{content.reference}:{content.digest[:16]}"


def slip_pdf(content: SlipContent, paper: Paper, words: Words) -> bytes:
    """Draw the slip; the same content always gives the same bytes."""
    ensure_fonts()
    number = content.code or content.reference or content.resume_code
    title = f"{words('slip.issuer')} {number}".strip()
    if paper == "roll80":
        roll = _blocks(_Setting(content, words, ROLL), paper, _ROLL_WIDTH - 2 * _ROLL_MARGIN)
        height = stack_height(roll, _ROLL_WIDTH - 2 * _ROLL_MARGIN, _ROLL_MARGIN)
        return draw_sheets(
            roll, (_ROLL_WIDTH, height), _ROLL_MARGIN, title=title, language=words.language
        )
    width = A5[0] - 2 * _PAGE_MARGIN
    for factor in _PAGE_FACTORS:
        page = _blocks(_Setting(content, words, PAGE.scaled(factor)), paper, width)
        if stack_height(page, width, _PAGE_MARGIN) <= A5[1]:
            break
    else:
        page = _blocks(_Setting(content, words, PAGE), paper, width)
    foot = words("slip.page", number=number, page="{page}")
    return draw_sheets(page, A5, _PAGE_MARGIN, title=title, language=words.language, foot=foot)


def _blocks(setting: _Setting, paper: Paper, width: float) -> list[Block]:
    top = _page_top if paper == "a5" else _roll_top
    return [top(setting, width), *_sections(setting)]


class _Setting(NamedTuple):
    """One slip being set: what it says, in which words, on which paper."""

    content: SlipContent
    words: Words
    look: Look

    def text(self, text: str, *, is_bold: bool = False) -> Paragraph:
        return _text(text, style(self.look.body, self.look.ink, is_bold=is_bold))

    def small(self, text: str) -> Paragraph:
        return _text(text, style(self.look.small, self.look.ink))


def _page_top(setting: _Setting, width: float) -> Block:
    text = qr_text(setting.content)
    if not text:
        return list(_identity(setting, width))
    beside = width - _PAGE_QR
    flush = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    return [
        Table(
            [[list(_identity(setting, beside)), QrCode(text, _PAGE_QR)]],
            colWidths=[beside, _PAGE_QR],
            style=[("VALIGN", (0, 0), (-1, -1), "TOP"), *flush],
        )
    ]


def _roll_top(setting: _Setting, width: float) -> Block:
    block = list(_identity(setting, width))
    if text := qr_text(setting.content):
        block += [Spacer(0, 4), QrCode(text, _ROLL_QR)]
    return block


def _identity(setting: _Setting, width: float) -> Iterator[Flowable]:
    """The first look: what this paper is, its number in big letters, the service and the office."""
    content, words, look = setting
    yield _text(words("slip.issuer"), style(look.small, look.accent, is_bold=True, after=1))
    title = style(look.title, look.accent, is_bold=True, after=look.body * 0.7)
    yield _text(words(f"slip.{content.kind}.title"), title)
    number, label = content.reference, "slip.reference"
    if content.code:
        number, label = content.code, f"slip.{content.kind}.code"
    elif not number:
        number, label = content.resume_code, "slip.resume_code"
    if number:
        yield setting.small(words(label))
        size = fitted_size(number, width, look.reference)
        yield _text(number, style(size, look.ink, is_bold=True, after=look.body * 0.5))
    yield _text(content.service, style(look.heading, look.ink, is_bold=True))
    yield setting.text(content.office)
    yield setting.small(words("slip.made_at", moment=words.moment(content.created_at)))


def _sections(setting: _Setting) -> Iterator[Block]:
    content, words, look = setting
    yield [Rule(look, look.body * 0.55), setting.text(words(f"slip.{content.kind}.intro"))]
    for name, value in _facts(content, words):
        bold = style(look.heading, look.ink, is_bold=True)
        yield [Spacer(0, look.body * 0.5), setting.small(name), _text(value, bold)]
    yield from _section(setting, "slip.missing", _marked(setting, content.missing, ""))
    yield from _section(setting, "slip.resume", list(_resume(setting)))
    steps = [
        MarkedLine(setting.text(step), f"{number}.", look)
        for number, step in enumerate(content.steps, 1)
    ]
    yield from _section(setting, "slip.steps", steps)
    yield from _section(setting, "slip.deadlines", _marked(setting, content.deadlines, "–"))
    yield from _section(setting, "slip.fees", list(_fees(setting)))
    yield from _section(setting, "slip.bring", _marked(setting, content.bring, ""))
    yield [Rule(look, look.body * 0.55), setting.small(words(f"slip.{content.kind}.keep"))]


def _facts(content: SlipContent, words: Words) -> Iterator[tuple[str, str]]:
    """What stands beside a code, each with its label."""
    if content.until:
        yield words("slip.billing.until"), words("life.wib", moment=words.moment(content.until))
    if content.channels:
        yield words("slip.billing.where"), ", ".join(content.channels)
    if content.paid_at:
        yield words("slip.payment.paid_at"), words("life.wib", moment=words.moment(content.paid_at))
    if content.rupiah:
        yield words("slip.payment.rupiah"), words.rupiah(content.rupiah)
    if content.billing_code:
        yield words("slip.payment.billing"), content.billing_code
    if content.place:
        yield words("slip.interview.place"), content.place
    if content.code:
        yield words("slip.reference"), content.reference


def _section(setting: _Setting, heading: str, lines: Sequence[Flowable]) -> Iterator[Block]:
    """A heading that stays with its first line; nothing where there are no lines."""
    look = setting.look
    bold = style(look.heading, look.accent, is_bold=True, after=2)
    for position, line in enumerate(lines):
        if position:
            yield [Spacer(0, look.body * 0.14), line]
        else:
            yield [Spacer(0, look.body * 0.75), _text(setting.words(heading), bold), line]


def _marked(setting: _Setting, lines: Iterable[str], mark: str) -> list[MarkedLine]:
    return [MarkedLine(setting.text(line), mark, setting.look) for line in lines]


def _fees(setting: _Setting) -> Iterator[Flowable]:
    content, words, look = setting
    for name, amount in content.fees:
        yield SumLine(setting.text(name), words.rupiah(amount), look)
    if len(content.fees) > 1:
        total = words.rupiah(sum(amount for _, amount in content.fees))
        yield SumLine(setting.text(words("slip.total"), is_bold=True), total, look)
    if content.fees and content.kind != "payment":
        yield setting.text(words("slip.fee_note"))


def _resume(setting: _Setting) -> Iterator[Flowable]:
    content, words, look = setting
    if not content.resume_code:
        return
    if content.reference:
        yield _text(content.resume_code, style(look.title, look.ink, is_bold=True))
    yield setting.text(words("slip.resume_note"))


def _text(text: str, paragraph_style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), paragraph_style)
