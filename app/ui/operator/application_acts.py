"""What an operator can do with one application, and why some things need the applicant.

Whatever opens answers locks the desk first: nobody comes back into it by the Back button.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.domain.lifecycle import DRAFT, NEEDS_ATTENTION, RECEIVED
from app.services.correcting import open_correction
from app.services.resending import send_again
from app.ui.applicant import route
from app.ui.applicant.journey import CORRECTION, Journey, journey_of
from app.ui.applicant.life.follow import FollowScreen
from app.ui.applicant.life.life_screen import Followed
from app.ui.applicant.resuming import ResumeScreen
from app.ui.applicant.slip_buttons import SlipButtons, SlipKind
from app.ui.widgets.cards import Card
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import text
from app.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from app.services.kiosk import Kiosk
    from app.ui.operator.application import ApplicationScreen, Opened


def acts_card(screen: ApplicationScreen, opened: Opened) -> Card | None:
    """Return what can be done now; each offer says why and who must be there."""
    shown = opened.details
    card = Card("card", gap=16)
    card.setObjectName("acts")
    card.rows.addWidget(text(screen.words("operator.application.actions"), "title"))
    is_returned = shown.state == RECEIVED and shown.office_state == "returned"
    if shown.state == DRAFT:
        _offer(screen, card, "resume", "history", partial(_resume, screen, opened))
    if shown.state == NEEDS_ATTENTION:
        _offer(screen, card, "requeue", "replay", partial(_send_again, screen))
    if is_returned or shown.state == NEEDS_ATTENTION:
        why = "correct_why" if is_returned else "correct_stopped_why"
        _offer(screen, card, "correct", "edit", partial(_ask_correct, screen), why=why)
    if shown.submissions:
        card.rows.addWidget(text(screen.words("life.operator.why"), "hint"))
        act, label = partial(_ask_follow, screen), screen.words("life.operator.act")
        card.rows.addWidget(flow_of([screen.make_button(label, act, icon="group", name="follow")]))
    name = shown.reference or opened.draft.resume_code
    kind: SlipKind = "receipt" if shown.submissions else "checklist"
    key = "slip" if kind == "receipt" else kind
    card.rows.addWidget(text(screen.words(f"operator.application.{key}_why"), "hint"))
    card.rows.addLayout(SlipButtons(screen, shown.application_id, name, kind))
    return card


def _offer(
    screen: ApplicationScreen,
    card: Card,
    name: str,
    icon: str,
    act: Callable[[], object],
    *,
    why: str = "",
) -> None:
    words = screen.words
    card.rows.addWidget(text(words(f"operator.application.{why or f'{name}_why'}"), "hint"))
    made = screen.make_button(words(f"operator.application.{name}"), act, icon=icon, name=name)
    card.rows.addWidget(flow_of([made]))


def _resume(screen: ApplicationScreen, opened: Opened) -> None:
    """Leave the desk for the applicant's page that asks for the PIN, the code filled in."""
    window = screen.window_
    window.restart(ResumeScreen)
    if window.screen_:
        window.screen_.restore({"resume_code": opened.draft.resume_code, ":focus": "pin"})


def _ask_correct(screen: ApplicationScreen) -> None:
    words = screen.words
    sheet = Sheet(
        screen.window_,
        words("operator.application.correct_sheet.title"),
        words("operator.application.correct_sheet.body"),
        icon="edit",
    )
    sheet.add_closing(words("ui.cancel"))

    def go() -> None:
        sheet.close_()
        screen.set_busy(True, words("ui.busy"))
        screen.ask(partial(_correct, application_id=screen.application_id), partial(_go_to, screen))

    sheet.add(words("operator.application.correct_sheet.open"), go, "primary", name="do_correct")
    sheet.open()


def _ask_follow(screen: ApplicationScreen) -> None:
    """Open the applicant's own page without the PIN, for one who stands here."""
    words = screen.words
    title, body = words("life.operator.sheet_title"), words("life.operator.sheet_body")
    sheet = Sheet(screen.window_, title, body, icon="group")
    sheet.add_closing(words("ui.cancel"))

    def go() -> None:
        sheet.close_()
        followed = Followed(screen.application_id, is_proved=True, is_seen=True)
        screen.window_.restart(partial(FollowScreen, followed=followed))

    sheet.add(words("life.operator.open"), go, "primary", name="do_follow")
    sheet.open()


def _correct(kiosk: Kiosk, application_id: str) -> Journey:
    return journey_of(kiosk, open_correction(kiosk, application_id))


def _go_to(screen: ApplicationScreen, journey: Journey) -> None:
    page = CORRECTION if journey.is_correction else journey.pages()[0]
    route.show(screen.window_, journey, page)


def _send_again(screen: ApplicationScreen) -> None:
    screen.ask(
        lambda kiosk: send_again(kiosk, screen.application_id),
        lambda _none: screen.say(screen.words("operator.application.requeued")),
    )
