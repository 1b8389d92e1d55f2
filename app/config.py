"""The settings a program starts with: frozen, from a TOML file and the environment; no singleton.

What an operator changes on a screen lives in the store, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from app.domain.words import Language
from app.errors import LocalFault

#: Names the folder of everything the kiosk keeps; wins over the platform's own place.
DATA_VARIABLE = "LOKET_DATA"
SETTINGS_FILE = "loket.toml"
_MOST_S = 86_400.0


@dataclass(frozen=True)
class Settings:
    """What may stand in ``loket.toml`` in the data folder; every line is optional."""

    #: A file of certificates to trust instead of the system's, for an office with its own.
    office_ca_file: str = ""
    #: SHA-256 of the office's own certificate in hexadecimal; then only that one is taken.
    office_certificate: str = ""
    #: A proxy to go through, such as ``http://10.0.0.1:3128``; the environment's are ignored.
    proxy_url: str = ""
    #: What an operator may also choose on a screen: no faster than this; 0 = as the link is.
    most_bytes_per_s: int = 0
    #: Such as ``08:00-16:00``: nothing but forms travels then; empty = none.
    quiet_hours: str = ""
    #: Documents wait till midnight above this; 0 = no ceiling.
    most_document_bytes_per_day: int = 0
    #: Pause between two looks for news when nothing waits.
    pull_interval_s: float = 300.0
    #: Nobody touched the kiosk for so long: a warning, then the screen clears.
    idle_warning_s: float = 120.0
    #: Counted from the last touch too; the operator's corner locks with the rest.
    idle_lock_s: float = 150.0
    #: Papers are read on this kiosk; without, nothing is suggested or compared, and nothing is said
    #: about the words that should be on a paper. For machines too weak for it.
    reads_papers: bool = True
    #: The window covers the whole screen, as at a kiosk that does nothing else.
    is_full_screen: bool = False


def data_folder(environment: Mapping[str, str], wanted: Path | None = None) -> Path:
    """Return the kiosk's folder: the argument, the variable, or the platform's place."""
    if wanted is not None:
        return wanted
    if named := environment.get(DATA_VARIABLE):
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("loket-pulau", appauthor=False))


def demo_folder(wanted: Path | None = None) -> Path:
    """Return where the demo keeps its office and its kiosk: never where a real kiosk does."""
    if wanted is not None:
        return wanted
    import platformdirs

    return Path(platformdirs.user_data_dir("loket-pulau-demo", appauthor=False))


def terminal_language(environment: Mapping[str, str]) -> Language:
    """Return the language to speak on a terminal: Indonesian unless it is set to English."""
    named = environment.get("LC_ALL") or environment.get("LANG") or ""
    return "en" if named.startswith("en") else "id"


def read_settings(folder: Path) -> Settings:
    """Read the folder's settings file; without one, the defaults.

    Raises:
        LocalFault: ``settings_malformed`` with what is wrong in it; ``settings_unreadable``.
    """
    try:
        content = (folder / SETTINGS_FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except OSError as fault:
        raise LocalFault("settings_unreadable", reason=fault.strerror or "") from fault
    # Late: most kiosks have no such file, and the first picture waits for this module.
    import tomllib

    import msgspec

    try:
        written = tomllib.loads(content.decode())
        if unknown := written.keys() - {field.name for field in fields(Settings)}:
            raise LocalFault("settings_malformed", reason=", ".join(sorted(unknown)))
        settings = msgspec.convert(written, Settings)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as fault:
        raise LocalFault("settings_malformed", reason=str(fault)) from fault
    if wrong := _out_of_bounds(settings):
        raise LocalFault("settings_malformed", reason=wrong)
    return settings


def _out_of_bounds(settings: Settings) -> str:
    """Return the name of a setting that nobody can mean: a pause without end, hours of nonsense."""
    from app.domain.sharing import read_hours  # only for those who have such a file

    bounds = {
        "pull_interval_s": (1.0, settings.pull_interval_s),
        "idle_warning_s": (1.0, settings.idle_warning_s),
        "idle_lock_s": (settings.idle_warning_s + 1.0, settings.idle_lock_s),
    }
    for name, (least, given) in bounds.items():
        if not least <= given <= _MOST_S:
            return name
    if settings.quiet_hours and read_hours(settings.quiet_hours) is None:
        return "quiet_hours"
    for name in ("most_bytes_per_s", "most_document_bytes_per_day"):
        if getattr(settings, name) < 0:
            return name
    return ""
