"""Three kiosks and an office in one process: everything that can happen, from one seed.

Each method is one thing that happens; what it did stands in ``log``. Holds what people know to be
true (what they finalized), and never asks the machines for it.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from app.storage.contact import Contact
from app.sync.link import Link
from tests.simulation.bureau import Bureau
from tests.simulation.mortal import Killed
from tests.simulation.road import CALM, ROUGH, Fault, Road, SimulatedLink
from tests.simulation.seeded_age import seeded_sealing
from tests.simulation.times import SkewedClock, Time
from tests.simulation.treasury import Treasury
from tests.simulation.villages import URL, Village
from tests.simulation.wire import Ask, Told, without_threads

NAMES = ("LET", "TAR", "JEM")
_YEAR_S = 365 * 24 * 3600.0
#: A kiosk and an office go through so many steps in a cycle with something to send.
_MOST_STEPS = 60


class World:
    """Everything there is.

    Args:
        folder: of all machines.
        seed: of everything that happens.
        kiosks: how many.
    """

    def __init__(self, folder: Path, seed: int, kiosks: int = 3) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.time = Time()
        self.log: list[str] = []
        self.counts: Counter[str] = Counter()
        self._echoes: list[Ask] = []
        self._stack = ExitStack()
        self._stack.enter_context(seeded_sealing(random.Random(seed + 1)))
        self._stack.enter_context(without_threads())
        self.road = Road(self, self.time, random.Random(seed + 2))
        self.treasury = Treasury(SkewedClock(self.time), self._split())
        self.bureau = Bureau(
            folder / "office", SkewedClock(self.time), self._split(), self.treasury
        )
        self._stick, self._drawer = folder / "stick", folder / "drawer"
        self._stick.mkdir()
        self._drawer.mkdir()
        self.villages = [
            Village(
                folder / name, name, SkewedClock(self.time), self._split(), self._link,
                # The first kiosk's system has no rule that withstands losses.
                has_lanes=name == NAMES[0],
            )
            for name in NAMES[:kiosks]
        ]  # fmt: skip
        for village in self.villages:
            village.enrol(self.bureau)
        self.road.weather = ROUGH
        self.treasury.is_moody = True

    def close(self) -> None:
        """End it all."""
        for village in self.villages:
            village.end()
        self.bureau.end()
        self._stack.close()

    def trace(self) -> str:
        """Return a short name of everything that happened."""
        return hashlib.sha256("\n".join(self.log).encode()).hexdigest()[:16]

    def _split(self) -> random.Random:
        return random.Random(self.chance.randrange(2**32))

    def _link(self, village: Village, office: Contact | None) -> Link:
        return SimulatedLink(URL, village, office, self.road)

    def _note(self, what: str) -> None:
        self.log.append(f"{self.time.seconds:.2f} {what}")

    # --- what lies between them ---------------------------------------------------------------

    def carry(self, ask: Ask, arriving_bytes: int | None = None) -> Told | None:
        """Bring a request to the office; None when its connection ends first, or the office."""
        try:
            told = self.bureau.wire.carry(ask, arriving_bytes)
        except Killed:
            self._office_died(f"{ask.method}")
            return None
        shown = f"{len(ask.body)}" if arriving_bytes is None else f"{arriving_bytes} cut"
        self._note(f"{ask.method} {shown}: {told.status if told else '-'}")
        return told

    def hang(self, ask: Ask, arriving_bytes: int) -> None:
        """Bring a part of a request over, and no more."""
        self._note(f"{ask.method} {arriving_bytes} silence")
        try:
            self.bureau.wire.hang(ask, arriving_bytes)
        except Killed:
            self._office_died("silence")

    def echo_later(self, ask: Ask) -> None:
        """Keep a copy of a request that will arrive again."""
        self._echoes.append(ask)

    def office_dies_soon(self) -> None:
        """Choose a step at which the office's process ends."""
        self.bureau.mortal.dies_in(self.chance.randint(1, _MOST_STEPS // 2))

    def _office_died(self, where: str) -> None:
        self.counts["office_kills"] += 1
        self._note(f"office died in {where}")
        self.bureau.restart()

    # --- what happens -------------------------------------------------------------------------

    def somebody_finalizes(self, village: Village) -> None:
        """A person hands in an application."""
        try:
            made = village.finalize()
        except Killed:
            self._kiosk_died(village, "finalizing")
            return
        self._note(f"{made.reference} finalized")

    def somebody_corrects(self, village: Village) -> None:
        """A person mends what came back."""
        try:
            made = village.correct()
        except Killed:
            self._kiosk_died(village, "correcting")
            return
        if made is not None:
            self._note(f"{made.reference} corrected, revision {made.revision}")

    def somebody_asks(self, village: Village) -> None:
        """An applicant asks something of the office."""
        try:
            self._note(f"{village.name} {village.ask()}")
        except Killed:
            self._kiosk_died(village, "asking")

    def somebody_says(self, village: Village) -> None:
        """An applicant says what they think."""
        try:
            self._note(f"{village.name} {village.applicants.say(village.kiosk)}")
        except Killed:
            self._kiosk_died(village, "saying")

    def somebody_pays(self, village: Village) -> None:
        """An applicant pays what the screen shows."""
        try:
            bill = village.payable()
        except Killed:
            self._kiosk_died(village, "looking")
            return
        if bill is not None:
            self._note(f"{bill.code}: {self.treasury.take(bill.code, bill.rupiah)}")

    def treasury_tells(self) -> None:
        """The treasury tells the office of a payment, and may not hear the answer."""
        payment = self.treasury.next_notice()
        if payment is None:
            return
        told = self.carry(self.treasury.ask(payment, URL))
        is_heard = told is not None and told.status == 200
        payment.is_heard = is_heard and self.chance.random() < 0.8
        self._note(f"{payment.notice.id} told: {told.body.decode() if told else '-'}")

    def treasury_tells_all(self) -> None:
        """The treasury goes through its books with the office."""
        for payment in self.treasury.payments:
            while not payment.is_heard:
                told = self.carry(self.treasury.ask(payment, URL))
                payment.is_heard = told is not None and told.status == 200

    def kiosk_syncs(self, village: Village, *, is_forced: bool = False) -> None:
        """The engine runs one cycle."""
        try:
            report = village.cycle(is_forced=is_forced)
        except Killed:
            # The office's deaths end where its answers are waited for.
            self._kiosk_died(village, "cycle")
            return
        self.counts["cycles"] += 1
        waits = ",".join(f"{one.reference}:{one.reason}" for one in report.waits)
        self._note(f"{village.name} synced: {report.error} {report.received_events} [{waits}]")

    def kiosk_dies_soon(self, village: Village) -> None:
        """Choose a step at which the kiosk's process ends."""
        village.mortal.dies_in(self.chance.randint(1, _MOST_STEPS))

    def _kiosk_died(self, village: Village, where: str) -> None:
        self.counts["kiosk_kills"] += 1
        self._note(f"{village.name} died in {where}")
        village.restart()

    def operator_sends_again(self, village: Village) -> None:
        """The operator takes up what stands aside."""
        try:
            self._note(f"{village.name} sends {village.send_again()} again")
        except Killed:
            self._kiosk_died(village, "sending again")

    def officer_acts(self) -> None:
        """The officer does one thing."""
        try:
            self._note(f"officer: {self.bureau.act()}")
        except Killed:
            self._office_died("acting")

    def office_keeps_house(self) -> None:
        """The office does its chores."""
        try:
            self.bureau.keep_house()
        except Killed:
            self._office_died("keeping house")

    def office_is_restarted(self) -> None:
        """The office's machine loses power while nobody asks."""
        self.counts["office_kills"] += 1
        self._note("office restarted")
        self.bureau.restart()

    def office_backs_up(self) -> None:
        """The office's folder is copied."""
        self.bureau.back_up()

    def office_is_restored(self) -> None:
        """The office's disk is lost; the backup takes its place."""
        if self.bureau.restore():
            self.counts["office_restores"] += 1
            self.treasury.repeat_everything()
            self._note("office restored")

    def office_loses_a_file(self) -> None:
        """The office's disk forgets a record."""
        self._note(self.bureau.lose_a_file())
        self.counts["files_lost"] += 1

    def something_late_arrives(self) -> None:
        """A request of some other day arrives once more, or a silent sender's bytes do."""
        try:
            if self.bureau.wire.hanging and self.chance.random() < 0.7:
                self._note("late bytes")
                self.bureau.wire.stir(self.chance.randrange(9), self.chance.choice((0, 500, 9000)))
            elif self._echoes:
                ask = self._echoes.pop(self.chance.randrange(len(self._echoes)))
                self._note(f"echo of {ask.method}")
                self.bureau.wire.carry(ask)
        except Killed:
            self._office_died("late arrival")

    def courier_calls(self, village: Village) -> None:
        """The courier's stick is put into a kiosk; it keeps copies of what it carries."""
        try:
            self._note(f"{village.name} and stick: {village.exchange(self._stick)}")
        except Killed:
            self._kiosk_died(village, "at the stick")
        self.counts["courier_calls"] += 1
        self._keep_copies()

    def courier_is_at_the_office(self) -> None:
        """The stick is read at the office, and the answers are written on it."""
        for path in sorted(self._stick.glob("*.lpk")):
            self._office_reads(path)
        self._keep_copies()

    def an_old_stick_turns_up(self) -> None:
        """A file of some earlier trip is read again, perhaps one that was pulled out too soon."""
        kept = sorted(self._drawer.iterdir())
        if not kept:
            return
        path = self._drawer / self.chance.choice(kept).name
        self._note(f"old {path.name}")
        if path.suffix == ".lpk":
            torn = self.folder / path.name
            whole = path.read_bytes()
            torn.write_bytes(whole[: self.chance.choice((len(whole), len(whole) // 2, 50))])
            self._office_reads(torn)
            return
        (village,) = (one for one in self.villages if f"-{one.name}-" in path.name)
        try:
            village.read_again(path)
        except Killed:
            self._kiosk_died(village, "reading an old stick")

    def _office_reads(self, path: Path) -> None:
        try:
            answer = self.bureau.read_stick(path)
        except Killed:
            self._office_died("reading a stick")
            return
        self._note(f"office read {path.name}: {answer[0] if answer else 'torn'}")
        if answer is not None:
            (self._stick / answer[0]).write_bytes(answer[1])

    def _keep_copies(self) -> None:
        for path in self._stick.iterdir():
            copy = self._drawer / path.name
            if path.suffix in (".lpk", ".lpr") and not copy.exists():
                copy.write_bytes(path.read_bytes())

    def a_clock_jumps(self) -> None:
        """A battery dies, or somebody sets a clock; half of the time it is set right again."""
        clock = self.chance.choice(
            [self.bureau.clock, *(village.clock for village in self.villages)]
        )
        clock.skew_s = self.chance.choice((0.0, 0.0, 0.0, -_YEAR_S, _YEAR_S, -3600.0, 86_400.0))
        self.counts["clock_jumps"] += 1
        self._note(f"a clock stands {clock.skew_s:+.0f} s wrong")

    def storm_ends(self) -> None:
        """From now on everything works, and nobody dies."""
        self.road.weather = CALM
        self.treasury.is_moody = False
        self.bureau.mortal.lives_on()
        self.bureau.clock.skew_s = 0.0
        for village in self.villages:
            village.mortal.lives_on()
            village.clock.skew_s = 0.0

    def cuts(self) -> int:
        """Return how many requests the weather spoiled."""
        return sum(n for fault, n in self.road.struck.items() if fault is not Fault.NONE)
