"""Watches through one camera until a picture is taken; shows nothing itself.

Of all frames only the one looked at is held, and none after the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import QVideoFrame

from app.errors import AppError, LocalFault
from app.ui.camera.cameras import Cameras
from app.ui.camera.frames import FrameSource
from app.ui.camera.looking import Glance, glance, picture_of

if TYPE_CHECKING:
    from app.domain.catalogue import Look
    from app.domain.judgement import Outline
    from app.imaging.requests import FrameAdvice
    from app.ui.desk import OpenDesk
    from app.ui.tasks import Tasks

#: What was seen before it was opened does not count.
_LEAST_LOOKS = 4
#: In parts of the frame: a corner that went so far lies on another paper, or one laid anew.
_MOVED = 0.06
#: A camera that goes over to its largest picture sets its light anew in the first frames.
_UNSETTLED_FRAMES = 3
#: And after so many the picture is taken as it is.
_MOST_FINE_FRAMES = 8
_MOST_FINE_MS = 4_000


class Viewfinder(QObject):
    """One way to one picture; outlives the screens that show it, until ``leave``.

    Args:
        tasks: where frames are looked at.
        cameras: where cameras are found.
        camera_id: which one to begin with.
        look: what the paper looks like.
        awaits_change: a paper was photographed already; what lies there at first is not taken by
            itself, until it was moved or changed for another.

    Attributes:
        camera_id: which camera.
        turns: clockwise quarter turns that a person asked for.
        trouble: why there is no picture; a code of ``errors``, empty while there is one.
        is_taking: the picture is being taken.
        is_armed: the picture is taken by itself as soon as it is good.
        is_blind: nobody can look at frames here; a person takes the picture by hand.

    Signals:
        shown: a QImage of the newest frame, not turned.
        advised: a FrameAdvice.
        changed: trouble, camera or taking is not what it was.
        taken: the picture as a JPEG; the viewfinder is closed by then.
    """

    shown = Signal(QImage)
    advised = Signal(object)
    changed = Signal()
    taken = Signal(bytes)

    def __init__(
        self,
        tasks: Tasks,
        cameras: Cameras,
        camera_id: str,
        look: Look,
        *,
        awaits_change: bool = False,
    ) -> None:
        super().__init__()
        self._tasks, self._cameras, self._look = tasks, cameras, look
        self.camera_id = camera_id
        self.turns = 0
        self.trouble = ""
        self.is_taking = False
        self.is_blind = False
        self.is_armed = not awaits_change
        self._looks = 0
        self._first: Outline | None = None
        self._is_wanted = False
        self._source: FrameSource | None = None
        self._newest: QVideoFrame | None = None
        self._is_glancing = False
        self._is_watching = False
        self._fine_frames = 0
        self._fine_area = 0
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_MOST_FINE_MS)
        self._patience.timeout.connect(self._take_newest)
        cameras.changed.connect(self._plugged)

    @property
    def is_open(self) -> bool:
        """Whether a camera is open."""
        return self._source is not None

    # --- coming and going -------------------------------------------------------------------------

    def open(self) -> None:
        """Open the camera, or say why not."""
        self._is_wanted = True
        if self._source is not None:
            return
        self._forget()
        listed = self._cameras.listed()
        if listed and self.camera_id not in [one for one, _label in listed]:
            self.camera_id = listed[0][0]
        source = self._cameras.frames(self.camera_id) if listed else None
        self.trouble = "" if source is not None else "camera_absent"
        self._source = source
        if source is not None:
            source.frame_came.connect(self._came)
            source.failed.connect(self._failed)
            source.open()
        self.changed.emit()

    def leave(self) -> None:
        """Let the camera go and forget every frame; nothing opens it again but ``open``."""
        self._is_wanted = False
        self._close()

    def _close(self) -> None:
        source, self._source = self._source, None
        self._forget()
        if source is not None:
            source.frame_came.disconnect(self._came)
            source.failed.disconnect(self._failed)
            source.close()
            source.deleteLater()

    def again(self) -> None:
        """Try once more after trouble."""
        self._close()
        self.open()

    def next_camera(self) -> None:
        """Go over to the camera after this one."""
        ids = [one for one, _label in self._cameras.listed()]
        at = ids.index(self.camera_id) if self.camera_id in ids else -1
        if ids:
            self.camera_id = ids[(at + 1) % len(ids)]
        self.again()

    def labels(self) -> tuple[str, ...]:
        """Return the cameras' names, this one first."""
        listed = self._cameras.listed()
        mine = tuple(label for one, label in listed if one == self.camera_id)
        return mine + tuple(label for one, label in listed if one != self.camera_id)

    def turn(self) -> None:
        """Turn the picture a quarter, clockwise."""
        self.turns = (self.turns + 1) % 4
        self.changed.emit()

    def _forget(self) -> None:
        self._newest = None
        self._is_glancing = self._is_watching = False
        self.is_taking = False
        self._fine_frames = self._fine_area = self._looks = 0
        self._patience.stop()

    def _failed(self, code: str) -> None:
        if self.is_taking:
            # It would not go over to its largest picture, or is gone: what was seen last is here.
            if self._patience.isActive():
                self._take_newest()
            return
        self._close()
        self.trouble = code
        self.changed.emit()

    def _plugged(self) -> None:
        """Notice that the camera was pulled out, or that one came back."""
        if not self._is_wanted:
            return
        ids = [one for one, _label in self._cameras.listed()]
        if self._source is not None and self.camera_id not in ids:
            self._failed("camera_lost")
        elif self.trouble and ids:
            self.again()
        else:
            self.changed.emit()

    # --- watching ---------------------------------------------------------------------------------

    def _came(self, frame: QVideoFrame) -> None:
        """Look at a frame, unless one is still being looked at: the newest one counts."""
        if self.is_taking and not self._patience.isActive():
            return
        if self.is_taking:
            if frame.width() * frame.height() <= self._fine_area:
                return
            self._fine_frames += 1
            if self._fine_frames <= _UNSETTLED_FRAMES:
                return
        self._newest = frame
        if self._is_glancing:
            return
        self._is_glancing = True
        is_looked_at = not self._is_watching and not self.is_blind
        self._tasks.in_free(
            lambda _desk: glance(frame, is_looked_at=is_looked_at),
            self._glanced,
            lambda _error: self._glanced(None),
            self._while_open(),
        )

    def _while_open(self) -> Callable[[], bool]:
        """Return a claim that holds until this camera is let go, so that nothing comes after."""
        source = self._source
        return lambda: source is not None and self._source is source

    def _glanced(self, seen: Glance | None) -> None:
        self._is_glancing = False
        if seen is None:
            return
        self.shown.emit(seen.shown)
        if seen.pixels and not self._is_watching:
            self._is_watching = True
            self._tasks.in_free(
                lambda desk: self._watch(desk, seen),
                lambda advice: self._advise(advice, seen.frame),
                self._not_watched,
                self._while_open(),
            )

    def _watch(self, desk: OpenDesk, seen: Glance) -> FrameAdvice:
        return desk.kiosk.imaging.watch(seen.pixels, seen.width, seen.height, 4, self._look)

    def _not_watched(self, error: AppError) -> None:
        """Go on with the next frame, unless there is nobody to look at any."""
        self._is_watching = False
        if isinstance(error, LocalFault):
            self.is_blind = True
            self.changed.emit()

    def _advise(self, advice: FrameAdvice, frame: QVideoFrame) -> None:
        self._is_watching = False
        if self.is_taking:
            self._look_at_fine(advice, frame)
            return
        self._looks += 1
        self._arm(advice)
        self.advised.emit(advice)
        if advice.is_ready and self.is_armed and self._looks >= _LEAST_LOOKS:
            self._take(frame)

    def _arm(self, advice: FrameAdvice) -> None:
        if self.is_armed:
            return
        if self._looks > 1 and _is_another(self._first, advice.outline):
            self.is_armed = True
        elif self._first is None:
            self._first = advice.outline

    # --- taking -----------------------------------------------------------------------------------

    def take(self) -> None:
        """Take the picture now, however it looks."""
        if self._newest is not None and not self.is_taking:
            self._take(self._newest)

    def _take(self, frame: QVideoFrame) -> None:
        """Take this frame, or a larger one of the same."""
        self.is_taking = True
        self._newest = frame
        if self._source is not None and self._source.sharpen():
            self._fine_area = frame.width() * frame.height()
            self._patience.start()
            self.changed.emit()
        else:
            self.changed.emit()
            self._keep(frame)

    def _look_at_fine(self, advice: FrameAdvice, frame: QVideoFrame) -> None:
        if not self._patience.isActive() or frame.width() * frame.height() <= self._fine_area:
            return
        if advice.advice == "good" or self._fine_frames >= _MOST_FINE_FRAMES:
            self._newest = frame
            self._take_newest()

    def _take_newest(self) -> None:
        self._patience.stop()
        if self._newest is not None:
            self._keep(self._newest)

    def _keep(self, frame: QVideoFrame) -> None:
        turns = self.turns
        self._tasks.in_free(
            lambda _desk: picture_of(frame, turns),
            self._kept,
            lambda _error: self._kept(b""),
            self._while_open(),
        )

    def _kept(self, picture: bytes) -> None:
        if not picture:
            self.is_taking = False
            self._failed("camera_silent")
            return
        self.leave()
        self.taken.emit(picture)


def _is_another(first: Outline | None, now: Outline | None) -> bool:
    """Tell whether a paper lies elsewhere than the first one, or was taken away."""
    if first is None or now is None:
        return first is not now
    ways = zip(first.corners, now.corners, strict=True)
    return max(max(abs(x - u), abs(y - v)) for (x, y), (u, v) in ways) > _MOVED
