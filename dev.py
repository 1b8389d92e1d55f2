#!/usr/bin/env python3
"""Owns how this checkout sets itself up and what can be done with it: `python3 dev.py VERB`.

It never needs more than the standard library, and changes nothing outside the checkout but missing
system packages, those only as root, and the folder that the demo names when it starts.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "requirements.stamp"
BUILD = ROOT / "build"
OLDEST_PYTHON = (3, 11)
UV = "uv==0.13.9"

#: What the Qt wheels link to and do not carry: the libraries that `ldd` names for QtWidgets,
#: QtNetwork, QtPrintSupport, QtTextToSpeech and the xcb, wayland and offscreen platforms.
QT_PACKAGES = tuple(
    """
    libbrotli1 libcups2 libdbus-1-3 libegl1 libfontconfig1 libfreetype6 libgl1 libglib2.0-0
    libgssapi-krb5-2 libpulse0 libspeechd2 libwayland-cursor0 libx11-xcb1 libxcb-cursor0
    libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
    libxcb-render0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0
    libxcb-xkb1 libxkbcommon-x11-0 libxkbcommon0
    """.split()  # noqa: SIM905 - one name a line would hide what follows
)
#: How the kiosk speaks to scanners; one without them takes files and a camera.
SCANNER_PACKAGES = ("sane-utils", "libsane1", "sane-airscan")
#: What specimen papers are drawn with, and what the benches read and shrink them with beside ours.
SPECIMEN_PACKAGES = tuple(
    """
    djvulibre-bin fonts-liberation fonts-ocr-a fonts-ocr-b fonts-urw-base35 pngquant
    tesseract-ocr tesseract-ocr-eng tesseract-ocr-ind
    """.split()  # noqa: SIM905
)
#: Weak links between two network namespaces, and programs of others that speak tus.
LINK_PACKAGES = ("iproute2", "nodejs", "npm")
#: Who else carries documents over a weak link in its bench.
LINK_PEER_PACKAGES = ("curl", "rclone", "rsync")
#: What tests use beside the program: the console in a browser (libatomic for its driver), slips as
#: pictures, PostgreSQL, real windows.
TEST_PACKAGES = (
    *SCANNER_PACKAGES,
    *SPECIMEN_PACKAGES,
    *LINK_PACKAGES,
    *"chromium libatomic1 poppler-utils postgresql xauth xvfb".split(),  # noqa: SIM905
)
PACKAGING_PACKAGES = ("binutils",)
DPKG_QUERY = ("dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Provides}\n")


class SetupFailed(Exception):
    """Setting up cannot go on; the text tells the person at the terminal why and what to do."""


# --- system packages ------------------------------------------------------------------------------


def missing_packages(wanted: Iterable[str], dpkg_lines: Iterable[str]) -> list[str]:
    """Name the wanted packages that are neither installed nor provided by an installed one.

    Args:
        wanted: package names.
        dpkg_lines: status, package and what it provides, as DPKG_QUERY prints them. Newer
            Ubuntu provides `libcups2` through `libcups2t64`, as `libcups2 (= 2.4.7)`.
    """
    present: set[str] = set()
    for line in dpkg_lines:
        status, _, names = line.strip().partition(" ")
        if status == "installed":
            package, _, provided = names.partition(" ")
            present.add(package)
            present.update(entry.split()[0] for entry in provided.split(",") if entry.strip())
    return [name for name in wanted if name not in present]


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(packages: Sequence[str]) -> bool:
    """Install packages; where one is unknown to this system, install the others all the same."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-y", "-o", "Acquire::Retries=3", "install", "--no-install-recommends"]

    def installs(names: Sequence[str]) -> bool:
        return subprocess.run([*apt, *names], env=environment, check=False).returncode == 0

    if installs(packages):
        return True
    return len(packages) > 1 and all([installs([name]) for name in packages])


