"""The device's side of enrolment: a typed code becomes trust between this kiosk and one office.

Never sends the code's secret, and never keeps it.
"""

from __future__ import annotations

from collections.abc import Callable

import pyrage

from app.domain.clock import Clock
from app.errors import RemoteError, UserError
from app.protocol.enrolment import (
    EnrolmentAnswer,
    EnrolmentCode,
    EnrolmentRequest,
    device_proof,
    is_same_proof,
    office_proof,
    read_code,
)
from app.protocol.keys import new_keys
from app.protocol.sealing import unseal
from app.storage import contact
from app.storage.contact import PendingEnrolment
from app.storage.store import Store
from app.sync.link import Link
from app.sync.link_adapter import Road
from app.sync.link_address import check_office_url
from app.sync.link_errors import OfficeRefusal
from app.sync.stopping import Stopping

#: Office address -> a link that is not yet anybody's.
OpensFirstLink = Callable[[str], Link]
_REFUSALS = frozenset({"enrolment_refused", "enrolment_code_used"})


class Never:
    """A stop that never comes, for a task that a person watches."""

    def is_set(self) -> bool:
        """Say no."""
        return False


def first_link(
    clock: Clock, road: Road | None = None, stop: Stopping | None = None
) -> OpensFirstLink:
    """Return the way to an office before anybody is known."""
    return lambda office_url: Link(office_url, clock, stop or Never(), road=road)


def enrol(
    store: Store,
    clock: Clock,
    office_url: str,
    typed_code: str,
    device_name: str,
    *,
    open_link: OpensFirstLink | None = None,
    road: Road | None = None,
) -> None:
    """Enrol this device with the office that gave the code.

    What is true if it dies:

    - before the keys are kept: nothing happened;
    - after that, before or while the office is asked: the office may have taken the device in. The
      same code typed again asks with the same keys, and the office gives the same answer again;
    - after the answer is written: the device is enrolled, and the pending keys are forgotten, in
      one transaction.

    Args:
        store: where keys and trust are kept.
        clock: the time.
        office_url: address of the office.
        typed_code: as the operator typed it.
        device_name: how the office shall call this kiosk.
        open_link: makes the road; by default over the network.
        road: certificates and proxy for the default road.

    Raises:
        UserError: ``already_enrolled``, ``enrolment_code_malformed``, ``enrolment_refused``,
            ``enrolment_code_used``, ``office_url_malformed``, ``office_url_unsafe``.
        RemoteError: as any link; ``office_lied`` when the answer does not prove the code.
    """
    code = read_code(typed_code)
    url = check_office_url(office_url, may_be_plain=bool(road and road.may_be_plain))
    pending = _pending(store, url, code, device_name)
    request = EnrolmentRequest(code.name, pending.device_name, pending.keys.public(), "")
    proof = device_proof(code.secret, request)
    request = EnrolmentRequest(code.name, pending.device_name, pending.keys.public(), proof)
    link = (open_link or first_link(clock, road))(url)
    try:
        answer = link.enrol(request)
    except OfficeRefusal as refusal:
        if refusal.reason in _REFUSALS:
            raise UserError(refusal.reason) from None
        raise
    finally:
        link.close()
    token = _check(answer, code, pending)
    with store.write() as session:
        _refuse_twice(contact.read_contact(session) is not None)
        contact.keep_enrolment(session, pending, answer, token, clock.now())


def _pending(store: Store, url: str, code: EnrolmentCode, device_name: str) -> PendingEnrolment:
    """Return the keys to ask with: those of the same code's earlier attempt, or new ones, kept."""
    with store.write() as session:
        _refuse_twice(contact.read_contact(session) is not None)
        pending = contact.read_pending(session)
        if pending is None or (pending.office_url, pending.code_name) != (url, code.name):
            pending = PendingEnrolment(url, code.name, device_name, new_keys())
            contact.keep_pending(session, pending)
    return pending


def _refuse_twice(is_enrolled: bool) -> None:
    if is_enrolled:
        raise UserError("already_enrolled")


def _check(answer: EnrolmentAnswer, code: EnrolmentCode, pending: PendingEnrolment) -> str:
    """Return the token, once the answer proves that the office knows the code and our keys."""
    proof = office_proof(code.secret, answer, pending.keys.public())
    if not is_same_proof(proof, answer.proof):
        raise RemoteError("office_lied", is_retryable=False, what="enrolment")
    try:
        pyrage.x25519.Recipient.from_str(answer.keys.recipient)
        token = unseal(bytes.fromhex(answer.sealed_token), pending.keys.identity)
        return token.decode("ascii")
    except (ValueError, pyrage.RecipientError):
        raise RemoteError("office_lied", is_retryable=False, what="enrolment") from None
