"""Owns the letters an office gives an applicant: one page or more of A4, in plain words.

Names the person it is for; whoever draws one answers for who gets it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from xml.sax.saxutils import escape

import msgspec
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Spacer

from app.domain.words import Words
from app.printing.flowables import MarkedLine, Rule
from app.printing.sheet import Block, draw_sheets
from app.printing.typeface import PAGE, Look, ensure_fonts, style

_MARGIN = 22 * mm
#: Room for a stamp and a signature.
_SIGN_HEIGHT = 24 * mm
#: Longer text is cut into paragraphs that fit a sheet.
_MOST_LETTERS = 1200


class LetterContent(msgspec.Struct, frozen=True):
    """What one letter says."""

    office: str
    title: str
    day: date
    #: Label and value, such as the reference and the name.
    facts: tuple[tuple[str, str], ...]
    opening: str
    #: What is to be mended, or what comes next.
    items: tuple[tuple[str, str], ...]
    closing: tuple[str, ...]
    signed_by: str


def letter_pdf(content: LetterContent, words: Words) -> bytes:
    """Draw the letter; the same content always gives the same bytes."""
    ensure_fonts()
    return draw_sheets(
        list(_blocks(content, words)),
        A4,
        _MARGIN,
        title=content.title,
        language=words.language,
        foot=words("letter.page", page="{page}"),
    )


def _blocks(content: LetterContent, words: Words) -> Iterator[Block]:
    look = PAGE
    heading = style(look.heading, look.accent, is_bold=True, after=2)
    yield [_text(content.office, heading), Rule(look, look.body)]
    yield [_text(content.title, style(look.title, look.accent, is_bold=True, after=look.body))]
    for label, value in content.facts:
        yield [_small(label, look), _bold(value, look)]
    yield [Spacer(0, look.body)]
    yield from _paragraphs(content.opening, look)
    for number, (name, reason) in enumerate(content.items, 1):
        bold = _bold(name, look) if name else None
        lines = [piece for block in _paragraphs(reason, look) for piece in block]
        first = bold or lines.pop(0)
        yield [Spacer(0, look.body * 0.5), MarkedLine(first, f"{number}.", look), *lines[:1]]
        yield from ([line] for line in lines[1:])
    yield [Spacer(0, look.body)]
    for text in content.closing:
        yield from _paragraphs(text, look)
    yield [
        Spacer(0, look.body * 2),
        _plain(words("letter.day", day=words.date(content.day)), look),
        Spacer(0, _SIGN_HEIGHT),
        _bold(content.signed_by, look),
    ]


def _paragraphs(text: str, look: Look) -> Iterator[list[Paragraph]]:
    for line in text.splitlines():
        for at in range(0, len(line), _MOST_LETTERS):
            yield [_plain(line[at : at + _MOST_LETTERS], look)]


def _plain(text: str, look: Look) -> Paragraph:
    return _text(text, style(look.body, look.ink, after=look.body * 0.4))


def _bold(text: str, look: Look) -> Paragraph:
    return _text(text, style(look.body, look.ink, is_bold=True, after=look.body * 0.4))


def _small(text: str, look: Look) -> Paragraph:
    return _text(text, style(look.small, look.ink))


def _text(text: str, paragraph_style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), paragraph_style)
