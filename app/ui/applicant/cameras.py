"""Opens the camera for a paper; the camera itself lives in its own room of the interface."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.sources import SourceDescription
from app.errors import LocalFault
from app.ui.applicant.taking import Wanted
from app.ui.screen import Screen


def open_camera(
    screen: Screen,
    _source: SourceDescription,
    _wanted: Wanted,
    _taken: Callable[[bytes], object],
) -> None:
    """Show the camera's page over the paper's; the trail leads back here.

    Args:
        screen: the paper's page; ``screen.window_.go`` leaves it.
        _source: which camera.
        _wanted: which paper, for what the camera's page says and looks for.
        _taken: takes the picture; then the camera's page goes ``back``, and the paper's page, made
            anew, prepares and judges it.
    """
    screen.fail(LocalFault("source_unknown"))
