"""Shows one page of a document: its picture, what is thought of it, and what can be done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.judgement import Place, Verdict
from app.ui.applicant.keeping import ReasonCard
from app.ui.screen import Screen
from app.ui.widgets.cards import Card, StatusPill
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import change_text, text
from app.ui.widgets.page_picture import PagePicture

if TYPE_CHECKING:
    from app.services.drafts import PageView

#: Side of a good page's picture, and of one with something to show; asked for at twice that.
_PICTURE_PX = 240
_BAD_PICTURE_PX = 340
#: Below this a person should look at the corners.
_SURE = 0.45
#: Pictures grow with the text, but only so far: the words beside them need the room.
_MOST_GROWTH = 1.25


class PageActs(NamedTuple):
    """What the buttons of a page do; each takes the page's id."""

    again: Callable[[str], object]
    corners: Callable[[str], object]
    view: Callable[[str], object]
    turn: Callable[[str], object]
    move: Callable[[str, int], object]
    delete: Callable[[str], object]
    keep: Callable[[str, str], object]


class PageCard(Card):
    """A page's picture with the marked places, the verdict in words, and its buttons."""

    def __init__(
        self, screen: Screen, page: PageView, number: int, count: int, acts: PageActs
    ) -> None:
        super().__init__("card", pad=16, gap=16)
        self.page = page
        self._screen, self._number, self._count, self._acts = screen, number, count, acts
        words = screen.words
        side = _PICTURE_PX if is_settled(page) else _BAD_PICTURE_PX
        side = round(side * min(screen.theme.scale, _MOST_GROWTH))
        self.side = side
        self.picture = PagePicture(
            screen.theme, words("pages.page.picture", number=number), QSize(side, side)
        )
        if not is_settled(page):
            self.picture.mark(numbered(page.verdict))
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        line = QHBoxLayout()
        line.setSpacing(24)
        if page.is_at_office:
            self.picture.say(words("pages.page.at_office"))
        line.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(self._column, 1)
        self.rows.addLayout(line)
        self._column.addWidget(text(words("pages.page.title", number=number, count=count), "title"))
        self._say_verdict()
        self._column.addWidget(self._buttons())
        self._column.addStretch(1)
        if page.may_keep and not is_settled(page):
            self._offer_keeping()

    # --- what is thought of it --------------------------------------------------------------------

    def _say_verdict(self) -> None:
        words, page, column = self._screen.words, self.page, self._column
        theme = self._screen.theme
        if page.is_at_office:
            column.addWidget(StatusPill(theme, "good", words("pages.page.at_office")))
            column.addWidget(text(words("pages.page.at_office_body"), "hint"))
        elif page.verdict.is_good:
            column.addWidget(StatusPill(theme, "good", words("pages.page.good")))
            if page.confidence < _SURE:
                column.addWidget(text(words("pages.page.check_corners"), "warning"))
        elif page.kept_reason:
            column.addWidget(StatusPill(theme, "warn", words("pages.page.kept")))
            column.addWidget(text(words("pages.page.kept_reason", reason=page.kept_reason)))
        else:
            column.addWidget(StatusPill(theme, "danger", words("pages.page.bad")))
            self._say_findings()
        self._size = text("", "hint", name=f"size_{self._number}")
        self._size.setVisible(is_settled(page) and not page.is_at_office)
        column.addWidget(self._size)
        self.refresh(page)

    def _say_findings(self) -> None:
        words, column = self._screen.words, self._column
        marked = {number for _, number in numbered(self.page.verdict)}
        for at, code in enumerate(codes_of(self.page.verdict), start=1):
            title = words(f"judgement.{code}.title")
            column.addWidget(text(f"{at}. {title}" if str(at) in marked else title, "problem"))
            if at == 1:
                column.addWidget(text(words(f"judgement.{code}.what_to_do")))
        if not self.page.may_keep:
            column.addWidget(text(words("pages.page.try_again"), "hint"))

    def refresh(self, page: PageView) -> None:
        """Say how far it is on its way; its picture and its verdict are the same."""
        self.page = page
        change_text(self._size, size_words(self._screen, page))

    # --- what can be done -------------------------------------------------------------------------

    def _buttons(self) -> QWidget:
        page, at, acts = self.page, self._number - 1, self._acts
        offered: list[tuple[str, str, Callable[[], object]]] = [
            ("again", "autorenew", lambda: acts.again(page.id))
        ]
        if not page.is_at_office:
            offered.append(("corners", "crop_free", lambda: acts.corners(page.id)))
            offered.append(("turn", "rotate_right", lambda: acts.turn(page.id)))
            offered.append(("view", "zoom_in", lambda: acts.view(page.id)))
            if at > 0:
                offered.append(("earlier", "arrow_upward", lambda: acts.move(page.id, at - 1)))
            if at < self._count - 1:
                offered.append(("later", "arrow_downward", lambda: acts.move(page.id, at + 1)))
        offered.append(("delete", "delete", lambda: acts.delete(page.id)))
        return flow_of([self._button(*one) for one in offered], 4)

    def _button(self, name: str, icon: str, act: Callable[[], object]) -> QWidget:
        words = self._screen.words
        says = words(f"pages.page.{name}")
        spoken = words("pages.page.of_page", act=says, number=self._number)
        return self._screen.make_button(
            says, act, "plain", icon=icon, spoken=spoken, name=f"{name}_{self._number}"
        )

    def _offer_keeping(self) -> None:
        words, page = self._screen.words, self.page
        card = ReasonCard(
            self._screen,
            f"page_{self._number}",
            words("pages.page.keep_reason"),
            words("pages.page.keep"),
            lambda reason: self._acts.keep(page.id, reason),
        )
        card.rows.insertWidget(0, text(words("pages.page.keep_title"), "label"))
        card.rows.insertWidget(1, text(words("pages.page.keep_body")))
        example = words("ui.example", example=words("pages.page.keep_example"))
        card.rows.insertWidget(3, text(example, "hint"))
        self.rows.addWidget(card)
        self._screen.offer_keypad(card)


def is_settled(page: PageView) -> bool:
    """Tell whether nothing more is asked of a page: it is good, or kept with a reason."""
    return page.is_at_office or page.verdict.is_good or bool(page.kept_reason)


def is_ready(page: PageView) -> bool:
    """Tell whether a page could be sent at once: made small and read, or with the office."""
    return page.is_developed or page.is_at_office


def codes_of(verdict: Verdict) -> tuple[str, ...]:
    """Return what is wrong, each thing once, worst first."""
    return tuple(dict.fromkeys(finding.code for finding in verdict.findings))


def numbered(verdict: Verdict) -> tuple[tuple[Place, str], ...]:
    """Return the places of which something is said, each with the number of what is said."""
    codes = codes_of(verdict)
    return tuple(
        (finding.place, str(codes.index(finding.code) + 1))
        for finding in verdict.findings
        if finding.place
    )


def size_words(screen: Screen, page: PageView) -> str:
    """Return how large a page is on its way, once that is known."""
    if not page.is_developed:
        return screen.words("pages.page.developing")
    return screen.words("pages.page.developed", size=screen.words.size(page.encoded_bytes))
