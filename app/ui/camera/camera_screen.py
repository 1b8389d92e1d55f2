"""The camera's page: what it sees, what to do with the paper, the picture, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from app.domain.sources import SourceDescription
from app.errors import LocalFault
from app.ui.camera.view import CameraView
from app.ui.camera.viewfinder import Viewfinder
from app.ui.screen import Screen
from app.ui.theme.icons import pixmap
from app.ui.widgets.cards import Card, FrameRole, icon_label
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import change_text, restyle, text

if TYPE_CHECKING:
    from app.imaging.requests import FrameAdvice
    from app.ui.applicant.sources import Sources
    from app.ui.window import Window

#: An advice is shown when it was given so often in a row: words that flicker are not read.
_SAME_ADVICE = 2
#: What stands before words of advice.
_ICONS = {
    "find_paper": "search",
    "closer": "zoom_in",
    "farther": "crop_free",
    "flatter": "description",
    "less_glare": "warning",
    "more_light": "warning",
    "hold_still": "hourglass_top",
    "good": "check_circle",
    "same": "autorenew",
    "blind": "photo_camera",
}


class CameraScreen(Screen):
    """Shows one viewfinder; made anew at any time, while the camera goes on.

    Args:
        window: where it stands.
        finder: the way to the picture; left when the page is.
        subject: what is to be photographed.
        taken: called with the picture, a JPEG; it says where to go on.
        instead: called with another source that a person chose where no camera works.
    """

    def __init__(
        self,
        window: Window,
        finder: Viewfinder,
        subject: str,
        taken: Callable[[bytes], object],
        instead: Callable[[SourceDescription], object] | None = None,
    ) -> None:
        super().__init__(window, "camera", column=1100)
        self.finder = finder
        self._subject, self._taken, self._instead = subject, taken, instead
        self._view: CameraView | None = None
        self._said = ""
        self._coming, self._times = "", 0
        self.set_back()
        self._turn = self.add_beside(
            self.words("camera.turn"), self._turn_view, icon="rotate_right", name="turn_camera"
        )
        self._other: QPushButton = self.add_beside(
            self.words("camera.next"), finder.next_camera, icon="autorenew", name="next_camera"
        )
        self._turn.setAccessibleName(self.words("camera.turn_spoken"))
        self._other.setAccessibleName(self.words("camera.next_spoken"))
        finder.shown.connect(self._show)
        finder.advised.connect(self._advised)
        finder.changed.connect(self._fill)
        finder.taken.connect(self._take)
        self._filled = ""
        self._fill()

    def entered(self) -> None:
        """Open the camera, if it is not open since before the page was made anew."""
        super().entered()
        self.finder.open()

    def leaving(self) -> None:
        """Let the camera go; nothing of what it saw stays."""
        self.finder.leave()
        if self._view is not None:
            self._view.clear()

    # --- making -----------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Show the live picture, or why there is none."""
        if self.is_left:
            return
        state = self.finder.trouble or "live"
        if state != self._filled:
            self._filled = state
            self.clear_body()
            self._view = None
            if self.finder.trouble:
                self._fill_trouble(self.finder.trouble)
            else:
                self._fill_live()
        labels = self.finder.labels()
        is_live = not self.finder.trouble
        self._turn.setVisible(is_live)
        self._other.setVisible(len(labels) > 1)
        if self._view is not None:
            self._view.turn(self.finder.turns)
            of = self.words("camera.which", name=labels[0]) if len(labels) > 1 else ""
            change_text(self._which, of)
            self._which.setVisible(bool(of))
        if self.finder.is_taking:
            self._tell("taking", "camera.taking", "hourglass_top")
        elif self.finder.is_blind:
            self._tell("blind", "camera.advice.blind", _ICONS["blind"])
        if is_live and self.primary_button:
            self.primary_button.setEnabled(not self.finder.is_taking)

    def _fill_live(self) -> None:
        words = self.words
        self.set_heading(words("camera.heading", paper=self._subject))
        self._card = Card("sea", pad=16)
        line = QHBoxLayout()
        line.setSpacing(16)
        self._icon = icon_label(self.theme, "photo_camera", self.theme.colours.sea, 36)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        self._advice: QLabel = text(words("camera.opening"), "title", name="advice")
        line.addWidget(self._advice, 1)
        self._card.rows.addLayout(line)
        self.body.addWidget(self._card)
        self._view = CameraView(self.theme, words("camera.opening"))
        self.body.addWidget(self._view, 1)
        self._which = text("", "hint", name="which_camera")
        self.body.addWidget(self._which)
        self.body.setSpacing(16)
        self.fill_height()
        self.set_primary(words("camera.take"), self.finder.take, icon="photo_camera")
        self._said = ""

    def _fill_trouble(self, code: str) -> None:
        title, detail = self.words.error(LocalFault(code))
        self.set_heading(title)
        self.body.addWidget(text(detail, name="camera_trouble"))
        self._others = self.body.count()
        self.body.addStretch(1)
        self.set_primary(self.words("camera.again"), self.finder.again, icon="refresh")
        self._announce(f"{title}. {detail}")
        if self._instead is not None:
            from app.ui.applicant.sources import load_sources

            self.ask(load_sources, self._offer_others)

    def _offer_others(self, sources: Sources) -> None:
        """Offer everything that is no camera."""
        from app.ui.applicant.sources import act_icon, other_words

        ways = [one for one in sources.listed if one.kind != "camera" and one.state != "absent"]
        if not self.finder.trouble or not ways:
            return
        card = Card("card", gap=16)
        card.rows.addWidget(text(self.words("camera.instead"), "title"))
        buttons = [
            self.make_button(
                other_words(self.words, way, ways),
                self._to_other(way),
                "secondary",
                icon=act_icon(way),
                name=f"take_{way.kind}",
            )
            for way in ways
        ]
        card.rows.addWidget(flow_of([*buttons], 12))
        self.body.insertWidget(self._others, card)
        self.order_keys()

    def _to_other(self, way: SourceDescription) -> Callable[[], None]:
        def go() -> None:
            if self._instead is not None:
                self._instead(way)

        return go

    # --- what happens -----------------------------------------------------------------------------

    def _show(self, picture: QImage) -> None:
        if not self.is_left and self._view is not None:
            self._view.show_picture(picture)

    def _advised(self, advice: FrameAdvice) -> None:
        if self.is_left or self._view is None:
            return
        self._view.show_outline(advice.outline, is_good=advice.advice == "good")
        self._times = self._times + 1 if advice.advice == self._coming else 1
        self._coming = advice.advice
        if self._times >= _SAME_ADVICE or not self._said:
            name: str = advice.advice
            if name in ("good", "hold_still") and not self.finder.is_armed:
                name = "same"
            self._tell(name, f"camera.advice.{name}", _ICONS[name])

    def _tell(self, name: str, key: str, icon: str) -> None:
        """Say it in large words, and to whoever listens instead of looking."""
        if self._said == name or self._view is None:
            return
        self._said = name
        colours = self.theme.colours
        is_good = name in ("good", "taking")
        change_text(self._advice, self.words(key))
        ink = colours.good if is_good else colours.sea
        self._icon.setPixmap(pixmap(icon, ink, self.theme.text(36), 2.0))
        frame: FrameRole = "good" if is_good else "sea"
        restyle(self._card, frame=frame)
        self._announce(self.words(key))

    def _announce(self, words: str) -> None:
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _turn_view(self) -> None:
        self.finder.turn()

    def _take(self, picture: bytes) -> None:
        if not self.is_left:
            self.window_.idle.stay()
            self._taken(picture)
