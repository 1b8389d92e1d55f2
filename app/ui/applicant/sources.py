"""Shows where pages can come from: the chosen source with its state, and the others beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from app.domain.sources import FILE_ID, SourceDescription
from app.domain.words import Words
from app.errors import LocalFault
from app.ui.screen import Screen
from app.ui.widgets.buttons import CheckCard
from app.ui.widgets.cards import Card, PillKind, StatusPill, icon_label, notice
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import text

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk

#: What a person does at each kind of source: key of its words, and its icon.
_ACTS = {
    "flatbed": ("scan", "document_scanner"),
    "feeder": ("scan", "document_scanner"),
    "network": ("scan", "document_scanner"),
    "camera": ("photo", "photo_camera"),
    "folder": ("folder", "folder_open"),
    "file": ("files", "upload_file"),
}
_SCANNERS = frozenset({"flatbed", "feeder", "network"})
_PILLS: dict[str, PillKind] = {
    "ready": "good",
    "busy": "warn",
    "absent": "danger",
    "needs_attention": "danger",
}
FILES = SourceDescription(FILE_ID, "file")


class Sources(NamedTuple):
    """What pages can come from now, and what this kiosk uses first."""

    listed: tuple[SourceDescription, ...] = (FILES,)
    chosen: SourceDescription = FILES

    def others(self) -> tuple[SourceDescription, ...]:
        """Return what is offered beside the chosen one: what is there, never what is missing."""
        return tuple(
            one for one in self.listed if one.id != self.chosen.id and one.state != "absent"
        )


def load_sources(kiosk: Kiosk) -> Sources:
    """Return the sources as they were seen last; asks no device."""
    from app.services import capturing

    listed = capturing.sources(kiosk)
    return Sources(listed, capturing.chosen(kiosk) or _usual(listed))


def find_sources(kiosk: Kiosk, stop: Event) -> Sources:
    """Ask the devices, which may take half a minute; in a free thread."""
    from app.services import capturing

    capturing.find_sources(kiosk, stop)
    return load_sources(kiosk)


def _usual(listed: tuple[SourceDescription, ...]) -> SourceDescription:
    """Return what to use when nothing was chosen: a scanner that is there, a camera, files."""
    scanners = [one for one in listed if one.kind in _SCANNERS and one.state != "absent"]
    cameras = [one for one in listed if one.kind == "camera"]
    return next(iter((*scanners, *cameras)), FILES)


def act_words(words: Words, source: SourceDescription) -> str:
    """Return what stands on a source's button."""
    return words(f"pages.sources.{_ACTS[source.kind][0]}")


def again_words(words: Words, source: SourceDescription) -> str:
    """Return what stands on the button that takes a page again."""
    return words(f"pages.page.again_{_ACTS[source.kind][0]}")


def now_words(words: Words, source: SourceDescription) -> str:
    """Return what stands on the button that takes a paper before its turn."""
    return words(f"pages.suggested.offer_{_ACTS[source.kind][0]}")


def act_icon(source: SourceDescription) -> str:
    """Return the icon of a source."""
    return _ACTS[source.kind][1]


def other_words(
    words: Words, source: SourceDescription, offered: Sequence[SourceDescription]
) -> str:
    """Return what stands on a button among others: a second scanner needs its name."""
    says = act_words(words, source)
    alike = [one for one in offered if _ACTS[one.kind] == _ACTS[source.kind]]
    if len(alike) < 2:
        return says
    kinds = [one.is_feeder for one in alike]
    if source.kind in _SCANNERS and kinds.count(source.is_feeder) == 1:
        return words(f"pages.sources.{'scan_feeder' if source.is_feeder else 'scan_glass'}")
    return f"{says}: {source.label}"


def name_of(words: Words, source: SourceDescription) -> str:
    """Return what a source is called."""
    return source.label or words(f"capture.kind.{source.kind}")


def how_words(words: Words, source: SourceDescription) -> str:
    """Return how a page is laid into a source."""
    if source.kind in _SCANNERS:
        return words(f"pages.sources.{'feeder' if source.is_feeder else 'flatbed'}_how")
    return words(f"pages.sources.{source.kind}_how")


def takes_several(source: SourceDescription) -> bool:
    """Tell whether several papers can lie on it side by side."""
    return source.kind in ("flatbed", "network") and not source.is_feeder


class SourceCard(Card):
    """Tells how the chosen source is used, and offers the others; pressed buttons tell which.

    Args:
        screen: on which it stands.
        sources: what there is.
        take: called with the source that a person chose.
        has_pages: there are pages already; the question is whether there are more.
        may_be_several: several papers on one glass may come apart as pages of this document.
    """

    def __init__(
        self,
        screen: Screen,
        sources: Sources,
        take: Callable[[SourceDescription], object],
        *,
        has_pages: bool,
        may_be_several: bool,
    ) -> None:
        super().__init__("drop", pad=24, gap=16)
        self._screen, self._take = screen, take
        self.several: CheckCard | None = None
        words, chosen = screen.words, sources.chosen
        if has_pages:
            self.rows.addWidget(text(words("pages.sources.more_heading"), "title"))
        else:
            self._how(chosen)
        if chosen.state != "ready" and chosen.fault:
            title, detail = words.error(LocalFault(chosen.fault))
            self.rows.addWidget(notice(screen.theme, "warning", title, detail))
        if may_be_several and takes_several(chosen):
            self._offer_several()
        others = sources.others()
        offered = (chosen, *others) if has_pages else others
        if offered:
            if not has_pages:
                self.rows.addWidget(text(words("pages.sources.others"), "hint"))
            ways = (chosen, *others)
            self.rows.addWidget(flow_of([self._button(one, ways) for one in offered], 12))

    def is_several(self) -> bool:
        """Tell whether the person said that several papers lie on the glass."""
        return self.several is not None and self.several.isChecked()

    def _how(self, chosen: SourceDescription) -> None:
        words, theme = self._screen.words, self._screen.theme
        line = QHBoxLayout()
        line.setSpacing(24)
        picture = icon_label(theme, act_icon(chosen), theme.colours.sea, 48)
        line.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(text(how_words(words, chosen)), 1)
        self.rows.addLayout(line)
        if chosen.kind != "file":
            state = words(f"capture.state.{chosen.state}")
            named = words("pages.sources.with", name=name_of(words, chosen))
            pill = StatusPill(theme, _PILLS[chosen.state], state)
            below = QHBoxLayout()
            below.setSpacing(16)
            below.addWidget(pill)
            below.addWidget(text(named, "hint"), 1)
            self.rows.addLayout(below)

    def _offer_several(self) -> None:
        words = self._screen.words
        self.several = CheckCard(
            self._screen.theme,
            words("pages.sources.several"),
            help_text=words("pages.sources.several_help"),
            name="several",
        )
        self.rows.addWidget(self.several)

    def _button(self, source: SourceDescription, ways: Sequence[SourceDescription]) -> QPushButton:
        says = other_words(self._screen.words, source, ways)
        spoken = f"{says}: {source.label}" if source.label else says
        return self._screen.make_button(
            says,
            lambda: self._take(source),
            "secondary",
            icon=act_icon(source),
            spoken=spoken,
            name=f"take_{source.kind}",
        )
