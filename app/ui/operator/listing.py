"""The list of applications: search, filters, a page at a time; the keyboard alone is enough.

Never loads more than the person asked for, and never shows a NIK unmasked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QVBoxLayout, QWidget

from app.services.lists import ApplicationLine, list_applications
from app.ui.operator.desk_screen import DeskScreen
from app.ui.operator.line_model import Line, LineDelegate, LineModel
from app.ui.operator.line_words import line_of
from app.ui.operator.session import Session
from app.ui.widgets.cards import Card, icon_label
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import change_text, text
from app.ui.widgets.line import Line as LineBox
from app.ui.widgets.pills import PillButton

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window

GROUPS = (
    "all", "drafts", "waiting", "attention", "received", "returned",
)  # fmt: skip
_PAGE = 50
_MOST_REFRESHED = 500
#: A pause in typing so long means that the word is complete enough to look for.
_TYPING_PAUSE_MS = 180
_NEWS_PAUSE_MS = 400


class ListScreen(DeskScreen):
    """Search and filters above, rows below; Enter opens a row."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "list", session, "list")
        self._place = session.list_place
        self._last: ApplicationLine | None = None
        self.fill_height()
        self.body.setSpacing(16)
        self.body.addWidget(self._search_line())
        self._filters()
        self._make_rows()
        self._empty = _EmptyList(self)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(text(self.words("operator.list.keys"), "caption"))
        self._typing = self._timer(_TYPING_PAUSE_MS, self._typed)
        self._news = self._timer(_NEWS_PAUSE_MS, self._refresh)
        for keys in ("/", "Ctrl+F"):
            QShortcut(QKeySequence(keys), self).activated.connect(self._focus_search)
        self.listen(news=self._heard)
        self.setAccessibleName(self.words("operator.list.heading"))
        self._fetch()

    # --- making -----------------------------------------------------------------------------------

    def _timer(self, pause_ms: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(pause_ms)
        timer.timeout.connect(act)
        return timer

    def _search_line(self) -> QWidget:
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        line.addWidget(text(self.words("operator.list.heading"), "heading", name="heading"))
        self._search = _SearchBox(self)
        self._search.setText(self._place.text)
        self._search.textChanged.connect(lambda _: self._typing.start())
        line.addWidget(self._search, 1)
        return holder

    def _filters(self) -> None:
        pills: list[QWidget] = []
        for group in GROUPS:
            words = self.words(f"operator.list.{group}")
            pill = PillButton(self.theme, words, self._to_group(group), name=f"group_{group}")
            pill.setChecked(group == self._place.group)
            pills.append(pill)
        holder = flow_of(pills)
        holder.setAccessibleName(self.words("operator.list.filter"))
        self.body.addWidget(holder)

    def _make_rows(self) -> None:
        self.rows = QListView()
        self.rows.setObjectName("rows")
        self.rows.setAccessibleName(self.words("operator.list.rows"))
        self.model = LineModel(self.words("operator.list.more"), self.rows)
        self.rows.setModel(self.model)
        self.rows.setItemDelegate(LineDelegate(self.theme, self.rows))
        self.rows.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # All rows are of one height: Qt need not ask for each.
        self.rows.setUniformItemSizes(True)
        self.rows.setMouseTracking(True)
        self.rows.setMinimumHeight(self.theme.target(240))
        self.rows.activated.connect(self._open)
        self.rows.clicked.connect(self._open)
        self.body.addWidget(self.rows, 1)

    # --- asking -----------------------------------------------------------------------------------

    def _typed(self) -> None:
        wanted = self._search.text().strip()
        if wanted != self._place.text:
            self._place.text, self._place.chosen_id = wanted, ""
            self._fetch()

    def _to_group(self, group: str) -> Callable[[], None]:
        def choose() -> None:
            self._place.group, self._place.chosen_id = group, ""
            self._fetch()

        return choose

    def _heard(self, _news: object) -> None:
        if self._is_here():
            self._news.start()

    def _refresh(self) -> None:
        """Ask anew for as many rows as are shown; one who paged very far keeps what they see."""
        shown = len(self.model.lines)
        if shown <= _MOST_REFRESHED:
            self._fetch(max(_PAGE, shown))

    def _fetch(self, limit: int = _PAGE) -> None:
        self._ask(None, limit, self._found)

    def _fetch_more(self) -> None:
        if self._last:
            self.say(self.words("operator.list.more_busy"))
            self._ask(self._last, _PAGE, self._found_more)

    def _ask(
        self,
        last: ApplicationLine | None,
        limit: int,
        done: Callable[[tuple[ApplicationLine, ...], int], None],
    ) -> None:
        """Ask for one row more than wanted: it tells whether there are more."""
        text_, group = self._place.text, self._place.group
        before = last.cursor() if last else None

        def look(kiosk: Kiosk) -> tuple[ApplicationLine, ...]:
            return list_applications(kiosk, text_, group, limit + 1, before)

        # The store answers in the order of asking: the newest question has the last word.
        self.ask(look, lambda lines: done(lines, limit))

    def _found(self, lines: tuple[ApplicationLine, ...], limit: int) -> None:
        shown, has_more = lines[:limit], len(lines) > limit
        had_focus = self.rows.hasFocus()
        self._last = shown[-1] if shown else None
        self.model.show(self._put(shown), has_more=has_more)
        self.rows.setVisible(bool(shown))
        self._empty.setVisible(not shown)
        if not shown:
            self._empty.tell(self._place.group, is_search=bool(self._place.text))
        row = self.model.row_of(self._place.chosen_id)
        if row >= 0:
            self.rows.setCurrentIndex(self.model.index(row))
            if not self._search.hasFocus():
                self.rows.setFocus()
        elif had_focus:
            self._search.setFocus()

    def _found_more(self, lines: tuple[ApplicationLine, ...], limit: int) -> None:
        shown, has_more = lines[:limit], len(lines) > limit
        self.say("")
        if shown:
            self._last = shown[-1]
        first = len(self.model.lines)
        self.model.add(self._put(shown), has_more=has_more)
        self.rows.setCurrentIndex(self.model.index(min(first, self.model.rowCount() - 1)))

    def _put(self, lines: tuple[ApplicationLine, ...]) -> list[Line]:
        now = self.window_.desk.clock.now()
        return [line_of(self.words, line, now) for line in lines]

    # --- going on ---------------------------------------------------------------------------------

    def _open(self, index: QModelIndex) -> None:
        line = self.model.line_at(index.row())
        if line is None:
            self._fetch_more()
            return
        from app.ui.operator.application import ApplicationScreen

        self._place.chosen_id = line.application_id
        session, application_id = self.session, line.application_id
        self.window_.go(lambda window: ApplicationScreen(window, session, application_id))

    def _focus_search(self) -> None:
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def into_rows(self) -> None:
        """Move the keyboard from the search box into the rows."""
        if self.model.rowCount():
            self._typing.stop()
            self.rows.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self.rows.currentIndex().isValid():
                self.rows.setCurrentIndex(self.model.index(0))

    def entered(self) -> None:
        """Begin in the rows when the person comes back to one, else in the search box."""
        if self._place.chosen_id:
            self.rows.setFocus()
        else:
            self._search.setFocus()


class _SearchBox(LineBox):
    """Escape empties it; Down and Enter go into the rows."""

    def __init__(self, screen: ListScreen) -> None:
        super().__init__(screen.theme, "search", screen.words("operator.list.search"))
        self._screen = screen
        hint = screen.words("operator.list.search_hint")
        self.setPlaceholderText(hint)
        self.setAccessibleDescription(hint)
        self.setClearButtonEnabled(False)
        self.setMinimumWidth(screen.theme.text(240))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._screen.into_rows()
        else:
            super().keyPressEvent(event)


class _EmptyList(Card):
    """What stands where there are no rows: an icon and why."""

    def __init__(self, screen: ListScreen) -> None:
        super().__init__("sand", pad=32, gap=8)
        self._screen = screen
        self._icons = QVBoxLayout()
        self._title = text("", "title", name="empty_title")
        self._body = text("", "hint", name="empty_body")
        for label in (self._title, self._body):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.rows.addStretch(1)
        icon = icon_label(screen.theme, "sailing", screen.theme.colours.accent, 64)
        self.rows.addWidget(icon, 0, Qt.AlignmentFlag.AlignHCenter)
        self.rows.addWidget(self._title)
        self.rows.addWidget(self._body)
        self.rows.addStretch(2)
        self.hide()

    def tell(self, group: str, *, is_search: bool) -> None:
        """Say why nothing is shown."""
        words = self._screen.words
        kind = "search" if is_search else group
        change_text(self._title, words(f"operator.list.empty.{kind}_title"))
        shown = words(f"operator.list.{group}")
        change_text(self._body, words(f"operator.list.empty.{kind}_body", group=shown))
