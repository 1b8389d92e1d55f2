"""Asks something of the office for an application that was sent; the sync engine carries it."""

from __future__ import annotations

from app.domain.ids import new_id
from app.domain.lifecycle import DRAFT
from app.domain.news import ApplicationChanged
from app.domain.requests import Request, RequestBody, kind_of
from app.errors import UserError
from app.protocol.request import FORMAT, encode_request
from app.services.kiosk import Kiosk
from app.storage import drafts as stored_drafts
from app.storage import requests, submissions


def ask_office(kiosk: Kiosk, application_id: str, body: RequestBody) -> str:
    """Queue a request and return its id.

    What is true if it dies: a sealed file that no row names, which the sweep removes; or the
    request waits in the outbox.

    Raises:
        UserError: ``application_unknown``; ``not_sent_yet`` for a draft that never was finalized;
            ``already_asked`` while one of the same kind has no answer (messages excepted).
    """
    with kiosk.store.read() as session:
        found = stored_drafts.load(session, application_id)
        sender = submissions.sender(session)
        submission_id = requests.newest_submission(session, application_id)
        kind = kind_of(body)
        is_waiting = kind != "written" and requests.waits_for_answer(session, application_id, kind)
    if found is None:
        raise UserError("application_unknown")
    if sender is None or not submission_id or (found.state == DRAFT and found.revision < 2):
        raise UserError("not_sent_yet")
    if is_waiting:
        raise UserError("already_asked")
    now = kiosk.clock.now()
    request_id = new_id(now, kiosk.dice)
    request = Request(FORMAT, request_id, sender.device_id, application_id, now, body)
    record = encode_request(request, sender.keys, sender.office_recipient)
    kiosk.store.blobs.put(record.sealed)
    with kiosk.store.write() as session:
        made = requests.record_of(record.digest, len(record.sealed))
        requests.keep_request(session, request, made, now)
    kiosk.announcer.announce(ApplicationChanged(application_id, "asked"))
    return request_id
