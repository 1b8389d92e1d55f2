"""One run of one client over one weak link, from the moment the link opens until all is there."""

from __future__ import annotations

import hashlib
import json
import os
import select
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from bench.link_certificates import TlsFiles
from bench.link_clients import Client, Trial
from bench.link_kiosk import PANEL_FILE
from bench.link_payloads import START_S, Payload, killed_after
from tests.link_packets import PROFILES, ROOT, WeakNetwork, limit_share, up_time_s
from tests.link_wire import Counts

#: After so long a run counts as not finished: more than twice what ours may take.
MOST_S = {"good": 140.0, "vsat": 150.0, "edge": 150.0, "flaky": 230.0, "lossy": 900.0}
#: How often it is looked whether the first form has come.
_LOOK_S = 0.02
#: A run in which the wire itself was so late shows the machine, not the client.
_MOST_LATE_SHARE, _MOST_LATE_S = 0.01, 0.1
_WORTH_FORESEEING_S = 10.0


class RunFailed(Exception):
    """A run showed nothing but that something is wrong with it."""


@dataclass(frozen=True)
class Figures:
    """What one run showed."""

    client: str
    profile: str
    seed: int
    is_finished: bool
    wall_s: float
    up_time_s: float
    #: Of what the link can carry at most while it is up; 0 when the run did not finish.
    share: float
    #: Infinite when it never came.
    first_form_s: float
    payload_bytes: int
    #: What the kiosk put on the wire, with headers and all; and the office.
    up_bytes: int
    down_bytes: int
    #: Of it, what TCP carried: the payload, what wraps it, and what was sent again.
    stream_bytes: int
    late_share: float
    late_most_s: float
    #: Processes waiting for a processor when the run began.
    load: float
    #: Of the moments when 10 s or more were still to go, the share in which the kiosk's panel
    #: expected within a quarter what then came; None of those who have no panel.
    foreseen_share: float | None = None

    @property
    def is_wire_late(self) -> bool:
        """Tell whether the machine was too busy for this run to count."""
        return self.late_share > _MOST_LATE_SHARE or self.late_most_s > _MOST_LATE_S

    @property
    def offered_ratio(self) -> float:
        """Bytes on the uplink for each byte of payload."""
        return self.up_bytes / self.payload_bytes

    @property
    def resent_ratio(self) -> float:
        """Bytes of the stream beyond the payload, for each byte of it."""
        return self.stream_bytes / self.payload_bytes - 1

    def as_row(self) -> dict[str, object]:
        """Return what is kept of it."""
        return asdict(self)


def measure(client: Client, profile: str, seed: int, payload: Payload, tls: TlsFiles) -> Figures:
    """Carry the payload once."""
    folder = Path(tempfile.mkdtemp(prefix="loket-link-"))
    try:
        with WeakNetwork(PROFILES[profile], seed, is_open=False) as net:
            trial = Trial(net, payload, folder, tls)
            with client.serve(trial):
                return _watch(client, trial)
    finally:
        shutil.rmtree(folder)


def _watch(client: Client, trial: Trial) -> Figures:
    """Let the client work until it is done or its time is over."""
    load = os.getloadavg()[0]
    complaints = trial.folder / "complaints.txt"
    with (
        complaints.open("w") as said_wrong,
        subprocess.Popen(
            trial.net.in_kiosk(client.command(trial)),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said_wrong,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        with killed_after(process, START_S):
            heard = process.stdout.readline()
        if heard != "ready\n":
            raise RunFailed(f"did not start: {complaints.read_text().strip()[-300:]}")
        opened_at = trial.net.open()
        process.stdin.write("go\n")
        process.stdin.flush()
        word, wall_s, form_s = _listen(process.stdout, client, trial, opened_at)
        up, down = trial.net.counts()
        process.kill()
    is_finished = word == "done\n"
    if is_finished:
        _check(client, trial)
    return _figures(client, trial, is_finished, wall_s, form_s, up, down, load)


def _listen(
    said: IO[str], client: Client, trial: Trial, opened_at: float
) -> tuple[str | None, float, float]:
    """Return the client's word, when it came, and when the first form did."""
    forms = [parcel for parcel in trial.payload.parcels if parcel.is_form]
    places = {client.place(trial, form): form.size_bytes for form in forms}
    most_s = MOST_S[trial.net.profile.name]
    word, form_s = None, float("inf")
    while True:
        if select.select([said], [], [], _LOOK_S)[0]:
            word = said.readline()
        wall_s = time.monotonic() - opened_at
        if form_s == float("inf") and any(_size(one) >= size for one, size in places.items()):
            form_s = wall_s
        if word is not None or wall_s > most_s:
            return word, wall_s, form_s


def _figures(
    client: Client,
    trial: Trial,
    is_finished: bool,
    wall_s: float,
    form_s: float,
    up: Counts,
    down: Counts,
    load: float,
) -> Figures:
    profile, seed = trial.net.profile, trial.net.seed
    up_s = up_time_s(profile, seed, wall_s)
    carried = trial.payload.size_bytes * 8 / profile.up_bit_s / up_s / limit_share(profile)
    packets = up.delivered_packets + down.delivered_packets
    return Figures(
        client=client.name,
        profile=profile.name,
        seed=seed,
        is_finished=is_finished,
        wall_s=wall_s,
        up_time_s=up_s,
        share=carried if is_finished else 0.0,
        first_form_s=form_s,
        payload_bytes=trial.payload.size_bytes,
        up_bytes=up.offered_bytes,
        down_bytes=down.offered_bytes,
        stream_bytes=up.stream_bytes,
        late_share=(up.late_packets + down.late_packets) / max(1, packets),
        late_most_s=max(up.late_most_s, down.late_most_s),
        load=load,
        foreseen_share=_foreseen(trial.folder / PANEL_FILE) if is_finished else None,
    )


def _foreseen(panel: Path) -> float | None:
    """Compare what a panel told with when it was over."""
    if not panel.exists():
        return None
    told = json.loads(panel.read_text())
    looks = [
        abs(expected_s - (told["ended_at"] - at)) <= (told["ended_at"] - at) / 4
        for at, expected_s in told["expected"]
        if told["ended_at"] - at >= _WORTH_FORESEEING_S
    ]
    return statistics.mean(looks) if looks else None


def _check(client: Client, trial: Trial) -> None:
    """See that what arrived is what was sent: speed that corrupts is none."""
    for parcel in trial.payload.parcels:
        place = client.place(trial, parcel)
        if place.suffix == ".body":
            # One body of many parts, as its server keeps it.
            is_right = _size(place) > parcel.size_bytes
        else:
            is_right = hashlib.sha256(place.read_bytes()).hexdigest() == parcel.digest
        if not is_right:
            raise RunFailed("brought something else than was sent")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
