"""The whole journey without a display: applied, sent, returned, mended, accepted; with pictures.

Walks through the real window on Qt's offscreen platform, against the real office in a process of
its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.bootstrap import make_desk, open_kiosk
from app.demo_office import OFFICER, DemoOffice, running_office
from app.demo_papers import demo_person, draw_papers
from app.domain.events import ReturnedItem
from app.domain.words import Words
from app.office.review import accept, return_for_correction, start_review

PIN = "271828"
_WAY = ("new_for_whom", "passport_new_adult")
_MENDED_STREET = "Jalan Contoh 7, RT 002 RW 001, Kelurahan Terempa"

Say = Callable[[str], None]


class _Answered(msgspec.Struct, frozen=True):
    """What is known of the application after it was sent."""

    application_id: str
    reference: str
    proof: str


def run_journey(folder: Path, words: Words, say: Say) -> int:
    """Run the journey in a fresh folder; 0 when every step held."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    home = folder / "journey"
    shutil.rmtree(home, ignore_errors=True)
    pictures = home / "pictures"
    pictures.mkdir(parents=True)
    with running_office(home / "office") as office:
        with open_kiosk(home / "kiosk") as opened:
            office.make_known(opened)
        _Journey(home, office, words, say).run()
    say(words("demo.pictures", folder=pictures))
    return 0


class _Journey:
    def __init__(self, home: Path, office: DemoOffice, words: Words, say: Say) -> None:
        from app.ui.walk import Walk

        self._office = office
        self._words = words
        self._say = say
        self._home = home
        self._person = demo_person()
        papers = draw_papers(home / "papers", self._person)
        reason = self._person["overrides"][0]["reason"]
        self._desk = make_desk(home / "kiosk")
        self._walk = Walk(self._desk, home / "pictures", self._person["answers"], papers, reason)

    def run(self) -> None:
        """Walk, and close the window whatever happens."""
        try:
            self._all()
        finally:
            self._walk.close()

    def _all(self) -> None:
        walk, words = self._walk, self._words
        code = walk.apply(_WAY, PIN)
        walk.fill_and_send()
        first = self._received(1)
        self._step(words("demo.applied", reference=first.reference))
        self._step(words("demo.sent", proof=first.proof))
        self._save_slips(first)

        self._return(first.application_id)
        self._hear_of(first.application_id, "returned")
        self._step(words("demo.returned"))
        walk.mend("address_street", _MENDED_STREET)
        walk.resume(code, PIN)
        walk.fill_and_send()
        second = self._received(2)
        self._step(words("demo.corrected", proof=second.proof))

        self._accept(first.application_id)
        self._hear_of(first.application_id, "accepted")
        walk.look_up(first.reference, self._person["answers"]["birth_date"])
        self._step(words("demo.accepted", state=words("office_state.accepted")))

    # --- what the two sides do --------------------------------------------------------------------

    def _received(self, revision: int) -> _Answered:
        """Wait for the receipt of a revision, as the person at the last screen does."""
        from app.services.lists import details, list_applications

        kiosk = self._walk.open_desk.kiosk
        application_id = list_applications(kiosk)[0].application_id

        def proofs() -> list[str]:
            found = details(kiosk, application_id)
            return [
                one.proof for one in found.submissions if one.revision == revision and one.proof
            ]

        self._walk.wait_until(lambda: bool(proofs()), f"receipt {revision}")
        reference = details(kiosk, application_id).reference or ""
        return _Answered(application_id, reference, proofs()[0])

    def _hear_of(self, application_id: str, state: str) -> None:
        """Wait until the kiosk has heard of a state at the office."""
        from app.services.lists import details

        desk = self._walk.open_desk
        desk.sending.wake()
        self._walk.wait_until(
            lambda: details(desk.kiosk, application_id).office_state == state, state
        )

    def _return(self, application_id: str) -> None:
        wanted = (
            ReturnedItem("field", "address_street", "Tulis juga nama kelurahan."),
            ReturnedItem("document", "kk", "Sisi kiri terpotong."),
        )
        with self._office.opened() as office:
            start_review(office, OFFICER, application_id)
            return_for_correction(office, OFFICER, application_id, 1, wanted, "Mohon diperbaiki.")

    def _accept(self, application_id: str) -> None:
        with self._office.opened() as office:
            start_review(office, OFFICER, application_id)
            accept(office, OFFICER, application_id, 2)

    def _save_slips(self, answered: _Answered) -> None:
        from app.services.slips import slip

        kiosk = self._walk.open_desk.kiosk
        for paper in ("a5", "roll80"):
            pdf = slip(kiosk, answered.application_id, paper, self._words)
            (self._home / "pictures" / f"slip-{paper}.pdf").write_bytes(pdf)

    def _step(self, what: str) -> None:
        self._say(self._words("demo.step", what=what))
