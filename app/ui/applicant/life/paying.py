"""Paying: asking for a code, the code while it is good, that it is over, the proof.

The kiosk never holds money, and never shows a code as payable that is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.requests import BillingWanted
from app.domain.words import Words
from app.services.billing import LEAST_LEFT
from app.services.life_slips import grouped
from app.ui.applicant.life.life_screen import Followed, LifeScreen
from app.ui.applicant.slip_buttons import SlipButtons
from app.ui.widgets.cards import Card, icon_label, notice, value_row
from app.ui.widgets.flow import flow_of
from app.ui.widgets.labels import change_text, rule, text

if TYPE_CHECKING:
    from app.services.billing import Bill, Paying
    from app.services.following import Following
    from app.ui.window import Window

_TICK_MS = 1000
_MINUTE_S, _HOUR_S = 60, 3600
#: From here on seconds are shown.
_SHORT_S = 10 * _MINUTE_S
_CHANNEL_ICONS = {"bank": "apartment", "post": "mail", "minimarket": "store", "wallet": "payments"}


class PayingScreen(LifeScreen):
    """One application's payment, as it stands now; counts the minutes down."""

    def __init__(self, window: Window, followed: Followed) -> None:
        super().__init__(window, "paying", followed)
        self._ends_s, self._left_key = 0.0, ""
        self._left = text("")
        self._was_linked = self.is_linked
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)
        window.bridge.sending_changed.connect(self._road_changed)

    def fill(self, found: Following) -> None:
        standing, words = found.paying, self.words
        self.set_primary(words("applicant.done.finish"), self.window_.lock)
        self._timer.stop()
        if standing.bill and standing.bill.paid_at:
            self._fill_paid(found, standing.bill)
        elif standing.left_s and standing.bill:
            self._fill_code(found, standing, standing.bill)
        elif standing.is_asking or standing.is_prepared or standing.closing_s:
            self._fill_waiting(found, standing)
        elif standing.may_ask:
            self._fill_asking(found, standing)
        else:
            self.set_heading(
                words("life.pay.not_now"), words("life.pay.not_now_body"), above=found.reference
            )

    # --- before -----------------------------------------------------------------------------------

    def _fill_asking(self, found: Following, standing: Paying) -> None:
        words = self.words
        self.set_heading(
            words("life.pay.ask_heading"), words("life.pay.ask_hint"), above=found.reference
        )
        if standing.refused:
            self.body.addWidget(self.refusal("life.pay.refused", standing.refused))
        if standing.bill:
            over = words("life.pay.over_body", moment=words.moment(standing.bill.expires_at))
            self.body.addWidget(notice(self.theme, "warning", words("life.pay.over"), over))
        if not self.is_linked:
            away = words("life.pay.asking_away")
            self.body.addWidget(
                notice(self.theme, "sand", words("life.road.away"), away, icon="cloud_off")
            )
        self.body.addWidget(self._no_refund())
        key = "life.pay.again" if standing.bill else "life.pay.ask"
        self.set_primary(words(key), self._ask, icon="payments")

    def _ask(self) -> None:
        self.ask_office(BillingWanted())

    def _fill_waiting(self, found: Following, standing: Paying) -> None:
        words = self.words
        self.set_heading(words("life.pay.heading"), above=found.reference)
        if standing.closing_s:
            self.body.addWidget(notice(self.theme, "warning", words("life.pay.closing")))
            self._left = text("", "label", name="left")
            self.body.addWidget(self._left)
            self._count_down(standing.closing_s, "life.pay.closing_body")
            return
        if standing.is_prepared:
            title, body = "life.pay.prepared", words("life.pay.prepared_body")
        else:
            title = "life.pay.asking"
            body = f"{words('life.pay.asking_body')} {self.road_words()}"
            if not self.is_linked:
                body += f" {words('life.pay.asking_away')}"
        self.body.addWidget(notice(self.theme, "sea", words(title), body, icon="hourglass_top"))

    def _road_changed(self, _status: object) -> None:
        # Told ten times a second; the page says only whether there is a road.
        if self._is_here() and self.is_linked != self._was_linked:
            self._was_linked = self.is_linked
            self.refill()

    # --- the code ---------------------------------------------------------------------------------

    def _fill_code(self, found: Following, standing: Paying, bill: Bill) -> None:
        words = self.words
        self.set_heading(words("life.pay.heading"), above=found.reference)
        card = Card("sea", pad=24, gap=12)
        card.rows.addWidget(text(words("life.pay.code"), "label"))
        parts: list[QWidget] = [text(part, "code") for part in grouped(bill.code).split()]
        for part in parts:
            part.setObjectName("billing_code")
        card.rows.addWidget(flow_of(parts, 24))
        card.rows.addWidget(rule())
        self._left = text("", "title", name="left")
        card.rows.addWidget(self._left)
        until = words("life.pay.until", moment=words.moment(bill.expires_at))
        card.rows.addWidget(text(until, "hint"))
        self.body.addWidget(card)
        self._count_down(standing.left_s, "life.pay.left")
        slip = Card(gap=8)
        slip.rows.addWidget(text(words("life.pay.slip"), "title"))
        slip.rows.addWidget(text(words("life.pay.slip_body"), "hint"))
        slip.rows.addSpacing(8)
        slip.rows.addLayout(
            SlipButtons(self, found.application_id, f"{found.reference}-billing", "billing")
        )
        self.body.addWidget(slip)
        self.body.addWidget(self._sum(bill))
        self.body.addWidget(self._channels(bill))
        self.body.addWidget(self._no_refund())

    def _sum(self, bill: Bill) -> Card:
        words = self.words
        card = Card(gap=4)
        card.rows.addWidget(text(words("life.pay.what"), "title"))
        for line in bill.lines:
            label = line.label_id if words.language == "id" else line.label_en
            card.rows.addWidget(value_row(self.theme, label, words.rupiah(line.rupiah)))
        if len(bill.lines) != 1:
            total = value_row(self.theme, words("life.pay.total"), words.rupiah(bill.rupiah))
            card.rows.addWidget(total)
        return card

    def _channels(self, bill: Bill) -> Card:
        words, colours = self.words, self.theme.colours
        card = Card(gap=16)
        card.rows.addWidget(text(words("life.pay.where"), "title"))
        for channel in bill.channels:
            key = f"billing.channel.{channel}"
            if not words.has(f"{key}.name"):
                continue
            line = QHBoxLayout()
            line.setSpacing(16)
            line.addWidget(icon_label(self.theme, _CHANNEL_ICONS[channel], colours.sea, 28))
            pair = QVBoxLayout()
            pair.setSpacing(0)
            pair.addWidget(text(words(f"{key}.name"), "label"))
            pair.addWidget(text(words(f"{key}.how"), "hint"))
            line.addLayout(pair, 1)
            card.rows.addLayout(line)
        return card

    def _no_refund(self) -> Card:
        words = self.words
        body = words("life.pay.no_refund_body")
        return notice(self.theme, "sand", words("life.pay.no_refund"), body)

    # --- the clock --------------------------------------------------------------------------------

    def _count_down(self, seconds: int, key: str) -> None:
        self._ends_s, self._left_key = self.window_.desk.clock.monotonic() + seconds, key
        self._timer.start()
        self._show_left(seconds)

    def tick(self) -> None:
        """Show what is left; at the end ask how it stands."""
        if self.shown is None or not self._is_here():
            return
        left = int(self._ends_s - self.window_.desk.clock.monotonic())
        end = LEAST_LEFT.total_seconds() if self.shown.paying.left_s else 0
        if left > end:
            self._show_left(left)
        else:
            self.look()

    def _show_left(self, seconds: int) -> None:
        says = self.words(self._left_key, left=left_words(self.words, seconds))
        if says != self._left.text():
            change_text(self._left, says)

    # --- after ------------------------------------------------------------------------------------

    def _fill_paid(self, found: Following, bill: Bill) -> None:
        words = self.words
        self.set_heading(words("life.pay.paid"), words.label(found.service), above=found.reference)
        paid_at = words.moment(bill.paid_at) if bill.paid_at else ""
        body = words("life.pay.paid_body", rupiah=words.rupiah(bill.rupiah), moment=paid_at)
        card = Card("good", gap=8)
        card.rows.addWidget(text(body))
        card.rows.addWidget(text(words("life.pay.ntpn"), "label"))
        parts: list[QWidget] = [text(part, "code", name="ntpn") for part in _quads(bill.ntpn)]
        card.rows.addWidget(flow_of(parts, 24))
        self.body.addWidget(card)
        slip = Card(gap=8)
        slip.rows.addWidget(text(words("life.pay.keep"), "title"))
        slip.rows.addWidget(text(words("life.pay.keep_body")))
        slip.rows.addSpacing(8)
        slip.rows.addLayout(
            SlipButtons(self, found.application_id, f"{found.reference}-ntpn", "payment")
        )
        self.body.addWidget(slip)


def left_words(words: Words, seconds: int) -> str:
    """Return the time left as people say it: hours and minutes, near the end seconds too."""
    minutes, rest = divmod(max(seconds, 0), _MINUTE_S)
    if seconds >= _HOUR_S:
        hours, minutes = divmod(minutes, _MINUTE_S)
        return words("life.left.hours", hours=hours, minutes=minutes)
    if seconds >= _SHORT_S:
        return words("life.left.minutes", minutes=minutes)
    return words("life.left.seconds", minutes=minutes, seconds=rest)


def _quads(number: str) -> list[str]:
    return [number[at : at + 4] for at in range(0, len(number), 4)]
