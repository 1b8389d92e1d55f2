"""Owns how blocks flow onto paper: pages of one size, or a roll as long as what stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from reportlab.lib.colors import black
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from app.printing.typeface import REGULAR

#: Flowables that never stand on different pages, such as a heading and its first line.
Block = Sequence[Flowable]


def stack_height(blocks: Sequence[Block], width: float, margin: float) -> float:
    """Return how high one sheet must be to hold all the blocks, margins included."""
    return sum(_height(block, width) for block in blocks) + 2 * margin


def draw_sheets(
    blocks: Sequence[Block],
    size: tuple[float, float],
    margin: float,
    *,
    title: str,
    language: str,
    foot: str = "",
) -> bytes:
    """Draw the blocks from the top, on as many sheets as they need.

    Args:
        blocks: in reading order; each is shorter than a sheet.
        size: width and height of one sheet in points.
        margin: left free on all four sides.
        title: the document's title; nothing else is written into its properties.
        language: ``id`` or ``en``, for whatever reads the document aloud.
        foot: small text at the foot of every sheet where there are several, with ``{page}``.
    """
    paper = BytesIO()
    # Invariant: no time of making and no random id, so the same slip is the same bytes.
    canvas = Canvas(paper, pagesize=size, invariant=1, lang=language)
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setCreator("Loket Pulau")
    canvas.setSubject("")
    width = size[0] - 2 * margin
    y, page = size[1] - margin, 1
    for block in blocks:
        height = _height(block, width)
        if y - height < margin - 0.01 and y < size[1] - margin:
            _draw_foot(canvas, foot, page, margin)
            canvas.showPage()
            y, page = size[1] - margin, page + 1
        for flowable in block:
            y -= flowable.wrapOn(canvas, width, size[1])[1]
            flowable.drawOn(canvas, margin, y)
            y -= flowable.getSpaceAfter()
    if page > 1:
        _draw_foot(canvas, foot, page, margin)
    canvas.save()
    return paper.getvalue()


def _height(block: Block, width: float) -> float:
    return sum(item.wrap(width, 1_000_000)[1] + item.getSpaceAfter() for item in block)


def _draw_foot(canvas: Canvas, foot: str, page: int, margin: float) -> None:
    if foot:
        canvas.setFont(REGULAR, 8)
        canvas.setFillColor(black)
        canvas.drawString(margin, margin * 0.45, foot.format(page=page))
