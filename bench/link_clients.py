"""Who is measured on the weak link, each at its fair best: how server and client are started.

Every client says ``ready``, waits for a line, works, and says ``done`` when all of it is there.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.sync.lane_judge import STEPS
from bench.link_certificates import TlsFiles
from bench.link_payloads import (
    OFFICE_PORT,
    OFFICE_URL,
    START_S,
    Parcel,
    Payload,
    copy_for_run,
    killed_after,
    office_in,
)
from tests.link_packets import OFFICE, ROOT, WeakNetwork

PEERS = Path(__file__).parent / "peers"
#: Where npm puts what the peers' programs need; never into the checkout's own folders.
NODE_FOLDER = ROOT / "build" / "peers"
_PORT = str(OFFICE_PORT)
_LOOK_S = 0.02
#: Runs something while its block lasts.
_Block = AbstractContextManager[None]


@dataclass(frozen=True)
class Trial:
    """One run of one client.

    Attributes:
        net: the link.
        payload: what is to be carried.
        folder: of this run alone.
        tls: for servers and clients.
    """

    net: WeakNetwork
    payload: Payload
    folder: Path
    tls: TlsFiles

    @property
    def is_cut(self) -> bool:
        """Tell whether the link is cut now and then."""
        return self.net.profile.cut_every_s is not None

    @property
    def arrived(self) -> Path:
        """Where a peer's server puts what comes."""
        return self.folder / "arrived"


@dataclass(frozen=True)
class Client:
    """One way to carry documents.

    Attributes:
        name: in tables.
        serve: runs its server on the office's side.
        command: what runs on the kiosk's side.
        place: where a parcel lies at the office once it is there.
        needs: programs of the system.
    """

    name: str
    serve: Callable[[Trial], _Block]
    command: Callable[[Trial], Sequence[str]]
    place: Callable[[Trial, Parcel], Path]
    needs: tuple[str, ...] = ()

    def absent(self) -> str:
        """Return what this machine lacks for it; empty when nothing."""
        return ", ".join(name for name in self.needs if shutil.which(name) is None)


