"""The weak link used to the last byte: our engine and its peers over the same emulated links.

Four profiles, five seeds, real TCP and TLS 1.3 between two network namespaces: *good* 10 Mbit/s and
50 ms; *vsat* 256 kbit/s up, 600 ms, 1 % loss; *edge* 64 kbit/s up, 500 ms, 5 % loss; *flaky* the
same with cuts of 5 to 15 s every 20 to 40 s (all is lost; or both ends are reset; or the carrier
forgets the flows). Everybody carries the same sealed records, at least 60 s of link time. With
``--congestion cubic`` ours alone, as on a system that has no BBR: over one connection, over as
many as it finds to be good, and over five from the beginning; *lossy*, 512 kbit/s, 600 ms, 5 %
loss, is for that.

``share``: payload over what the link can carry while it is up, (1 - loss) x 1448/1500 of its rate,
from the moment it opens until the last receipt is held (a peer: until it says that it is done).
``first form``: until the first manifest is whole at the office. ``offered``: bytes on the uplink
for each byte of payload. ``resent``: bytes in TCP's stream beyond the payload (TLS and HTTP too).
``foreseen``: share of the seconds in which the panel expected the end within a quarter.
Needs root, because it makes network namespaces.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from bench.link_certificates import make_certificates
from bench.link_clients import CLIENTS, WITHOUT_BBR, Client, install_peers
from bench.link_payloads import Payload, prepare
from bench.link_runs import Figures, RunFailed, measure
from bench.measuring import close_with, say
from tests.link_packets import OFFICE, PROFILES, ROOT, why_not

#: Runs at once: what is slow leaves the processors idle, 10 Mbit/s do not.
BESIDE, BESIDE_GOOD = 6, 2
SEEDS = 5
USUAL = ["good", "vsat", "edge", "flaky"]
_ALL: dict[str, Client] = {**CLIENTS, **WITHOUT_BBR}
#: A peer that is ahead by less is not ahead.
_TOLERANCE = 0.01
RUNS_FILE = ROOT / "build" / "link-runs.jsonl"


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", nargs="+", choices=PROFILES, default=USUAL)
    parser.add_argument("--clients", nargs="+", choices=_ALL, default=list(CLIENTS))
    parser.add_argument("--congestion", choices=("bbr", "cubic"), default="bbr", help="offered")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--beside", type=int, default=BESIDE, help="runs at once")
    parser.add_argument(
        "--with", dest="earlier", type=Path, metavar="FILE",
        help=f"runs made before, as {RUNS_FILE.name} keeps them: counted as if made now",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="ours alone, one seed, not good")
    chosen = parser.parse_args()
    if chosen.congestion == "cubic":
        chosen.clients = [name for name in chosen.clients if name in WITHOUT_BBR]
        chosen.clients = chosen.clients or list(WITHOUT_BBR)
    if reason := why_not():
        say(f"No weak link on this machine: {reason}")
        return
    if chosen.quick:
        chosen.clients, chosen.seeds = ["ours"], 1
        chosen.profiles = [name for name in chosen.profiles if name != "good"]
    # What else this machine does shall not slow down what waits for the link most of the time.
    os.setpriority(os.PRIO_PROCESS, 0, -15)
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.seeds)
    earlier = _read(chosen.earlier) if chosen.earlier else []
    figures = _run(chosen.profiles, _present(chosen.clients), seeds, chosen.beside)
    _tell([*earlier, *figures])


def _read(kept: Path) -> list[Figures]:
    return [Figures(**json.loads(line)) for line in kept.read_text(encoding="utf-8").splitlines()]


def _present(clients: Iterable[str]) -> list[str]:
    """Return those that can run here; name those that cannot."""
    present = []
    npm_failure = install_peers() if set(clients) - {"ours", *WITHOUT_BBR} else ""
    for name in clients:
        lack = _ALL[name].absent()
        if not lack and "node" in _ALL[name].needs:
            lack = npm_failure
        if lack:
            say(f"absent: {name} ({lack})")
        else:
            present.append(name)
    return present


def _run(
    profiles: Sequence[str], clients: Sequence[str], seeds: Iterable[int], beside: int
) -> list[Figures]:
    figures: list[Figures] = []
    RUNS_FILE.parent.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="loket-link-payloads-") as scratch,
        RUNS_FILE.open("w", encoding="utf-8") as kept,
        ThreadPoolExecutor(beside) as slow,
        ThreadPoolExecutor(BESIDE_GOOD) as fast,
    ):
        tls = make_certificates(Path(scratch), OFFICE)
        runs: dict[Future[Figures], str] = {}
        for profile in profiles:
            payload = prepare(Path(scratch, profile), profile, tls)
            _describe(profile, payload)
            pool = fast if profile == "good" else slow
            for seed in seeds:
                for client in clients:
                    run = pool.submit(measure, _ALL[client], profile, seed, payload, tls)
                    runs[run] = f"{profile} {client} seed {seed}"
        for run in as_completed(runs):
            try:
                one = run.result()
            except RunFailed as failure:
                say(f"FAILED: {runs[run]}: {failure}")
                continue
            figures.append(one)
            kept.write(json.dumps(one.as_row()) + "\n")
            kept.flush()
            say(_line(one))
    return figures


def _describe(profile: str, payload: Payload) -> None:
    seconds = payload.size_bytes * 8 / PROFILES[profile].up_bit_s
    count = len(payload.parcels)
    say(f"{profile}: {count} records, {payload.size_bytes} bytes, {seconds:.0f} s of link time")


def _line(one: Figures) -> str:
    state = "" if one.is_finished else "  not finished"
    if one.is_wire_late:
        state += f"  NOT COUNTED: the wire was late by {one.late_most_s:.2f} s"
    return (
        f"{one.profile:5} {one.client:7} seed {one.seed}  share {one.share:.3f}"
        f"  wall {one.wall_s:6.1f} s  up {one.up_time_s:6.1f} s  form {one.first_form_s:5.1f} s"
        f"  offered {one.offered_ratio:.3f}  resent {one.resent_ratio:.3f}"
        f"  foreseen {_shown(one.foreseen_share)}  load {one.load:.1f}{state}"
    )


def _tell(figures: Sequence[Figures]) -> None:
    """Print medians, and the published figures."""
    of: dict[tuple[str, str], list[Figures]] = {}
    for profile in PROFILES:
        for client in _ALL:
            counted = [
                one
                for one in figures
                if (one.profile, one.client) == (profile, client) and not one.is_wire_late
            ]
            if counted:
                of[profile, client] = counted
    say(
        f"{'':13} {'share':>6} {'(least - most)':>15} {'form s':>7} {'offered':>8}"
        f" {'resent':>7} {'foreseen':>8} {'runs':>5} {'finished':>8}"
    )
    for (profile, client), runs in of.items():
        shares = [one.share for one in runs]
        spread = f"({min(shares):.3f} - {max(shares):.3f})"
        say(
            f"{profile:5} {client:7} {_median(runs, 'share'):6.3f} {spread:>15}"
            f" {_median(runs, 'first_form_s'):7.1f} {_median(runs, 'offered_ratio'):8.3f}"
            f" {_median(runs, 'resent_ratio'):7.3f} {_shown(_foreseen(runs)):>8}"
            f" {len(runs):5} {sum(one.is_finished for one in runs):8}"
        )
    say(f"load when it ended: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    close_with(**_published(of))


def _published(of: dict[tuple[str, str], list[Figures]]) -> dict[str, float]:
    shares = {who: _median(runs, "share") for who, runs in of.items()}
    ours = {profile: runs for (profile, client), runs in of.items() if client == "ours"}
    published = {f"share_{profile}": shares[profile, "ours"] for profile in ours}
    published |= {
        f"share_{profile}_{client}": share
        for (profile, client), share in shares.items()
        if client in WITHOUT_BBR
    }
    if ours:
        forms = [_median(runs, "first_form_s") for runs in ours.values()]
        published["first_form_s"] = max(forms)
    if "flaky" in ours:
        published["resent_flaky"] = _median(ours["flaky"], "resent_ratio")
    ahead = {
        profile
        for (profile, client), share in shares.items()
        if profile in ours and share > shares[profile, "ours"] + _TOLERANCE
    }
    return {**published, "behind_peer": len(ahead)}


def _foreseen(figures: Sequence[Figures]) -> float | None:
    told = [one.foreseen_share for one in figures if one.foreseen_share is not None]
    return statistics.median(told) if told else None


def _shown(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}"


def _median(figures: Sequence[Figures], name: str) -> float:
    return statistics.median(float(getattr(one, name)) for one in figures)


if __name__ == "__main__":
    main()
