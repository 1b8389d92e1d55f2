"""The wire of the packet-level weak link: one process that passes every packet between two devices.

Each direction: serialisation at the line's rate, behind a queue of so many bytes that drops what
does not fit, then random loss (a lost packet has used the air), then the way itself. Both kernels
run their real TCP. Never opens, changes or answers a packet, but for the resets of a cut.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

#: From <linux/if_tun.h>: packets without a header of their own, on a device of the network layer.
_TUNSETIFF = 0x400454CA
_IFF_TUN_NO_PI = 0x1001
_TCP = 6
_SYN, _RST, _ACK = 0x02, 0x04, 0x10
#: Each counts as one byte of the stream.
_SYN_OR_FIN = 0x03
_MOST_PACKET_BYTES = 2048
#: A packet that left so much later than it should have is counted as late.
_LATE_S = 0.01
_SYSCTL_CONGESTION = "/proc/sys/net/ipv4/tcp_congestion_control"

#: hole: all is lost, flows survive. rst: both ends are told that the flow is over. nat: the carrier
#: forgets the flows, which die in silence for ever; only a new connection gets through.
KINDS = ("hole", "rst", "nat")
#: A flow as the kiosk sees it: its address and port, the office's address and port.
Flow = tuple[bytes, int, bytes, int]


@dataclass(frozen=True)
class Profile:
    """One kind of weak link; rates are those of whole IP packets."""

    name: str
    up_bit_s: float
    down_bit_s: float
    rtt_s: float
    loss: float
    queue_bytes: int
    #: Bounds of the time between two cuts; nothing is ever cut without.
    cut_every_s: tuple[float, float] | None = None
    cut_lasts_s: tuple[float, float] = (5.0, 15.0)
    cut_kinds: tuple[str, ...] = KINDS


@dataclass(frozen=True)
class Cut:
    """One time without a link, counted from the moment it opened."""

    begins_s: float
    ends_s: float
    kind: str


def cuts_of(profile: Profile, seed: int) -> Iterator[Cut]:
    """Yield the cuts of one run; the same for everybody who runs with this seed."""
    if profile.cut_every_s is None:
        return
    chance = random.Random(f"cuts {seed}")
    at = 0.0
    while True:
        begins = at + chance.uniform(*profile.cut_every_s)
        at = begins + chance.uniform(*profile.cut_lasts_s)
        yield Cut(begins, at, chance.choice(profile.cut_kinds))


@dataclass
class Counts:
    """What passed since the link opened."""

    #: What the sender put on its device: the offered load, whatever became of it.
    offered_bytes: int = 0
    #: Of it, what the packets carried of TCP's streams; what is sent twice counts twice.
    stream_bytes: int = 0
    delivered_bytes: int = 0
    delivered_packets: int = 0
    #: The queue was full.
    dropped_packets: int = 0
    #: Lost by chance.
    lost_packets: int = 0
    #: Sent while the link was cut, or by a flow that the carrier forgot.
    cut_packets: int = 0
    #: How long the line was sending.
    busy_s: float = 0.0
    #: Delivered later than they should have been: then the machine was too slow for this profile.
    late_packets: int = 0
    late_most_s: float = 0.0


@dataclass
class _Ends:
    """What each end of a flow would take for the next byte, as seen on the wire."""

    #: By direction of the segments: the last acknowledgement number sent by the receiver's peer.
    acked: list[int] = field(default_factory=lambda: [0, 0])
    #: End of the furthest segment that was delivered, by direction.
    reached: list[int] = field(default_factory=lambda: [0, 0])


class _Lane:
    """One direction."""

    def __init__(self, bit_s: float, profile: Profile, chance: random.Random, device: int) -> None:
        self._byte_s = 8 / bit_s
        self._profile = profile
        self._chance = chance
        self._device = device
        self._free_at = 0.0
        #: When each arrives, when it left the queue, and itself; in the order of sending.
        self._on_the_way: deque[tuple[float, float, bytes]] = deque()
        self.counts = Counts()

    def take(self, packet: bytes, now: float) -> None:
        """Queue a packet, or drop it."""
        backlog_bytes = max(0.0, self._free_at - now) / self._byte_s
        if backlog_bytes + len(packet) > self._profile.queue_bytes:
            self.counts.dropped_packets += 1
            return
        lasts = len(packet) * self._byte_s
        leaves = self._free_at = max(now, self._free_at) + lasts
        self.counts.busy_s += lasts
        self._on_the_way.append((leaves + self._profile.rtt_s / 2, leaves, packet))

    def next_at(self) -> float:
        return self._on_the_way[0][0] if self._on_the_way else float("inf")

    def due(self, now: float, is_cut_at: CutTimes) -> Iterator[bytes]:
        """Yield what has arrived by now."""
        while self._on_the_way and self._on_the_way[0][0] <= now:
            arrives, leaves, packet = self._on_the_way.popleft()
            is_lost = self._chance.random() < self._profile.loss
            if is_cut_at.covers(leaves):
                self.counts.cut_packets += 1
            elif is_lost:
                self.counts.lost_packets += 1
            else:
                self._note(packet, now - arrives)
                yield packet

    def hand_over(self, packet: bytes) -> None:
        # A full device, or one that is just going away, loses the packet as a real one would.
        with contextlib.suppress(OSError):
            os.write(self._device, packet)

    def _note(self, packet: bytes, late_s: float) -> None:
        self.counts.delivered_bytes += len(packet)
        self.counts.delivered_packets += 1
        self.counts.late_most_s = max(self.counts.late_most_s, late_s)
        if late_s > _LATE_S:
            self.counts.late_packets += 1


class CutTimes:
    """When there is no link, in the machine's own seconds: the last time that is known."""

    def __init__(self) -> None:
        self.begins, self.ends = float("-inf"), float("-inf")

    def covers(self, moment: float) -> bool:
        return self.begins <= moment < self.ends