@contextmanager
def _server(trial: Trial, command: Sequence[str], *, says: str) -> Iterator[None]:
    """Run a peer's server until the block ends; it is there once its output has this word."""
    trial.arrived.mkdir(exist_ok=True)
    # A file: servers go on talking, and a pipe that nobody reads would stop them.
    heard = trial.folder / "server.txt"
    with (
        heard.open("w") as output,
        subprocess.Popen(
            trial.net.in_office(command),
            cwd=trial.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            with killed_after(process, START_S):
                while says not in heard.read_text(errors="replace"):
                    if process.poll() is not None:
                        raise RuntimeError(f"a server did not start: {shlex.join(command)}")
                    time.sleep(_LOOK_S)
            yield
        finally:
            process.kill()


def _in_shell(line: str) -> list[str]:
    """Return a command that says the two words around a line of the shell."""
    return ["sh", "-c", f"echo ready; read go; {line} && echo done"]


def _named(trial: Trial, parcel: Parcel) -> Path:
    return trial.arrived / parcel.path.name


# --- ours -----------------------------------------------------------------------------------------


@contextmanager
def _our_office(trial: Trial) -> Iterator[None]:
    copy_for_run(trial.payload.folder / "office", trial.folder / "office")
    copy_for_run(trial.payload.folder / "kiosk", trial.folder / "kiosk")
    with office_in(trial.net, trial.folder / "office", trial.tls):
        yield


def _our_kiosk(trial: Trial, *, has_steady: bool = True, steps: Sequence[int] = STEPS) -> list[str]:
    given: dict[str, object] = {"folder": str(trial.folder / "kiosk")}
    given |= {"ca_file": str(trial.tls.authority), "has_steady": has_steady, "steps": steps}
    return [sys.executable, "-m", "bench.link_kiosk", "run", json.dumps(given)]


def _our_place(trial: Trial, parcel: Parcel) -> Path:
    return trial.folder / "office" / "blobs" / parcel.digest[:2] / parcel.digest


# --- tus ------------------------------------------------------------------------------------------


def _node(program: str, *arguments: str) -> list[str]:
    # Modules are looked for beside the program, so it runs from where npm put them.
    return ["node", str(NODE_FOLDER / program), *arguments]


def _tus_server(trial: Trial) -> _Block:
    files = (str(trial.tls.certificate), str(trial.tls.key))
    command = _node("tus_server.mjs", str(trial.arrived), OFFICE, _PORT, *files)
    return _server(trial, command, says="ready")


def _tusjs(trial: Trial) -> list[str]:
    # The library notices no dead peer; where nothing is cut it is better off without our cut.
    idle_ms = "8000" if trial.is_cut else "0"
    command = _node("tusjs_client.mjs", f"{OFFICE_URL}/files", idle_ms, *_files(trial))
    return ["env", f"NODE_EXTRA_CA_CERTS={trial.tls.authority}", *command]


def _tuspy(trial: Trial) -> list[str]:
    # Time-outs count for a whole chunk, and without them a cut flow is waited for for ever.
    chunk_bytes, timeout_s = ("32768", "20") if trial.is_cut else ("0", "0")
    command = [sys.executable, str(PEERS / "tuspy_client.py"), f"{OFFICE_URL}/files"]
    command += [chunk_bytes, timeout_s, str(trial.folder / "urls.json"), *_files(trial)]
    return ["env", f"REQUESTS_CA_BUNDLE={trial.tls.authority}", *command]


def _files(trial: Trial) -> list[str]:
    return [str(parcel.path) for parcel in trial.payload.parcels]


# --- one multipart body for each application ------------------------------------------------------


def _body_server(trial: Trial) -> _Block:
    files = (str(trial.tls.certificate), str(trial.tls.key))
    command = _node("body_server.mjs", str(trial.arrived), OFFICE, _PORT, *files)
    return _server(trial, command, says="ready")


def _curl(trial: Trial) -> list[str]:
    """One request after the other on one connection; each is begun anew when it breaks."""
    always = ["--silent", "--show-error", "--fail", "--cacert", str(trial.tls.authority)]
    always += ["--retry", "1000", "--retry-all-errors", "--retry-delay", "1"]
    always += ["--speed-time", "20", "--speed-limit", "100", "--connect-timeout", "15"]
    always += ["--header", "Expect:"]
    requests: list[list[str]] = []
    for number in sorted({parcel.application for parcel in trial.payload.parcels}):
        parts = [one for one in trial.payload.parcels if one.application == number]
        forms = [
            word for at, one in enumerate(parts) for word in ("--form", f"part{at}=@{one.path}")
        ]
        requests.append([*always, *forms, f"{OFFICE_URL}/{number}.body"])
    joined = requests[0]
    for request in requests[1:]:
        joined += ["--next", *request]
    return _in_shell(shlex.join(["curl", *joined]))


def _body_place(trial: Trial, parcel: Parcel) -> Path:
    return trial.arrived / f"{parcel.application}.body"


# --- copying files --------------------------------------------------------------------------------


def _rsync_server(trial: Trial) -> _Block:
    settings = trial.folder / "rsyncd.conf"
    settings.write_text(
        f"port = {_PORT}\naddress = {OFFICE}\nuse chroot = no\ntimeout = 30\n"
        f"log file = /dev/stdout\n[arrived]\npath = {trial.arrived}\nread only = no\n"
        "uid = root\ngid = root\n"
    )
    command = ["rsync", "--daemon", "--no-detach", f"--config={settings}"]
    return _server(trial, command, says="starting")


def _rsync(trial: Trial) -> list[str]:
    options = ["-r", "--times", "--append-verify", "--partial", "--timeout=20", "--contimeout=10"]
    copy = ["rsync", *options, f"{trial.payload.folder / 'files'}/"]
    copy += [f"rsync://{OFFICE}:{_PORT}/arrived/"]
    return _in_shell(f"until {shlex.join(copy)} 2>/dev/null; do sleep 1; done")


def _rclone_server(trial: Trial) -> _Block:
    command = ["rclone", "serve", "webdav", str(trial.arrived), "--addr", f"{OFFICE}:{_PORT}"]
    command += ["--cert", str(trial.tls.certificate), "--key", str(trial.tls.key)]
    command += ["--config", "/dev/null", "--verbose"]
    return _server(trial, command, says="erver started")


def _rclone(trial: Trial) -> list[str]:
    transfers = 4 if trial.net.profile.name in ("good", "vsat") else 1
    copy = ["rclone", "copy", str(trial.payload.folder / "files"), ":webdav:/"]
    copy += ["--webdav-url", OFFICE_URL, "--ca-cert", str(trial.tls.authority)]
    copy += ["--config", "/dev/null", "--order-by", "size", "--no-traverse"]
    copy += ["--timeout", "20s", "--contimeout", "10s", "--retries", "100", "--retries-sleep", "1s"]
    copy += ["--transfers", str(transfers)]
    return _in_shell(f"{shlex.join(copy)} 2>/dev/null")


CLIENTS = {
    one.name: one
    for one in (
        Client("ours", _our_office, _our_kiosk, _our_place),
        Client("tuspy", _tus_server, _tuspy, _named, ("node",)),
        Client("tusjs", _tus_server, _tusjs, _named, ("node",)),
        Client("curl", _body_server, _curl, _body_place, ("node", "curl")),
        Client("rsync", _rsync_server, _rsync, _named, ("rsync",)),
        Client("rclone", _rclone_server, _rclone, _named, ("rclone",)),
    )
}
#: Ours on a system without BBR: as if one connection were all there is; as it is in its first
#: minutes on a network; and once it has found out that five carry more.
WITHOUT_BBR = {
    one.name: one
    for one in (
        Client("one", _our_office, partial(_our_kiosk, has_steady=False, steps=(1,)), _our_place),
        Client("several", _our_office, partial(_our_kiosk, has_steady=False), _our_place),
        Client("five", _our_office, partial(_our_kiosk, has_steady=False, steps=(5,)), _our_place),
    )
}


def install_peers() -> str:
    """Let npm bring in what the peers' programs need; returns why it could not."""
    if shutil.which("npm") is None:
        return "npm is not installed"
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    for file in PEERS.iterdir():
        if file.is_file():
            shutil.copy2(file, NODE_FOLDER)
    # Written last: an installation that was cut short is made anew.
    stamp, wanted = NODE_FOLDER / "installed.json", (PEERS / "package-lock.json").read_bytes()
    if stamp.is_file() and stamp.read_bytes() == wanted:
        return ""
    command = ["npm", "ci", "--no-audit", "--no-fund", "--omit=optional", "--ignore-scripts"]
    done = subprocess.run(command, cwd=NODE_FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"npm: {done.stderr.strip().splitlines()[-1]}"
    stamp.write_bytes(wanted)
    return ""
