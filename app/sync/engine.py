"""The sync cycle: send, then pull, then verify; every step may be the last before a power cut.

Owns no thread and no schedule; keeps nothing that matters in memory: the store says where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Protocol

from app.domain.clock import Clock, Dice
from app.domain.news import Announcer, ApplicationChanged
from app.domain.sharing import Sharing
from app.errors import AppError, LocalFault, RemoteError
from app.protocol.marks import NOTHING, Mark, rungs
from app.protocol.waiting import Waiting
from app.storage import contact, courier, received, sending
from app.storage.contact import Contact
from app.storage.store import Store
from app.sync.ahead import GoingAhead
from app.sync.applying import Applying
from app.sync.backoff import delay_s, long_delay_s, receipt_patience
from app.sync.beside import Beside, in_a_thread
from app.sync.choosing import Choosing
from app.sync.lane_judge import LaneJudge
from app.sync.lanes import Lanes
from app.sync.link import Link
from app.sync.link_answers import PullAnswer, SendAnswer
from app.sync.link_errors import AskedToWait
from app.sync.reports import CycleReport, Findings, Wait
from app.sync.restraint import Restraint
from app.sync.sender import Sender
from app.sync.sending import SendingPacks
from app.sync.speed import Speedometer
from app.sync.stopping import Stopped, Stopping
from app.sync.streaming import Progress, UnderWay

_log = logging.getLogger(__name__)
#: Errors of the road or the office as a whole: once it works again, what waited for it is due.
ROAD_CODES = frozenset(
    {
        "certificates_unreadable",
        "office_away",
        "link_stalled",
        "captive_portal",
        "wrong_certificate",
        "clock_wrong",
        "wrong_office",
        "office_full",
        "office_refused",
        "office_lied",
        "token_refused",
        "pack_torn",
        "record_unreadable",
        "signature_wrong",
        "event_malformed",
    }
)
#: The office is there and hears us, but does not take our packs: its news are still welcome.
_STILL_TALKING = frozenset({"office_full", "office_refused", "office_lied", "pack_torn"})
_ALONE = Sharing()
#: Answers that may come without an event and still more events being there.
_MOST_EMPTY_ANSWERS = 2


class OpensLinks(Protocol):
    """Makes the link for one cycle."""

    def __call__(self, office: Contact, stop: Stopping) -> Link:
        """Return a link; nothing is connected yet."""
        ...


class Engine:
    """Carries what waits to the office, and the office's word back.

    Args:
        store: what waits, and where the answers go.
        clock: the time.
        dice: jitter.
        announcer: told what changed, after each commit.
        open_link: makes the road.
        on_progress: told how a pack goes.
        beside: how something is sent while a long pack is under way.
        sharing: what holds of a shared link where nothing was said on a screen.
        judge: how many connections share the work where one may not be enough.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        dice: Dice,
        announcer: Announcer,
        open_link: OpensLinks,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        beside: Beside = in_a_thread,
        sharing: Sharing = _ALONE,
        judge: LaneJudge | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._dice = dice
        self._announcer = announcer
        self._open_link = open_link
        self._on_progress = on_progress
        self._beside = beside
        self._sharing = sharing
        with store.read() as session:
            self._speed = Speedometer(sending.speed_bytes_per_s(session))
        self._judge = judge or LaneJudge()
        self._applying = Applying(store, clock, announcer)
        self._failures = 0
        self._has_read_again = False

    def link_changed(self) -> None:
        """The machine has another network: earlier failures say nothing about it.

        Any thread may say so, also in the middle of a cycle.
        """
        self._failures = 0
        self._judge.link_changed()

    def cycle(self, stop: Stopping, *, is_forced: bool = False) -> CycleReport:
        """Send what waits, pull what the office says, see whether anything is still owed.

        What is true if the process dies in a stage stands with that stage; between two stages the
        store says the same as after the one before, and the next cycle begins from there. Calling
        it again at any moment is harmless. Errors of the road end the cycle and stand in the
        report; they are also on the outbox rows that wait because of them.

        Args:
            stop: looked at in every wait; when set the cycle ends soon, as safely as by a cut.
            is_forced: try also what waits for a later attempt.
        """
        findings = Findings()
        with self._store.read() as session:
            office = contact.read_contact(session)
        if office is None:
            findings.error = "not_enrolled"
            return self._report(findings)
        try:
            with closing(self._open_link(office, stop)) as link:
                self._exchange(link, office, stop, findings, is_forced=is_forced)
            self._failures = 0
        except Stopped:
            _log.info("cycle ended by the program")
        except (RemoteError, LocalFault) as error:
            self._note_failure(error, findings)
        return self._report(findings)

    def _exchange(
        self, link: Link, office: Contact, stop: Stopping, findings: Findings, *, is_forced: bool
    ) -> None:
        packs = self._packs(link, office, stop)
        if not self._has_read_again:
            self._applying.read_again(office, findings)
            self._has_read_again = True
        refusal: RemoteError | None = None
        self._hear_of_sticks(link, office, findings)
        try:
            self._send(packs, link, office, findings, is_forced=is_forced)
        except RemoteError as error:
            if error.code not in _STILL_TALKING:
                raise
            refusal = error
        finally:
            findings.hold = packs.hold
            for ended in packs.end():
                findings.note_sent(ended.references)
        self._pull(link, office, findings)
        self._verify()
        if refusal is not None:
            raise refusal
        self._forget_failures()

    def _packs(self, link: Link, office: Contact, stop: Stopping) -> SendingPacks:
        """Return what sends in this cycle: one connection, and those that may stand beside it."""
        restraint = Restraint(self._store, self._clock, stop, self._sharing)
        sender = Sender(
            self._store, self._clock, self._dice, self._announcer, stop, self._speed, restraint
        )
        choosing = Choosing(self._store, self._clock, self._announcer)
        under_way = UnderWay(self._on_progress)

        def open_link(its_stop: Stopping) -> Link:
            return self._open_link(office, its_stop)

        ahead = GoingAhead(sender, lambda: open_link(stop), self._beside)
        judge = self._judge if link.may_need_lanes else None
        lanes = Lanes(sender, choosing, judge, open_link, self._beside, under_way)
        return SendingPacks(sender, link, choosing, under_way, ahead, lanes)

    def _hear_of_sticks(self, link: Link, office: Contact, findings: Findings) -> None:
        """Ask first whether a courier's stick has arrived: what it brought must not travel again.

        What is true if it dies: as in ``_pull``; a pack forgotten here is packed anew.
        """
        with self._store.read() as session:
            is_on_stick = courier.carried(session).count > 0
        if is_on_stick:
            self._pull(link, office, findings)
            with self._store.write() as session:
                courier.drop_needless_packs(session, self._clock.now())

    def _send(
        self,
        packs: SendingPacks,
        link: Link,
        office: Contact,
        findings: Findings,
        *,
        is_forced: bool,
    ) -> None:
        """Send packs until nothing is due.

        What is true if it dies:

        - before a pack's row is written: nothing happened;
        - after it: the pack is found again, with the same records in the same order;
        - after the upload's name is written, before the office heard it: the office does not know
          the name, and hears it with the first byte;
        - while bytes travel: the office holds a beginning of the pack; its size is asked for, and
          the rest follows;
        - after the last byte, before the answer is written: the office says that it has all, and
          what the answer would have brought comes with the pull;
        - after the pack is forgotten, before its events are applied: they come with the pull.
        """
        while (ended := packs.send_next(_heard(self._store), is_forced=is_forced)) is not None:
            findings.note_sent(ended.references)
            self._note_contact(link, findings, is_well=ended.is_whole)
            if ended.is_whole:
                self._failures = 0
            if ended.answer is not None:
                self._take(office, ended.answer, findings)
            else:
                # The upload is gone: perhaps because it was complete and only its answer was lost.
                self._pull(link, office, findings)

    def _pull(self, link: Link, office: Contact, findings: Findings) -> None:
        """Take every event that the office has for this device.

        An office that came back from a backup knows other events than we do from some number on:
        then we go back to the last one that both know, and hear from there what it says now.

        What is true if it dies: each event applied is whole in the store together with the cursor
        (see ``app.sync.applying``), and so is a step back; the next pull begins there.

        Raises:
            RemoteError: ``office_lied`` when the office says that there are events and gives none,
                or leaves one out, or changes its history twice; and what ``apply_pack`` raises.
        """
        empty = steps_back = 0
        while True:
            heard = _heard(self._store)
            answer = self._ask_for_news(link, heard, findings)
            if answer.after is None or answer.after > heard.number or steps_back > 1:
                raise RemoteError("office_lied", what="events")
            if answer.after < heard.number:
                steps_back += 1
                self._applying.go_back(office, answer.after)
            before = _heard(self._store).number
            self._take(office, answer, findings)
            now_at = _heard(self._store).number
            if now_at >= answer.last_number:
                return
            empty = empty + 1 if now_at == before else 0
            if empty >= _MOST_EMPTY_ANSWERS:
                raise RemoteError("office_lied", what="events")

    def _ask_for_news(self, link: Link, heard: Mark, findings: Findings) -> PullAnswer:
        """Pull; name many of the events we know when the office does not know the newest."""
        answer = link.pull(heard.number, (heard,), self._waiting())
        self._note_contact(link, findings)
        if answer.after != heard.number:
            with self._store.read() as session:
                marks = received.marks(session, rungs(heard.number))
            answer = link.pull(heard.number, (*marks, NOTHING))
        return answer

    def _waiting(self) -> Waiting:
        """Return what the office is told of this kiosk, so that somebody sees when it is stuck."""
        with self._store.read() as session:
            outbox = sending.totals(session)
            speed = sending.speed_bytes_per_s(session)
        count = outbox.waiting_count + outbox.set_aside_count
        return Waiting(count, outbox.set_aside_count, outbox.waiting_bytes, round(speed))

    def _take(self, office: Contact, answer: SendAnswer | PullAnswer, findings: Findings) -> None:
        """Apply an answer's events."""
        if answer.events:
            self._applying.apply_pack(office, answer.events, findings)

    def _verify(self) -> None:
        """See what was sent whole and is still without a receipt; queue again what waits too long.

        What is true if it dies: the rows changed all together or not at all.
        """
        now = self._clock.now()
        with self._store.write() as session:
            again = sending.send_unreceipted_again(session, now, receipt_patience)
        for reference in again:
            _log.warning("no receipt for %s: it is sent again", reference)

    def _note_contact(self, link: Link, findings: Findings, *, is_well: bool = False) -> None:
        findings.has_contact = True
        offset_s = None
        if link.office_time is not None:
            office, ours = link.office_time
            offset_s = (office - ours).total_seconds()
        with self._store.write() as session:
            contact.note_contact(session, self._clock.now(), offset_s)
            if is_well:
                sending.forget_failures(session, ROAD_CODES)

    def _forget_failures(self) -> None:
        with self._store.write() as session:
            sending.forget_failures(session, ROAD_CODES)

    def _note_failure(self, error: RemoteError | LocalFault, findings: Findings) -> None:
        """Write the failure on every row that waits because of it, and choose the next attempt."""
        self._failures += 1
        now = self._clock.now()
        if isinstance(error, RemoteError) and not error.is_retryable:
            wait_s = long_delay_s(self._dice)
        else:
            wait_s = delay_s(self._failures, self._dice)
        if isinstance(error, AskedToWait):
            wait_s = max(wait_s, error.retry_after_s)
        next_attempt_at = now + timedelta(seconds=wait_s)
        findings.error, findings.next_attempt_at = error.code, next_attempt_at
        _log.warning("cycle stopped: %s; next attempt in %.0f s", error, wait_s)
        try:
            with self._store.write() as session:
                unsent = sending.unsent_submissions(session)
                changed = sending.note_failure(session, unsent, error.code, now, next_attempt_at)
        except AppError as fault:
            # A full disk must not hide why the cycle stopped.
            _log.error("failure not noted: %s", fault)
            return
        for application_id in changed:
            self._announcer.announce(ApplicationChanged(application_id, "waiting"))

    def _report(self, findings: Findings) -> CycleReport:
        with self._store.read() as session:
            rows = sending.waiting(session)
            unsent = set(sending.unsent_submissions(session))
            unread = len(received.unread(session))
        return findings.report(
            tuple(
                Wait(
                    row.reference,
                    row.reason
                    or ("waits_for_turn" if row.submission_id in unsent else "waits_for_receipt"),
                    row.next_attempt_at,
                    row.is_set_aside,
                )
                for row in rows
            ),
            unread,
        )


def _heard(store: Store) -> Mark:
    """Return the last event applied."""
    with store.read() as session:
        office = contact.read_contact(session)
        marks = received.marks(session, (office.cursor,)) if office else ()
    return marks[0] if marks else NOTHING
