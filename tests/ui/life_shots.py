"""The screens of an application's later life for the gallery, with invented people."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QAbstractButton

from app.ui.applicant.life.follow import FollowScreen
from app.ui.applicant.life.life_screen import Followed
from app.ui.window import Window
from tests.living import Life
from tests.ui.making import House, finalized, settle, status_now
from tests.ui.shots import Shot


def _press(window: Window, *names: str) -> None:
    for name in names:
        settle(window)
        found = [one for one in window.findChildren(QAbstractButton, name) if one.isVisible()]
        found[0].click()
    settle(window)


def open_life(window: Window, life: Life, *, is_proved: bool = True) -> None:
    """Show the applicant's page."""
    window.go(partial(FollowScreen, followed=Followed(life.id, is_proved)))


def _shown(
    house: House, window: Window, lead: Callable[[Life], None], *presses: str, online: bool = True
) -> Life:
    life = Life(house.kiosk, finalized(house.kiosk))
    life.receive()
    house.road.now = status_now(link="working" if online else "away")
    lead(life)
    open_life(window, life)
    _press(window, *presses)
    return life


def _accepted(life: Life) -> None:
    life.state("in_review", "accepted")


def _awaiting(life: Life) -> None:
    _accepted(life)
    life.bill(minutes=165)


def _paid(life: Life) -> None:
    _awaiting(life)
    life.clock.pass_time(600)
    life.paid()
    life.publish()


def _scheduled(life: Life) -> None:
    _paid(life)
    life.give()


def _proof(house: House, window: Window) -> None:
    life = Life(house.kiosk, finalized(house.kiosk))
    life.receive()
    _accepted(life)
    open_life(window, life, is_proved=False)
    _press(window, "primary")


def _follow(house: House, window: Window, lead: Callable[[Life], None]) -> None:
    _shown(house, window, lead)


def _ready(life: Life) -> None:
    _scheduled(life)
    life.clock.pass_time(86_400 * 5)
    life.state("attended", "adjudication", "printing", "ready")


def _rejected(life: Life) -> None:
    life.state("in_review")
    life.state("rejected", reason="Sudah ada permohonan lain atas nama yang sama.")


def _ask(house: House, window: Window, *, online: bool) -> None:
    _shown(house, window, _accepted, "act_pay", online=online)


def _asking(house: House, window: Window) -> None:
    _shown(house, window, _accepted, "act_pay", "primary")


def _code(house: House, window: Window) -> None:
    _shown(house, window, _awaiting, "act_pay")


def _over(house: House, window: Window) -> None:
    def lead(life: Life) -> None:
        _awaiting(life)
        life.clock.pass_time(3 * 3_600)
        life.state("payment_expired")

    _shown(house, window, lead, "act_pay")


def _ntpn(house: House, window: Window) -> None:
    _shown(house, window, _paid, "act_proof")


def _refused(house: House, window: Window) -> None:
    life = _shown(house, window, _accepted, "act_pay", "primary")
    life.answer("billing_off")
    settle(window)


def _wishing(house: House, window: Window) -> None:
    life = _shown(house, window, _paid, "act_interview", "primary")
    free = life.free()
    _press(window, f"slot_{free[1].slot.id}", f"day_{free[4].slot.starts_at.date().isoformat()}")
    _press(window, f"slot_{free[6].slot.id}", "group_elderly")


def _given(house: House, window: Window) -> None:
    _shown(house, window, _scheduled, "act_interview")


def _released(house: House, window: Window) -> None:
    def lead(life: Life) -> None:
        _scheduled(life)
        life.state("scheduled", reason="Kapal tidak berangkat, ombak tinggi.")
        life.offer(is_released=True)

    _shown(house, window, lead, "act_interview")


def _messages(house: House, window: Window) -> None:
    from app.domain.requests import Written
    from app.services.requesting import ask_office

    def lead(life: Life) -> None:
        _paid(life)
        ask_office(house.kiosk, life.id, Written("Apakah saya boleh datang dengan anak saya?"))
        life.answer()
        life.clock.pass_time(7_200)
        life.writes("Boleh. Bawa akta kelahiran anak dan KK yang asli.")
        life.clock.pass_time(600)
        ask_office(house.kiosk, life.id, Written("Baik, terima kasih banyak."))

    _shown(house, window, lead, "act_messages")


def _collecting(house: House, window: Window) -> None:
    _shown(house, window, _ready, "act_collect", "how:post")


def _earlier(house: House, window: Window, *, is_met: bool) -> None:
    other = Life(house.kiosk, finalized(house.kiosk))
    other.receive()
    other.state("in_review", "rejected", reason="Foto buram.")
    house.clock.pass_time(40 * 86_400)

    def lead(life: Life) -> None:
        _scheduled(life)
        if is_met:
            life.state("attended")

    _shown(house, window, lead, "act_earlier")


def _notices(house: House, window: Window) -> None:
    _shown(house, window, _accepted, "act_notices")


def _withdrawing(house: House, window: Window) -> None:
    _shown(house, window, _accepted, "act_withdraw")


SHOTS = (
    Shot("life_accepted", partial(_follow, lead=_accepted)),
    Shot("life_ready", partial(_follow, lead=_ready)),
    Shot("life_rejected", partial(_follow, lead=_rejected)),
    Shot("life_proof", _proof),
    Shot("life_pay_ask", partial(_ask, online=True)),
    Shot("life_pay_away", partial(_ask, online=False)),
    Shot("life_pay_asking", _asking),
    Shot("life_pay_code", _code),
    Shot("life_pay_over", _over),
    Shot("life_pay_refused", _refused),
    Shot("life_pay_paid", _ntpn),
    Shot("life_wishing", _wishing),
    Shot("life_interview", _given),
    Shot("life_interview_released", _released),
    Shot("life_messages", _messages),
    Shot("life_collect", _collecting),
    Shot("life_earlier", partial(_earlier, is_met=True)),
    Shot("life_earlier_hidden", partial(_earlier, is_met=False)),
    Shot("life_notices", _notices),
    Shot("life_withdraw", _withdrawing),
)
