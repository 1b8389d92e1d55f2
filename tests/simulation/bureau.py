"""The office of a simulated month: the real one on its files, its officer, deaths and backups."""

from __future__ import annotations

import random
import shutil
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
from sqlalchemy import select

from app.domain.catalogue import Catalogue, Fee, FeeRule, Label, Source
from app.errors import AppError
from app.imaging.pool import ImagingPool
from app.office import review
from app.office.application import _CHORES, create_app
from app.office.context import Office, OfficeSettings
from app.office.courier_import import import_file
from app.office.courier_returns import return_for_note
from app.office.keys import FILE_NAME, OfficeKeys
from app.office.slots.tables import SlotRuleRow
from app.office.tables import ApplicationRow, SubmissionRow
from app.security.durable import write_private
from tests.fakes import FakeDice
from tests.laying import open_laid
from tests.office.house import small_catalogue
from tests.simulation.desk import ANI, Desk, needs_of
from tests.simulation.mortal import Mortal, ties
from tests.simulation.seeded_age import seeded_keys
from tests.simulation.times import SkewedClock
from tests.simulation.treasury import SECRET, Treasury
from tests.simulation.wire import Wire

#: Two mornings a week, two people side by side, one of them with priority: soon there is no room.
_MORNINGS = (1, 3)
PLACES = 2


class _Blind(ImagingPool):
    """Looks at no picture: a world's papers are noise, and a worker's pace is nobody's seed."""

    def likenesses(self, untrusted_document: bytes, media_type: str) -> tuple[bytes, ...]:
        return ()


class Bureau:
    """The office, its officer and its disk.

    Args:
        folder: of the office; backups stand beside it.
        clock: the office's.
        chance: of keys and of the officer's mind.
        treasury: issues billing codes.
    """

    def __init__(
        self, folder: Path, clock: SkewedClock, chance: random.Random, treasury: Treasury
    ) -> None:
        self.folder = folder
        self.clock = clock
        self.treasury = treasury
        self.desk = Desk(clock, random.Random(chance.randrange(2**32)))
        #: How often it came back from its backup.
        self.restores = 0
        self._written_then: list[tuple[str, str]] = []
        self.chance = chance
        self.mortal = Mortal("office")
        self.office: Office
        self.wire: Wire
        self._dice = FakeDice(chance.randrange(2**32))
        self._ties = ExitStack()
        self._make()

    def _make(self) -> None:
        keys = OfficeKeys("tarempa", seeded_keys(self.chance), self.chance.randbytes(32).hex())
        self.folder.mkdir(parents=True)
        write_private(self.folder / FILE_NAME, msgspec.json.encode(keys))
        self.start()
        self.desk.sit_down(self.office)
        with self.office.database.write() as session:
            session.add_all(_hours(weekday) for weekday in _MORNINGS)

    def start(self) -> None:
        """Be a new process on the same folder."""
        settings = OfficeSettings(self.folder, least_free_bytes=0, payment_secret=SECRET)
        office = open_laid(settings, self.clock, self._dice, _catalogue)
        office = replace(office, provider=self.treasury, imaging=_Blind(has_engine=False))
        self.office = self.desk.office = office
        self.mortal = Mortal("office")
        database = self.office.database
        self._ties.enter_context(ties(self.mortal, database.engine))
        self.office.blobs.clear_unfinished()
        self.desk.look_after_death()
        self.keep_house()
        self.wire = Wire(create_app(self.office))

    def end(self) -> None:
        """End the process; nothing of its memory is left."""
        self.mortal.lives_on()
        self.wire.close()
        self._ties.close()
        self.office.database.close()

    def restart(self) -> None:
        """Die and come back."""
        self.end()
        self.start()

    def back_up(self) -> None:
        """Copy the folder as it is between two transactions; the copy before is forgotten."""
        copy = self.folder.with_name("backup")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder, copy)
        self._written_then = list(self.desk.written)

    def restore(self) -> bool:
        """Come back from the backup, if there is one."""
        copy = self.folder.with_name("backup")
        if not copy.exists():
            return False
        self.end()
        shutil.rmtree(self.folder)
        shutil.copytree(copy, self.folder)
        self.desk.written = list(self._written_then)
        self.start()
        self.restores += 1
        return True

    def keep_house(self) -> None:
        """Do what the office does every minute."""
        for chore in _CHORES:
            chore(self.office)
        self.office.blobs.settle(0.0)

    def applications(self) -> list[ApplicationRow]:
        """Return what was received, oldest first."""
        with self.office.database.read() as session:
            return list(session.scalars(select(ApplicationRow).order_by(ApplicationRow.reference)))

    def submissions(self) -> list[SubmissionRow]:
        """Return every revision that was filed."""
        with self.office.database.read() as session:
            return list(
                session.scalars(
                    select(SubmissionRow).order_by(SubmissionRow.reference, SubmissionRow.revision)
                )
            )

    def act(self) -> str:
        """Let the officer do one thing; return what for the log."""
        return self.desk.act(self.applications())

    def read_stick(self, path: Path) -> tuple[str, bytes] | None:
        """Take a courier file apart; return the answer's name and bytes, None without a note."""
        done = import_file(self.office, path, "officer:ani")
        if done.code:
            return None
        answer = return_for_note(self.office, done.note_digest)
        return answer.name, answer.content

    def lose_a_file(self) -> str:
        """Let the disk forget one record."""
        self.office.blobs.settle(0.0)
        files = sorted(path for path in (self.folder / "blobs").glob("??/*") if path.is_file())
        if not files:
            return "nothing to lose"
        lost = self.chance.choice(files)
        lost.unlink()
        return f"lost {lost.name[:8]}"

    def look_at_everything(self) -> None:
        """Open every document that was received, as officers do in the end."""
        for submission in self.submissions():
            if submission.received_at is None:
                continue
            for need in needs_of(self.office, submission.id):
                try:
                    review.open_submission(
                        self.office, ANI, submission.application_id, submission.revision
                    )
                    review.open_document(
                        self.office, ANI, submission.application_id, submission.revision, need
                    )
                except AppError as error:
                    if error.code not in ("record_missing", "application_unknown"):
                        raise


def _catalogue() -> Catalogue:
    """Return the catalogue of the office's tests with a tariff."""
    plain = small_catalogue()
    label = Label("Paspor elektronik 5 tahun", "Electronic passport, 5 years")
    fee = Fee("E5", label, 650_000, date(2024, 12, 17), Source("invented", "high"))
    service = msgspec.structs.replace(plain.services[0], fees=(FeeRule("E5"),))
    return msgspec.structs.replace(plain, services=(service,), fees=(fee,))


def _hours(weekday: int) -> SlotRuleRow:
    return SlotRuleRow(
        id=f"r{weekday}", place_id="TRM", place="Kantor Imigrasi Tarempa", weekday=weekday,
        opens="08:00", closes="09:00", minutes=30, places=PLACES, priority_places=1,
        valid_from=date(2026, 1, 1),
    )  # fmt: skip