def ensure_system_packages(required: Sequence[str], optional: Sequence[str] = ()) -> None:
    """Bring in what is missing on Debian and Ubuntu; elsewhere the wheels carry what they need.

    Raises:
        SetupFailed: a required package is missing and cannot be installed from here.
    """
    if shutil.which("dpkg-query") is None or shutil.which("apt-get") is None:
        return
    if importlib.util.find_spec("ensurepip") is None:
        # Debian cuts the part of the standard library that makes a .venv into its own package.
        required = [*required, "python{}.{}-venv".format(*sys.version_info[:2])]
    listed = subprocess.run(
        DPKG_QUERY, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    missing, wished = missing_packages(required, listed), missing_packages(optional, listed)
    if not missing and not wished:
        return
    command = shlex.join(["sudo", "apt-get", "install", *missing, *wished])
    if not is_root():
        say(f"System packages are missing. Type:\n\n    {command}\n")
        if missing:
            raise SetupFailed("Then start this command again.")
        return
    say(f"Installing system packages: {' '.join([*missing, *wished])}")
    subprocess.run(["apt-get", "-q", "-o", "Acquire::Retries=3", "update"], check=False)
    if missing and not apt_install(missing):
        raise SetupFailed(f"apt-get could not install them (see above). By hand:\n\n    {command}")
    if wished and not apt_install(wished):
        say("Some optional packages could not be installed; what needs them will skip or say so.")


# --- the .venv ------------------------------------------------------------------------------------


def in_venv(program: str) -> str:
    """Path of a program inside the .venv, as this system lays it out."""
    if os.name == "nt":
        return str(VENV / "Scripts" / f"{program}.exe")
    return str(VENV / "bin" / program)


def stamp_of(lock: bytes, python: str) -> str:
    """What the stamp holds when exactly these locked packages stand in the .venv."""
    return f"{hashlib.sha256(lock).hexdigest()} python {python}\n"


def is_installed(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted


def ensure_venv() -> None:
    """Make the .venv hold the locked packages; does nothing when its stamp says that it does.

    The stamp is written last, so a set-up that is cut short is taken up again by the next command.

    Raises:
        SetupFailed: the package index cannot be reached, or serves what the lock does not name.
    """
    wanted = stamp_of(LOCK.read_bytes(), platform.python_version())
    python = in_venv("python")
    if Path(python).exists() and is_installed(STAMP, wanted):
        return
    if not Path(python).exists():
        say(f"Making {VENV.relative_to(ROOT)} with Python {platform.python_version()}")
        attempt([sys.executable, "-m", "venv", str(VENV)], "The .venv could not be made.")
    if not Path(in_venv("uv")).exists():
        # A set-up that was cut short can leave a .venv without pip.
        attempt([python, "-m", "ensurepip"], "pip could not be put into the .venv.", is_quiet=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV]
        attempt(pip, "uv could not be installed: is the package index reachable from here?")
    say("Installing the packages that requirements.lock names (a few minutes the first time)")
    # The system's certificates, as pip takes them: an office network may have its own.
    sync = [in_venv("uv"), "--system-certs", "pip", "sync", "--python", python]
    sync += ["--require-hashes", "--compile-bytecode"]
    attempt(
        [*sync, str(LOCK)],
        "uv could not install the locked packages. uv does not read pip's configuration file: "
        "an index that is named there must be in UV_DEFAULT_INDEX too.",
    )
    STAMP.write_text(wanted, encoding="utf-8")


def attempt(command: Sequence[str], failure: str, *, is_quiet: bool = False) -> None:
    output = subprocess.DEVNULL if is_quiet else None
    if subprocess.run(command, cwd=ROOT, stdout=output, check=False).returncode != 0:
        raise SetupFailed(failure)


# --- verbs ----------------------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, flush=True)


def call(*command: str, is_offscreen: bool = False) -> int:
    """Run one command of the .venv from the checkout and return its exit code."""
    environment = dict(os.environ)
    # Without compiled modules beside the sources, each of the hundreds of programs that the tests
    # start would compile them anew: eight seconds instead of two.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if is_offscreen:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def run(arguments: list[str]) -> int:
    """Start the demo: an office on this machine, and the kiosk in a window."""
    ensure_system_packages(QT_PACKAGES, SCANNER_PACKAGES)
    ensure_venv()
    return call(in_venv("python"), "-m", "app", "demo", *arguments)


def test(arguments: list[str]) -> int:
    """Run the tests; arguments go to pytest."""
    ensure_system_packages(QT_PACKAGES, TEST_PACKAGES)
    ensure_venv()
    # In the order of the folders long files come before many short ones, so that both processes end
    # together. One that died is a failure at once: with another in its place xdist waits for ever.
    two = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "0"]
    chosen = arguments or two
    return call(in_venv("python"), "-m", "pytest", *chosen, is_offscreen=True)


def check(_arguments: list[str]) -> int:
    """Lint, format, types and layers; all of them, even when one fails."""
    ensure_system_packages(())
    ensure_venv()
    failed: list[str] = []
    for command in (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports",),
    ):
        say(f"--- {shlex.join(command)}")
        if call(in_venv(command[0]), *command[1:]):
            failed.append(shlex.join(command))
    say(f"Failed: {', '.join(failed)}" if failed else "Everything passed.")
    return 1 if failed else 0


def gallery(arguments: list[str]) -> int:
    """Draw every screen into build/gallery."""
    ensure_system_packages(QT_PACKAGES)
    ensure_venv()
    chosen = arguments or ["--out", str(BUILD / "gallery")]
    return call(in_venv("python"), "-m", "tests.gallery", *chosen, is_offscreen=True)


def bench_names() -> list[str]:
    return sorted(path.stem for path in (ROOT / "bench").glob("[!_]*.py"))


def bench(arguments: list[str]) -> int:
    """Measure one published figure; without a NAME, list them."""
    if not arguments or arguments[0] not in bench_names():
        say(f"Benches: {', '.join(bench_names()) or 'none yet'}")
        return 2
    is_link = arguments[0] == "link"
    peers = (*LINK_PACKAGES, *LINK_PEER_PACKAGES) if is_link else SPECIMEN_PACKAGES
    ensure_system_packages(QT_PACKAGES, peers)
    ensure_venv()
    return call(in_venv("python"), "-m", f"bench.{arguments[0]}", *arguments[1:], is_offscreen=True)


def package(arguments: list[str]) -> int:
    """Build the kiosk into one folder, start it once, and say how big it is."""
    ensure_system_packages((*QT_PACKAGES, *PACKAGING_PACKAGES))
    ensure_venv()
    paths = ["--distpath", str(ROOT / "dist"), "--workpath", str(BUILD / "pyinstaller")]
    if call(
        in_venv("python"), "-m", "PyInstaller", "--noconfirm", *paths, *arguments, "build.spec"
    ):
        return 1
    folder = ROOT / "dist" / "loket"
    if not starts(folder / ("loket.exe" if os.name == "nt" else "loket")):
        return 1
    size_bytes = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink())
    say(f"{folder.relative_to(ROOT)}: {size_bytes / 1_000_000:.0f} MB")
    return 0


def starts(program: Path) -> bool:
    """Start the frozen program twice: what it says of itself, and its first screen as a picture."""
    scratch = BUILD / "package"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    data, picture = ["--data", str(scratch / "data")], scratch / "home.png"
    drawn = call(str(program), "kiosk", *data, "--picture", str(picture), is_offscreen=True)
    spoken = call(str(program), "doctor", *data, "--json")
    say(f"First screen: {picture.relative_to(ROOT)}")
    return drawn == spoken == 0 and picture.is_file()


VERBS: dict[str, Callable[[list[str]], int]] = {
    verb.__name__: verb for verb in (run, test, check, gallery, bench, package)
}


def help_text() -> str:
    lines = [f"  {name:<8}  {verb.__doc__}" for name, verb in VERBS.items()]
    return "\n".join(["python3 dev.py VERB [ARGUMENTS]", "", *lines])


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        say(f"Python 3.11 or later is needed; this one is {platform.python_version()}.")
        return 2
    if not arguments or arguments[0] not in VERBS:
        say(help_text())
        return 0 if not arguments or arguments[0] in ("help", "-h", "--help") else 2
    try:
        return VERBS[arguments[0]](arguments[1:])
    except SetupFailed as failure:
        say(str(failure))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
