"""What a person thinks is asked once at the end, without a name, and left out in one touch."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtWidgets import QPlainTextEdit
from sqlalchemy import select

from app.domain.opinions import Opinion, Said
from app.protocol.keys import new_keys
from app.protocol.opinion import open_opinion
from app.services.drafts import load_draft
from app.storage.tables import ApplicationRow, EnrolmentRow, OpinionRow, TimelineRow
from app.ui.applicant.done import DoneScreen
from app.ui.applicant.life.follow import FollowScreen
from app.ui.applicant.life.life_screen import Followed
from tests.living import Life
from tests.ui.making import House, finalized, receive, settle
from tests.ui.person import Person

OFFICE = new_keys()


@pytest.fixture(autouse=True)
def sealed_to_us(house: House) -> None:
    """Be the office, to read what is sealed to it."""
    with house.kiosk.store.write() as session:
        session.get_one(EnrolmentRow, 1).office_recipient = OFFICE.public().recipient


def said(house: House) -> list[Opinion]:
    """Read them as the office would."""
    with house.kiosk.store.read() as session:
        digests = session.scalars(select(OpinionRow.digest)).all()
    opened = (open_opinion(house.kiosk.store.blobs.read(one), OFFICE.identity) for one in digests)
    return [one.opinion for one in opened]


def finish(house: House, person: Person) -> str:
    done = finalized(house.kiosk)
    person.window.restart(partial(DoneScreen, application_id=done.application_id))
    settle(person.window)
    person.press("primary")
    assert person.place == "opinion"
    return done.application_id


def test_after_the_slip_one_touch_leaves_it_out(house: House, person: Person) -> None:
    finish(house, person)
    person.press("skip")
    assert person.place == "home"
    assert said(house) == []
    finish(house, person)
    person.press("primary")
    assert person.place == "home", "nothing said is nothing sent"
    assert said(house) == []


def test_three_touches_and_a_word_are_kept_without_the_application(
    house: House, person: Person
) -> None:
    application_id = finish(house, person)
    reference = load_draft(house.kiosk, application_id).reference
    assert reference
    assert not person.sees(reference), "the next page knows nothing of the person"
    with house.kiosk.store.read() as session:
        before = len(session.scalars(select(TimelineRow.id)).all())
        changed = session.get_one(ApplicationRow, application_id).updated_at
    for name in ("easy:3", "quick:1", "kind:2"):
        person.press(name)
    (note,) = person.screen.findChildren(QPlainTextEdit, "opinion_words")
    note.setPlainText("Antrenya lama")
    person.press("primary")
    assert person.place == "thanks"
    assert not person.sees("Antrenya lama")
    (opinion,) = said(house)
    assert opinion.said == Said(3, 1, 2, "Antrenya lama")
    assert (opinion.occasion, opinion.day) == ("slip", house.kiosk.today())
    with house.kiosk.store.read() as session:
        assert len(session.scalars(select(TimelineRow.id)).all()) == before
        assert session.get_one(ApplicationRow, application_id).updated_at == changed
    person.press("primary")
    assert person.place == "home"


def test_after_the_hand_over_it_is_asked_again(house: House, person: Person) -> None:
    done = finalized(house.kiosk)
    receive(house.kiosk, done)
    life = Life(house.kiosk, done)
    life.state("in_review", "accepted")
    person.window.go(partial(FollowScreen, followed=Followed(done.application_id)))
    settle(person.window)
    assert person.primary() != "Selesai"
    life.state("handed_over")
    settle(person.window)
    person.press("primary")
    assert person.place == "opinion"
    person.press("easy:3")
    person.press("primary")
    assert [one.occasion for one in said(house)] == ["handover"]
