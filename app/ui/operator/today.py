"""Today: what waits, how the link is, and what needs the operator first, one action each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.sending import LinkState, SendingStatus
from app.services.lists import ApplicationLine, TodayCounts, list_applications, today
from app.services.upkeep import Concern, concerns
from app.ui.operator.desk_screen import DeskScreen, open_tab
from app.ui.operator.sending_words import last_contact, link, truth
from app.ui.operator.session import Session
from app.ui.theme.icons import pixmap
from app.ui.widgets.cards import Card, icon_label
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import change_text, rule, text
from app.ui.widgets.tiles import CountTile, TileKind

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.window import Window

#: What a first look shows of each kind of work; the list has the rest.
_MOST_OF_A_KIND = 3
_NEWS_PAUSE_MS = 300
_TILES: tuple[tuple[str, str, TileKind], ...] = (
    ("attention", "report", "danger"),
    ("returned", "undo", "warn"),
    ("drafts", "edit", "plain"),
    ("waiting", "inventory", "plain"),
    ("received", "verified", "plain"),
)
#: How the link is drawn; the states a person must act on come with the error's words below.
_LINK_ICONS: dict[LinkState, str] = {
    "never_tried": "schedule",
    "working": "cloud_done",
    "away": "cloud_off",
    "captive_portal": "wifi",
    "wrong_certificate": "shield_lock",
    "clock_wrong": "schedule",
    "wrong_office": "sync_problem",
    "full": "cloud_off",
}
_NEEDS_A_PERSON: frozenset[LinkState] = frozenset(
    {"captive_portal", "wrong_certificate", "clock_wrong", "wrong_office", "full"}
)


@dataclass(frozen=True)
class _Work:
    """What the store says of today."""

    counts: TodayCounts
    attention: tuple[ApplicationLine, ...]
    returned: tuple[ApplicationLine, ...]
    #: Of the store itself.
    concerns: tuple[Concern, ...] = ()


class TodayScreen(DeskScreen):
    """The first page behind the password."""

    def __init__(self, window: Window, session: Session) -> None:
        super().__init__(window, "today", session, "today")
        words, day = self.words, window.desk.clock.now()
        self.set_heading(
            words("operator.today.heading", date=words.moment(day).rpartition(" ")[0]),
            words("operator.today.hint", name=session.operator.shown_name),
        )
        self._tiles: dict[str, CountTile] = {}
        self._make_tiles()
        self._link = _LinkCard(self)
        self.body.addWidget(self._link)
        self._first = Card("card", gap=12)
        self._first.setObjectName("first")
        self.body.addWidget(self._first)
        self._work: _Work | None = None
        self._listed: object = None
        self._news = QTimer(self)
        self._news.setSingleShot(True)
        self._news.setInterval(_NEWS_PAUSE_MS)
        self._news.timeout.connect(self._look)
        self.listen(news=self._heard, sending=self._changed)
        status = window.bridge.status()
        if status:
            self._link.show_status(status)
        self._look()

    def _make_tiles(self) -> None:
        for name, icon, kind in _TILES:
            self._tiles[name] = CountTile(
                self.theme,
                0,
                self.words(f"operator.today.{name}"),
                self._to_group(name),
                icon=icon,
                kind=kind,
                name=f"tile_{name}",
            )
        least = self.theme.column(190)
        self.body.addWidget(flow_of([*self._tiles.values()], 16, least=least))

    def _to_group(self, group: str) -> Callable[[], None]:
        def go() -> None:
            place = self.session.list_place
            place.group, place.text, place.chosen_id = group, "", ""
            open_tab(self.window_, self.session, "list")

        return go

    # --- what the store and the engine say --------------------------------------------------------

    def _heard(self, _news: object) -> None:
        if self._is_here():
            self._news.start()

    def _changed(self, status: object) -> None:
        if self._is_here() and isinstance(status, SendingStatus):
            self._link.show_status(status)
            self._list_work()

    def _look(self) -> None:
        self.ask(_look, self._found)

    def _found(self, work: _Work) -> None:
        self._work = work
        counts = work.counts
        numbers = {
            "attention": counts.attention,
            "returned": counts.returned,
            "drafts": counts.drafts,
            "waiting": counts.waiting,
            "received": counts.received_today,
        }
        for name, count in numbers.items():
            tile = self._tiles[name]
            spoken = self.words("operator.today.tile_spoken", label=tile.label, count=count)
            tile.change(count, spoken)
        self._list_work()
        self._hint(counts.waiting)

    def _hint(self, waiting: int) -> None:
        """Tell the engine of work that it does not know: another program put it into the store."""
        status, desk = self.window_.bridge.status(), self.window_.tasks.open_desk
        if waiting and desk and status and not status.waiting_count and not status.is_busy:
            desk.sending.wake()

    # --- what to do first -------------------------------------------------------------------------

    def _list_work(self) -> None:
        """Write the list anew when it changed; not with each step of the progress."""
        status = self.window_.bridge.status()
        if self._work is None:
            return
        asked = (self._work, status and (status.is_enrolled, status.link in _NEEDS_A_PERSON))
        if asked == self._listed:
            return
        self._listed = asked
        while item := self._first.rows.takeAt(0):
            old = item.widget()
            if old:
                old.hide()
                old.deleteLater()
        rows = self._work_rows(self._work, status)
        if rows:
            self._first.rows.addWidget(text(self.words("operator.today.first"), "title"))
            for number, row in enumerate(rows):
                if number:
                    self._first.rows.addWidget(rule())
                self._first.rows.addWidget(row)
        else:
            self._first.rows.addWidget(self._nothing())

    def _work_rows(self, work: _Work, status: SendingStatus | None) -> list[QWidget]:
        rows: list[QWidget] = []
        words = self.words
        if status and not status.is_enrolled:
            rows.append(
                self._row(
                    "link",
                    words("operator.today.enrol"),
                    words("operator.today.enrol_detail"),
                    words("operator.today.enrol_act"),
                    self._enrol,
                    "do_enrol",
                )
            )
        elif status and status.link in _NEEDS_A_PERSON:
            rows.append(
                self._row(
                    _LINK_ICONS[status.link],
                    link(words, status),
                    words(f"operator.today.link_{status.link}"),
                    words("operator.today.link_act"),
                    lambda: open_tab(self.window_, self.session, "sending"),
                    "do_link",
                )
            )
        rows += [self._of_store(concern) for concern in work.concerns]
        rows += self._of_kind("attention", "report", work.attention, work.counts.attention)
        rows += self._of_kind("returned", "undo", work.returned, work.counts.returned)
        return rows

    def _of_store(self, concern: Concern) -> QWidget:
        words, code = self.words, concern.code
        return self._row(
            "save" if code.startswith("backup_") else "report",
            words(f"upkeep.{code}", **concern.params),
            words(f"upkeep.{code}_detail"),
            words("upkeep.look"),
            self._to_backup if code.startswith("backup_") else self._to_about,
            f"do_{code}",
        )

    def _of_kind(
        self, kind: str, icon: str, lines: tuple[ApplicationLine, ...], count: int
    ) -> list[QWidget]:
        words = self.words
        rows: list[QWidget] = []
        for line in lines:
            name = line.name or words("operator.list.no_name")
            detail = words(
                f"operator.today.{kind}_detail",
                service=words.label(line.service),
                reference=line.reference or "",
            )
            title = words(f"operator.today.{kind}_one", name=name)
            act = words(f"operator.today.{kind}_act")
            to = self._to_application(line.application_id)
            rows.append(self._row(icon, title, detail, act, to, f"do_{line.application_id}"))
        if count > len(lines) and lines:
            more = words("operator.today.more", count=count - len(lines))
            act = words("operator.today.more_act")
            rows.append(self._row("list", more, "", act, self._to_group(kind), f"more_{kind}"))
        return rows

    def _row(
        self,
        icon: str,
        title: str,
        detail: str,
        act_words: str,
        act: Callable[[], object],
        name: str,
    ) -> QWidget:
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 4, 0, 4)
        line.setSpacing(16)
        colour = self.theme.colours.warn
        line.addWidget(icon_label(self.theme, icon, colour, 28), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(text(title, "label"))
        if detail:
            column.addWidget(text(detail, "hint"))
        line.addLayout(column, 1)
        made = self.make_button(act_words, act, spoken=f"{act_words}: {title}", name=name)
        line.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        return holder

    def _nothing(self) -> QWidget:
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(16)
        line.addWidget(
            icon_label(self.theme, "sailing", self.theme.colours.accent, 40),
            0,
            Qt.AlignmentFlag.AlignTop,
        )
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(text(self.words("operator.today.nothing"), "title", name="nothing"))
        column.addWidget(text(self.words("operator.today.nothing_detail"), "hint"))
        line.addLayout(column, 1)
        return holder

    def _to_application(self, application_id: str) -> Callable[[], None]:
        def go() -> None:
            from app.ui.operator.application import ApplicationScreen

            session = self.session
            self.window_.go(lambda window: ApplicationScreen(window, session, application_id))

        return go

    def _to_backup(self) -> None:
        from app.ui.operator.backup import BackupScreen

        session = self.session
        self.window_.go(lambda window: BackupScreen(window, session))

    def _to_about(self) -> None:
        from app.ui.operator.about import AboutScreen

        session = self.session
        self.window_.go(lambda window: AboutScreen(window, session))

    def _enrol(self) -> None:
        from app.ui.operator.device import DeviceScreen

        session = self.session
        self.window_.go(lambda window: DeviceScreen(window, session))


class _LinkCard(Card):
    """The link in words: what it is, when it last worked, what is under way."""

    def __init__(self, screen: TodayScreen) -> None:
        super().__init__("sea", pad=16)
        self._screen = screen
        theme = screen.theme
        line = QHBoxLayout()
        line.setSpacing(16)
        self._icon = icon_label(theme, "cloud_sync", theme.colours.sea, 32)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        self._title = text(screen.words("operator.sending.starting"), "label", name="link")
        self._detail = text("", name="link_detail")
        column.addWidget(self._title)
        column.addWidget(self._detail)
        line.addLayout(column, 1)
        to = screen.make_button(
            screen.words("operator.today.link_act"),
            lambda: open_tab(screen.window_, screen.session, "sending"),
            "plain",
            icon="arrow_forward",
            name="to_sending",
        )
        line.addWidget(to, 0, Qt.AlignmentFlag.AlignVCenter)
        self.rows.addLayout(line)

    def show_status(self, status: SendingStatus) -> None:
        """Say how the link is now."""
        screen, words = self._screen, self._screen.words
        now = screen.window_.desk.clock.now()
        contact = last_contact(words, status, now)
        title = words("operator.today.link", link=link(words, status), contact=contact)
        change_text(self._title, title)
        change_text(self._detail, truth(words, status).title)
        side = screen.theme.text(32)
        icon = _LINK_ICONS[status.link]
        self._icon.setPixmap(pixmap(icon, screen.theme.colours.sea, side, 2.0))


def _look(kiosk: Kiosk) -> _Work:
    return _Work(
        today(kiosk),
        list_applications(kiosk, "", "attention", _MOST_OF_A_KIND),
        list_applications(kiosk, "", "returned", _MOST_OF_A_KIND),
        concerns(kiosk),
    )
