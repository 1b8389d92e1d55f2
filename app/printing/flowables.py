"""Owns the few drawn pieces of a slip: code, marked line, sum, rule; each knows its own height."""

from __future__ import annotations

import segno
from reportlab.lib.colors import black
from reportlab.platypus import Flowable, Paragraph

from app.printing.typeface import BOLD, Look


class QrCode(Flowable):
    """A QR code drawn as shapes, so that it stays sharp at every printer's resolution; centred.

    Args:
        text: what it holds.
        side: length of one side with its quiet border, in points.
    """

    def __init__(self, text: str, side: float) -> None:
        super().__init__()
        self._rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
        self._side = self.height = side

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width = width
        return width, self.height

    def draw(self) -> None:
        count = len(self._rows)
        border = 2
        module = self._side / (count + 2 * border)
        left = (self.width - self._side) / 2
        path = self.canv.beginPath()
        for y, row in enumerate(self._rows):
            bottom = (count - 1 - y + border) * module
            x = 0
            while x < count:
                run = 0
                while x + run < count and row[x + run]:
                    run += 1
                if run:
                    # A hair of overlap: no printer may show a seam between two rows.
                    path.rect(left + (x + border) * module, bottom, run * module, module * 1.02)
                x += run or 1
        self.canv.setFillColor(black)
        self.canv.drawPath(path, stroke=0, fill=1)


class MarkedLine(Flowable):
    """A paragraph with a number, or an empty box to tick, in the margin before it.

    Args:
        paragraph: the text.
        mark: the number; an empty one draws the box.
        look: the paper's look.
    """

    def __init__(self, paragraph: Paragraph, mark: str, look: Look) -> None:
        super().__init__()
        self._paragraph, self._mark, self._look = paragraph, mark, look
        self._indent = look.body * 1.75

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width = width
        _, self.height = self._paragraph.wrap(width - self._indent, height)
        return width, self.height

    def draw(self) -> None:
        look, size = self._look, self._look.body
        baseline = self.height - size * 1.02
        self._paragraph.drawOn(self.canv, self._indent, 0)
        if self._mark:
            self.canv.setFillColor(look.accent)
            self.canv.setFont(BOLD, size)
            self.canv.drawString(0, baseline, self._mark)
        else:
            self.canv.setStrokeColor(look.accent)
            self.canv.setLineWidth(0.9)
            self.canv.roundRect(0, baseline - size * 0.1, size * 0.85, size * 0.85, 1.2)


class SumLine(Flowable):
    """A text at the left and an amount at the right edge of its first line."""

    def __init__(self, paragraph: Paragraph, amount: str, look: Look) -> None:
        super().__init__()
        self._paragraph, self._amount, self._look = paragraph, amount, look

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width = width
        _, self.height = self._paragraph.wrap(width - self._look.body * 7, height)
        return width, self.height

    def draw(self) -> None:
        self._paragraph.drawOn(self.canv, 0, 0)
        self.canv.setFillColor(self._look.ink)
        self.canv.setFont(BOLD, self._look.body)
        self.canv.drawRightString(self.width, self.height - self._look.body * 1.02, self._amount)


class Rule(Flowable):
    """A line across, with room above and below."""

    def __init__(self, look: Look, room: float) -> None:
        super().__init__()
        self._look, self.height = look, 2 * room

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width = width
        return width, self.height

    def draw(self) -> None:
        self.canv.setStrokeColor(self._look.line)
        self.canv.setLineWidth(0.8)
        self.canv.line(0, self.height / 2, self.width, self.height / 2)
