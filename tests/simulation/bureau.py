"""The office of a simulated month: the real one on its files, its officer, deaths and backups."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec
from sqlalchemy import select

from app.domain.events import ReturnedItem
from app.errors import AppError, LocalFault
from app.office import review
from app.office.accepting import sweep
from app.office.application import create_app
from app.office.context import Office
from app.office.courier_import import import_file
from app.office.courier_returns import return_for_note
from app.office.keys import FILE_NAME, OfficeKeys
from app.office.records import catch_up
from app.office.review import Officer
from app.office.supplements import ask_for_page
from app.office.tables import ApplicationRow, OfficerRow, SubmissionDocumentRow, SubmissionRow
from app.security.durable import write_private
from tests.fakes import FakeDice
from tests.office.house import open_at
from tests.simulation.mortal import Mortal, remember_statements, ties
from tests.simulation.seeded_age import seeded_keys
from tests.simulation.times import SkewedClock
from tests.simulation.wire import Wire

ANI = Officer("ani", "Ani Pemeriksa", ("adjudicator",))


class Bureau:
    """The office, its officer and its disk.

    Args:
        folder: of the office; backups stand beside it.
        clock: the office's.
        chance: of keys and of the officer's mind.
    """

    def __init__(self, folder: Path, clock: SkewedClock, chance: random.Random) -> None:
        self.folder = folder
        self.clock = clock
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
        with self.office.database.write() as session:
            session.add(
                OfficerRow(
                    name=ANI.name,
                    shown_name=ANI.shown_name,
                    password_digest="",
                    created_at=self.clock.now(),
                )
            )

    def start(self) -> None:
        """Be a new process on the same folder."""
        self.office = open_at(self.folder, clock=self.clock, dice=self._dice)
        self.mortal = Mortal("office")
        database = self.office.database
        remember_statements(database.engine, database._writing)
        self._ties.enter_context(ties(self.mortal, database.engine))
        self.office.blobs.clear_unfinished()
        catch_up(self.office)
        sweep(self.office)
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

    def restore(self) -> bool:
        """Come back from the backup, if there is one."""
        copy = self.folder.with_name("backup")
        if not copy.exists():
            return False
        self.end()
        shutil.rmtree(self.folder)
        shutil.copytree(copy, self.folder)
        self.start()
        return True

    def keep_house(self) -> None:
        """Do what the office does every ten minutes."""
        catch_up(self.office)
        sweep(self.office)

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
        """Let the officer do one thing with one application; return what for the log."""
        rows = self.applications()
        if not rows:
            return "nothing to do"
        row = self.chance.choice(rows)
        deeds: dict[str, tuple[int, Callable[[ApplicationRow], None]]] = {
            "review": (4, lambda one: review.start_review(self.office, ANI, one.id)),
            "accept": (3, lambda one: review.accept(self.office, ANI, one.id, one.revision)),
            "reject": (1, lambda one: review.reject(self.office, ANI, one.id, one.revision, "no")),
            "return": (4, self._return),
            "look": (3, self._look),
            "ask": (3, self._ask),
        }
        weights = [weight for weight, _ in deeds.values()]
        (name,) = self.chance.choices(list(deeds), weights)
        try:
            deeds[name][1](row)
        except LocalFault as fault:
            return f"{name} {row.reference}: {fault.code}"
        except AppError as error:
            return f"{name} {row.reference}: {error.code}"
        return f"{name} {row.reference}"

    def read_stick(self, path: Path) -> tuple[str, bytes] | None:
        """Take a courier file apart; return the answer's name and bytes, None without a note."""
        done = import_file(self.office, path, "officer:ani")
        if done.code:
            return None
        answer = return_for_note(self.office, done.note_digest)
        return answer.name, answer.content

    def lose_a_file(self) -> str:
        """Let the disk forget one record."""
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
            for need in self._needs(submission.id):
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

    def _return(self, row: ApplicationRow) -> None:
        needs = self._needs(self._submission(row).id)
        items = (ReturnedItem("document", self.chance.choice(needs), "blurred"),)
        review.return_for_correction(self.office, ANI, row.id, row.revision, items)

    def _look(self, row: ApplicationRow) -> None:
        needs = self._needs(self._submission(row).id)
        review.open_submission(self.office, ANI, row.id)
        need = self.chance.choice(needs)
        review.open_document(self.office, ANI, row.id, row.revision, need)

    def _ask(self, row: ApplicationRow) -> None:
        needs = self._needs(self._submission(row).id)
        need = self.chance.choice(needs)
        ask_for_page(self.office, ANI, row.id, row.revision, need, 1)

    def _submission(self, row: ApplicationRow) -> SubmissionRow:
        with self.office.database.read() as session:
            return session.scalars(
                select(SubmissionRow).where(
                    SubmissionRow.application_id == row.id, SubmissionRow.revision == row.revision
                )
            ).one()

    def _needs(self, submission_id: str) -> list[str]:
        with self.office.database.read() as session:
            return list(
                session.scalars(
                    select(SubmissionDocumentRow.need)
                    .where(SubmissionDocumentRow.submission_id == submission_id)
                    .order_by(SubmissionDocumentRow.position)
                )
            )
