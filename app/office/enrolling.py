"""Enrolment at the office's side: makes codes, and takes a device in once for each.

A code's secret is sealed to the office's own key in the database: a proof can be computed where
``keys.json`` is, and a copied database alone enrols nobody.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pyrage
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.ids import new_id
from app.errors import UserError
from app.office import audit
from app.office.catalogues import tell_newest
from app.office.devices import token_digest
from app.office.tables import DeviceRow, EnrolmentCodeRow
from app.protocol.enrolment import (
    EnrolmentAnswer,
    EnrolmentRequest,
    device_proof,
    is_same_proof,
    new_code,
    office_proof,
)
from app.protocol.keys import PublicKeys
from app.protocol.sealing import seal, unseal

if TYPE_CHECKING:
    from app.office.context import Office

CODE_LIFE = timedelta(days=3)
_MOST_NAME_LETTERS = 80
_CODE_NAME = re.compile(r"[0-9A-Z]{4}")
_FIRST_SERIAL, _LAST_SERIAL = 1, 99_999


def new_enrolment_code(
    office: Office, device_name: str, device_code: str, made_by: str = audit.OFFICE
) -> str:
    """Return a fresh code as it is shown, good for one device within three days.

    Args:
        office: ours.
        device_name: what people call the kiosk.
        device_code: three letters or digits that begin its references; no two devices ever share
            them.
        made_by: for the audit trail.

    Raises:
        UserError: ``device_code_malformed``, ``device_code_taken``, ``device_name_malformed``.
    """
    letters = device_code.strip().upper()
    if not re.fullmatch(r"[0-9A-Z]{3}", letters):
        raise UserError("device_code_malformed")
    name = _checked_name(device_name, UserError("device_name_malformed"))
    code = new_code(office.dice)
    now = office.clock.now()
    with office.database.write() as session:
        if _is_taken(session, office, letters):
            raise UserError("device_code_taken", device_code=letters)
        if (spent := session.get(EnrolmentCodeRow, code.name)) is not None:
            session.delete(spent)
            session.flush()
        session.add(
            EnrolmentCodeRow(
                name=code.name,
                sealed_secret=seal(code.secret.encode(), office.keys.keys.public().recipient),
                device_name=name,
                device_code=letters,
                made_at=now,
                expires_at=now + CODE_LIFE,
            )
        )
        audit.note(session, now, made_by, "enrolment_code", device_code=letters)
    return code.shown()


def enrol(office: Office, request: EnrolmentRequest) -> EnrolmentAnswer:
    """Take a device in, or give the same answer again to the same device that lost it.

    Device, answer and the use of the code are written together: after a kill the code is either
    unused or answered, and the device may repeat its request.

    Raises:
        UserError: ``enrolment_refused`` (unknown or expired code and wrong proof look alike),
            ``enrolment_code_used`` (by another device), ``request_malformed``.
    """
    _check_keys(request.keys)
    _checked_name(request.device_name, UserError("request_malformed"))
    if not _CODE_NAME.fullmatch(request.code_name):
        # PostgreSQL refuses even to look for some letters.
        raise UserError("enrolment_refused")
    with office.database.write() as session:
        code = session.get(EnrolmentCodeRow, request.code_name)
        if code is None or code.expires_at <= office.clock.now():
            raise UserError("enrolment_refused")
        secret = unseal(code.sealed_secret, office.keys.keys.identity).decode()
        if not is_same_proof(device_proof(secret, request), request.proof):
            raise UserError("enrolment_refused")
        if code.device_id is not None and code.answer is not None:
            return _answer_again(session, code, request.keys)
        if _holds_code(session, code.device_code):
            raise UserError("enrolment_refused")
        return _take_in(session, office, code, secret, request)


def _take_in(
    session: Session,
    office: Office,
    code: EnrolmentCodeRow,
    secret: str,
    request: EnrolmentRequest,
) -> EnrolmentAnswer:
    now = office.clock.now()
    token = office.dice.bytes(32).hex()
    answer = EnrolmentAnswer(
        device_id=new_id(now, office.dice),
        device_code=code.device_code,
        first_serial=_FIRST_SERIAL,
        last_serial=_LAST_SERIAL,
        sealed_token=seal(token.encode(), request.keys.recipient).hex(),
        office_id=office.keys.office_id,
        office_name=office.settings.office_name,
        keys=office.keys.keys.public(),
        proof="",
    )
    answer = msgspec.structs.replace(answer, proof=office_proof(secret, answer, request.keys))
    session.add(
        DeviceRow(
            id=answer.device_id,
            code=code.device_code,
            name=request.device_name.strip(),
            signing=request.keys.signing,
            recipient=request.keys.recipient,
            token_digest=token_digest(token),
            first_serial=_FIRST_SERIAL,
            last_serial=_LAST_SERIAL,
            enrolled_at=now,
        )
    )
    session.flush()
    code.used_at, code.device_id = now, answer.device_id
    code.answer = msgspec.json.encode(answer)
    audit.note(
        session, now, audit.device(answer.device_id), "enrolled", device_code=code.device_code
    )
    tell_newest(session, office, answer.device_id)
    return answer


def _answer_again(session: Session, code: EnrolmentCodeRow, asking: PublicKeys) -> EnrolmentAnswer:
    device = session.get_one(DeviceRow, code.device_id)
    if PublicKeys(device.signing, device.recipient) != asking or code.answer is None:
        raise UserError("enrolment_code_used")
    return msgspec.json.decode(code.answer, type=EnrolmentAnswer)


def _is_taken(session: Session, office: Office, device_code: str) -> bool:
    waiting = select(EnrolmentCodeRow.name).where(
        EnrolmentCodeRow.device_code == device_code,
        EnrolmentCodeRow.used_at.is_(None),
        EnrolmentCodeRow.expires_at > office.clock.now(),
    )
    return _holds_code(session, device_code) or session.scalars(waiting).first() is not None


def _holds_code(session: Session, device_code: str) -> bool:
    holder = select(DeviceRow.id).where(DeviceRow.code == device_code)
    return session.scalars(holder).first() is not None


def _checked_name(untrusted: str, fault: UserError) -> str:
    name = untrusted.strip()
    if not name or len(name) > _MOST_NAME_LETTERS or not name.isprintable():
        raise fault
    return name


def _check_keys(untrusted: PublicKeys) -> None:
    try:
        if len(bytes.fromhex(untrusted.signing)) != 32:
            raise UserError("request_malformed")
        seal(b"", untrusted.recipient)
    except (ValueError, pyrage.RecipientError):
        raise UserError("request_malformed") from None