class Wire:
    """Both directions and the cuts between them.

    Args:
        profile: how weak.
        seed: of losses and cuts.
        devices: the kiosk's and the office's TUN device.
    """

    def __init__(self, profile: Profile, seed: int, devices: tuple[int, int]) -> None:
        self._profile = profile
        self._seed = seed
        self._devices = devices
        rates = (profile.up_bit_s, profile.down_bit_s)
        #: Up, then down; each writes to the other end's device.
        self.lanes = tuple(
            _Lane(rate, profile, random.Random(f"loss {seed} {way}"), devices[1 - way])
            for way, rate in enumerate(rates)
        )
        self._cut = CutTimes()
        # Shut until somebody opens it.
        self._cut.begins, self._cut.ends = 0.0, float("inf")
        self._cuts: Iterator[Cut] = iter(())
        self._next_cut: Cut | None = None
        self._opened_at = 0.0
        self._flows: dict[Flow, _Ends] = {}
        self._forgotten: set[Flow] = set()

    def open(self) -> float:
        """Let packets through, and count and cut from this moment on."""
        self._opened_at = time.monotonic()
        self._cut.begins = self._cut.ends = self._opened_at
        self._cuts = cuts_of(self._profile, self._seed)
        self._next_cut = next(self._cuts, None)
        for lane in self.lanes:
            lane.counts = Counts()
        return self._opened_at

    def cut(self, kind: str, lasts_s: float) -> None:
        """Cut now."""
        now = time.monotonic()
        self._begin_cut(kind, now, now + lasts_s)

    def run(self) -> None:
        """Pass packets until the input ends; each of its lines is a command, answered by a line."""
        kiosk, office = self._devices
        commands = sys.stdin.fileno()
        while True:
            wait_s = max(0.0, self._next_at() - time.monotonic())
            ready = select.select([kiosk, office, commands], [], [], min(wait_s, 1.0))[0]
            now = time.monotonic()
            if self._next_cut and now >= self._opened_at + self._next_cut.begins_s:
                cut = self._next_cut
                self._next_cut = next(self._cuts, None)
                self._begin_cut(cut.kind, now, self._opened_at + cut.ends_s)
            for way, device in enumerate(self._devices):
                if device in ready:
                    self._read(way, now)
                for packet in self.lanes[way].due(now, self._cut):
                    self._note_delivered(packet, way)
                    self.lanes[way].hand_over(packet)
            if commands in ready and not self._obey(os.read(commands, 4096)):
                return

    def _next_at(self) -> float:
        cut_at = self._opened_at + self._next_cut.begins_s if self._next_cut else float("inf")
        return min(cut_at, *(lane.next_at() for lane in self.lanes))

    def _read(self, way: int, now: float) -> None:
        for _ in range(64):
            try:
                packet = os.read(self._devices[way], _MOST_PACKET_BYTES)
            except OSError:
                return
            if packet[0] >> 4 != 4:
                # The kernel's own talk of IPv6 neighbours is not part of what is measured.
                continue
            self.lanes[way].counts.offered_bytes += len(packet)
            if self._is_forgotten(packet, way):
                self.lanes[way].counts.cut_packets += 1
            else:
                self.lanes[way].take(packet, now)

    def _is_forgotten(self, packet: bytes, way: int) -> bool:
        """Note the packet's flow, and tell whether the carrier has forgotten it."""
        segment = _segment(packet, way)
        if segment is None:
            return False
        flow, flags, _, acked, length = segment
        self.lanes[way].counts.stream_bytes += length - bool(flags & _SYN_OR_FIN)
        if way == 0 and flags & _SYN and not flags & _ACK:
            self._forgotten.discard(flow)
        if flow in self._forgotten:
            return True
        ends = self._flows.setdefault(flow, _Ends())
        if flags & _ACK:
            ends.acked[1 - way] = acked
        return False

    def _note_delivered(self, packet: bytes, way: int) -> None:
        segment = _segment(packet, way)
        if segment is None or segment[0] not in self._flows:
            return
        flow, _, sequence, _, length = segment
        reached = self._flows[flow].reached
        if not reached[way] or (sequence + length - reached[way]) % 2**32 < 2**31:
            reached[way] = (sequence + length) % 2**32

    def _begin_cut(self, kind: str, now: float, until: float) -> None:
        self._cut.begins, self._cut.ends = now, until
        if kind == "rst":
            for flow, ends in self._flows.items():
                for way in (0, 1):
                    # Whichever of the two the end expects next: it obeys no other.
                    for sequence in {ends.acked[way], ends.reached[way]}:
                        self.lanes[way].hand_over(_reset(flow, way, sequence))
        if kind in ("rst", "nat"):
            self._forgotten.update(self._flows)
            self._flows.clear()

    def _obey(self, read: bytes) -> bool:
        for line in read.splitlines():
            command, *values = json.loads(line)
            answer: object = None
            if command == "open":
                answer = self.open()
            elif command == "cut":
                self.cut(*values)
            elif command == "counts":
                answer = [vars(lane.counts) for lane in self.lanes]
            print(json.dumps(answer), flush=True)
        return bool(read)


