"""What an applicant may do while the office works: codes in time, one move, no PIN no acting."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import pypdfium2 as pdfium
import pytest

from app.domain.requests import SlotsWished, Written
from app.domain.words import WIB
from app.errors import UserError
from app.imaging.pool import ImagingPool
from app.printing.slip import Paper
from app.resources import load_words
from app.services import life_slips
from app.services.billing import ask_for_billing, paying
from app.services.drafts import save_answer
from app.services.earlier import earlier, prove_earlier
from app.services.finalizing import Finalized, finalize
from app.services.following import Following, following, mark_messages_seen, prove
from app.services.requesting import ask_office
from app.services.scheduling import scheduling, wish_for
from app.storage import received
from tests.builders import ANSWERS, PIN, enrol, filled_draft, keep_warnings, make_kiosk
from tests.living import CODE, NTPN, Life


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory, imaging: ImagingPool) -> tuple[Path, Finalized]:
    """A kiosk whose one application the office has; made once, because papers take long."""
    folder = tmp_path_factory.mktemp("sent") / "kiosk"
    kiosk = make_kiosk(folder, imaging=imaging)
    enrol(kiosk)
    done = finalize(kiosk, filled_draft(kiosk).application_id, "id")
    Life(kiosk, done).receive()
    kiosk.store.close()
    return folder, done


@pytest.fixture
def life(tmp_path: Path, sent: tuple[Path, Finalized], imaging: ImagingPool) -> Iterator[Life]:
    folder, done = sent
    shutil.copytree(folder, tmp_path / "kiosk")
    kiosk = make_kiosk(tmp_path / "kiosk", imaging=imaging, seed=2)
    yield Life(kiosk, done)
    kiosk.store.close()


def stands(life: Life) -> Following:
    return following(life.kiosk, life.id)


def test_a_code_is_payable_until_two_minutes_before_its_end_and_a_new_one_only_after(
    life: Life,
) -> None:
    life.state("in_review", "accepted")
    assert paying(life.kiosk, life.id).may_ask
    ask_for_billing(life.kiosk, life.id)
    assert paying(life.kiosk, life.id).is_asking
    life.answer()
    assert paying(life.kiosk, life.id).is_prepared
    life.bill(minutes=120)
    now = life.clock.now()
    found = paying(life.kiosk, life.id)
    assert found.bill
    assert found.left_s == (found.bill.expires_at - now).total_seconds()
    life.clock.pass_time(found.left_s - 90)
    closing = paying(life.kiosk, life.id)
    assert (closing.left_s, closing.closing_s, closing.may_ask) == (0, 90, False)
    life.clock.pass_time(90)
    over = paying(life.kiosk, life.id)
    assert (over.left_s, over.closing_s, over.may_ask, over.is_prepared) == (0, 0, True, False)


def test_a_provider_that_stays_away_lets_the_applicant_ask_again(life: Life) -> None:
    life.state("in_review", "accepted")
    ask_for_billing(life.kiosk, life.id)
    life.answer()
    assert not paying(life.kiosk, life.id).may_ask
    life.clock.pass_time(31 * 60)
    assert paying(life.kiosk, life.id).may_ask


def test_a_code_told_again_is_an_answer_and_no_second_line(life: Life) -> None:
    life.state("in_review", "accepted")
    life.bill(minutes=10)
    life.clock.pass_time(20 * 60)
    ask_for_billing(life.kiosk, life.id)
    life.clock.pass_time(5)
    life.answer()
    bill = paying(life.kiosk, life.id).bill
    assert bill
    life.tell_again(bill)
    assert paying(life.kiosk, life.id).may_ask
    assert [one.what for one in stands(life).timeline].count("billing") == 1


def test_offers_and_a_boat_that_did_not_sail_are_no_moves_but_a_second_slot_is(life: Life) -> None:
    life.state("in_review", "accepted")
    life.bill()
    life.paid()
    life.publish()
    first, second = life.free()[5].slot, life.free()[8].slot
    wish_for(life.kiosk, life.id, (first.id,))
    life.answer()
    life.offer()
    assert scheduling(life.kiosk, life.id).may_wish
    life.give(first)
    assert scheduling(life.kiosk, life.id).may_wish
    life.offer(is_released=True)
    taken_back = scheduling(life.kiosk, life.id)
    assert taken_back.slot is None
    assert taken_back.may_wish
    life.give(first)
    assert scheduling(life.kiosk, life.id).may_wish
    life.give(second)
    moved = scheduling(life.kiosk, life.id)
    assert (moved.may_wish, moved.is_moved) == (False, True)


def test_nobody_moves_a_slot_on_its_own_day(life: Life) -> None:
    life.state("in_review", "accepted")
    life.bill()
    life.paid()
    given = life.free()[0].slot
    life.give(given)
    life.clock.jump_to(given.starts_at.astimezone(WIB).replace(hour=0, minute=1))
    assert not scheduling(life.kiosk, life.id).may_wish


def test_a_deadline_counts_from_what_the_office_says_not_from_when_it_was_heard(life: Life) -> None:
    life.state("in_review", "accepted")
    said_at = life.clock.now()
    life.clock.pass_time(6 * 86_400)
    life.state_since("ready", said_at)
    found = stands(life)
    assert found.deadline == said_at.astimezone(WIB).date() + timedelta(days=30)
    assert "collect" in found.acts


@pytest.mark.parametrize(
    ("states", "acts"),
    [
        ((), ("messages", "notices", "earlier", "withdraw")),
        (("in_review", "accepted"), ("pay", "messages", "notices", "earlier", "withdraw")),
        (("in_review", "rejected"), ("messages", "earlier")),
        (("in_review", "accepted", "awaiting_payment", "paid"),
         ("interview", "messages", "collect", "notices", "earlier")),
    ],
)  # fmt: skip
def test_only_what_the_state_allows_is_offered(
    life: Life, states: tuple[str, ...], acts: tuple[str, ...]
) -> None:
    life.state(*states)
    assert stands(life).acts == acts


def test_five_wrong_pins_close_the_door_and_leave_no_line(life: Life) -> None:
    before = stands(life).timeline
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(UserError, match="pin_wrong") as refused:
            prove(life.kiosk, life.id, "314159")
        assert refused.value.params == {"left": left}
    with pytest.raises(UserError, match="pin_locked"):
        prove(life.kiosk, life.id, PIN)
    life.clock.pass_time(16 * 60)
    prove(life.kiosk, life.id, PIN)
    assert stands(life).timeline == before


def test_messages_are_unread_until_they_are_seen(life: Life) -> None:
    life.writes("Bawa akta yang asli.")
    ask_office(life.kiosk, life.id, Written("Baik."))
    assert stands(life).unread == 1
    mark_messages_seen(life.kiosk, life.id)
    found = stands(life)
    assert found.unread == 0
    assert [one.is_from_office for one in found.messages] == [True, False]


@pytest.mark.parametrize("paper", ["a5", "roll80"])
def test_later_slips_say_their_number_and_name_nobody(life: Life, paper: str) -> None:
    words, kind = load_words("id"), cast(Paper, paper)
    life.state("in_review", "accepted")
    life.bill()
    drawn = {life_slips.grouped(CODE): life_slips.billing_slip(life.kiosk, life.id, kind, words)}
    with pytest.raises(UserError, match="not_paid"):
        life_slips.payment_slip(life.kiosk, life.id, kind, words)
    life.clock.pass_time(3 * 3_600)
    with pytest.raises(UserError, match="code_over"):
        life_slips.billing_slip(life.kiosk, life.id, kind, words)
    life.paid()
    drawn[NTPN] = life_slips.payment_slip(life.kiosk, life.id, kind, words)
    with pytest.raises(UserError, match="not_scheduled"):
        life_slips.interview_slip(life.kiosk, life.id, kind, words)
    given = life.free()[0].slot
    life.give(given)
    moment = words.moment(given.starts_at)
    drawn[moment] = life_slips.interview_slip(life.kiosk, life.id, kind, words)
    for number, pdf in drawn.items():
        with pdfium.PdfDocument(pdf) as document:
            text = " ".join(page.get_textpage().get_text_range() for page in document)
        text = " ".join(text.split())
        assert number in text
        assert life.reference in text
        for field, value in ANSWERS.items():
            assert field == "has_old_passport" or value not in text


def test_wishes_are_three_at_most(life: Life) -> None:
    life.state("in_review", "accepted", "awaiting_payment", "paid")
    life.publish()
    wish_for(life.kiosk, life.id, tuple(one.slot.id for one in life.free()[:5]), ("elderly",))
    last = stands(life).last_asked("slots")
    assert last
    assert isinstance(last.body, SlotsWished)
    assert len(last.body.wishes) == 3


MET = ("in_review", "accepted", "awaiting_payment", "paid", "scheduled", "attended")


def another(life: Life) -> Life:
    """Let the same person apply once more."""
    life.clock.pass_time(60)
    done = finalize(life.kiosk, filled_draft(life.kiosk).application_id, "id")
    made = Life(life.kiosk, done)
    made.receive()
    return made


def listed(of: Life, *, is_seen: bool = False) -> list[str]:
    return [one.reference for one in earlier(of.kiosk, of.id, is_seen=is_seen).lines]


def test_who_only_typed_a_nik_sees_none_of_that_persons_applications(life: Life) -> None:
    forged = another(life)
    assert not earlier(life.kiosk, forged.id).is_vouched
    assert listed(forged) == []
    assert listed(forged, is_seen=True) == [life.reference]
    life.state(*MET)
    assert listed(life) == [forged.reference]
    assert listed(forged) == []


def test_answers_that_changed_after_an_officer_met_the_applicant_vouch_for_nobody(
    life: Life,
) -> None:
    other = another(life)
    life.state(*MET)
    life.state("suspended", "in_review")
    assert listed(life) == [other.reference]
    with life.kiosk.store.write() as session:
        received.keep_returned(session, life.id, (), "", life.clock.now())
    assert listed(life) == []


def test_another_persons_applications_and_drafts_are_in_no_list(life: Life) -> None:
    stranger = filled_draft(life.kiosk)
    save_answer(life.kiosk, stranger.application_id, "nik", "9999014508900009")
    keep_warnings(life.kiosk, stranger.application_id)
    finalize(life.kiosk, stranger.application_id, "id")
    filled_draft(life.kiosk)
    life.state(*MET)
    found = earlier(life.kiosk, life.id)
    assert (found.is_vouched, found.lines) == (True, ())


def test_a_number_and_its_pin_open_it_and_the_tries_are_bounded(life: Life) -> None:
    assert prove_earlier(life.kiosk, life.reference.lower(), PIN) == life.id
    for reference in ("TRM-00099-9", life.reference):
        with pytest.raises(UserError, match="earlier_wrong"):
            prove_earlier(life.kiosk, reference, "314159")
    for _ in range(4):
        with pytest.raises(UserError, match="earlier_wrong"):
            prove_earlier(life.kiosk, life.reference, "314159")
    with pytest.raises(UserError, match="pin_locked"):
        prove_earlier(life.kiosk, life.reference, PIN)
    for _ in range(2):
        with pytest.raises(UserError, match="pin_locked"):
            prove_earlier(life.kiosk, life.reference, PIN)
    with pytest.raises(UserError, match="too_many_tries"):
        prove_earlier(life.kiosk, life.reference, PIN)