def _segment(packet: bytes, way: int) -> tuple[Flow, int, int, int, int] | None:
    """Return flow, flags, sequence, acknowledgement and length of a TCP packet."""
    header_bytes = (packet[0] & 15) * 4
    if packet[9] != _TCP or len(packet) < header_bytes + 20:
        return None
    source, target, sequence, acked, offset, flags = struct.unpack_from(
        ">HHIIBB", packet, header_bytes
    )
    here, there = (packet[12:16], source), (packet[16:20], target)
    flow: Flow = (*here, *there) if way == 0 else (*there, *here)
    total = int.from_bytes(packet[2:4])
    length = total - header_bytes - (offset >> 4) * 4 + bool(flags & _SYN_OR_FIN)
    return flow, flags, sequence, acked, length


def _reset(flow: Flow, way: int, sequence: int) -> bytes:
    """Return the packet with which something in the middle ends a flow for one of its ends."""
    ends = (flow[:2], flow[2:])
    (source, source_port), (target, target_port) = ends if way == 0 else ends[::-1]
    segment = struct.pack(
        ">HHIIBBHHH", source_port, target_port, sequence, 0, 5 << 4, _RST, 0, 0, 0
    )
    pseudo = source + target + struct.pack(">BBH", 0, _TCP, len(segment))
    segment = segment[:16] + struct.pack(">H", _sum(pseudo + segment)) + segment[18:]
    header = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, _TCP, 0) + source + target
    return header[:10] + struct.pack(">H", _sum(header)) + header[12:] + segment


def _sum(content: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def open_tun(name: str) -> int:
    """Make a TUN device that lives as long as the returned descriptor."""
    import fcntl  # not everywhere, and tests that skip import this file

    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN_NO_PI))
    return device


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _plug_in(name: str, namespace: str, address: str, peer: str, congestion: str) -> int:
    device = open_tun(name)
    ip("link", "set", name, "netns", namespace)
    for line in (
        ["addr", "add", address, "peer", peer, "dev", name],
        ["link", "set", name, "up"],
        ["link", "set", "lo", "up"],
    ):
        ip("-n", namespace, *line)
    write = f"echo {congestion} > {_SYSCTL_CONGESTION}"
    ip("netns", "exec", namespace, "sh", "-c", write)
    return device


def _hurry() -> None:
    """Go before everything else on the machine: what is measured must not be our own lateness."""
    gc.disable()
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    # Slack of the kernel's timers, in nanoseconds (PR_SET_TIMERSLACK).
    ctypes.CDLL(None).prctl(29, 1)


def main(given: str) -> None:
    """Be the wire between two namespaces that exist already."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    plan = json.loads(given)
    names = {one.name for one in fields(Profile)}
    profile = Profile(**{key: value for key, value in plan["profile"].items() if key in names})
    addresses = plan["addresses"]
    devices = [
        _plug_in(name, namespace, addresses[end], addresses[1 - end], plan["congestion"])
        for end, (name, namespace) in enumerate(
            zip(plan["devices"], plan["namespaces"], strict=True)
        )
    ]
    wire = Wire(profile, plan["seed"], (devices[0], devices[1]))
    _hurry()
    print("ready", flush=True)
    wire.run()


if __name__ == "__main__":
    main(sys.argv[1])
