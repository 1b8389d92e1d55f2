"""Opinions that came: vouched for by a kiosk, counted once, parted from whoever brought them.

Never leaves a line in the audit trail: it would say when.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.domain.events import OpinionTaken
from app.domain.opinions import Opinion
from app.domain.words import WIB
from app.office.events import say
from app.office.names import is_id, is_word
from app.office.opinions.tables import OpinionRow
from app.office.tables import DeviceRow, RecordRow
from app.office.vouching import open_record, vouch
from app.protocol.opinion import OpenedOpinion, open_opinion
from app.protocol.record import RecordKind
from app.protocol.sealing import seal

if TYPE_CHECKING:
    from app.office.context import Office


_LONGEST_ROAD = timedelta(days=400)


def read_opinion(office: Office, digest: str) -> None:
    """Count an opinion and tell the kiosk that it is here; safe to repeat.

    What is true if it dies: one transaction writes all of it, and the record counts once for ever.
    """
    opened = open_record(office, digest, open_opinion)
    with office.database.write() as session:
        record = session.get_one(RecordRow, digest)
        if record.read_at is not None:
            return
        record.read_at = office.clock.now()
        opinion = _vouched(session, opened)
        if isinstance(opinion, str):
            record.refused_code = opinion
            say(session, office, record.device_id, OpinionTaken(digest, opinion))
            return
        if not opinion.said.is_empty:
            village = session.get_one(DeviceRow, opinion.device_id).name
            session.add(_row(office, opinion, village))
        say(session, office, opinion.device_id, OpinionTaken(digest))


def repeat_thanks(session: Session, office: Office, record: RecordRow) -> None:
    """Tell once more that an opinion is here whose record was lost and has come again."""
    if record.kind == int(RecordKind.OPINION) and record.read_at is not None:
        say(session, office, record.device_id, OpinionTaken(record.digest, record.refused_code))


def _row(office: Office, opinion: Opinion, village: str) -> OpinionRow:
    said = opinion.said
    words = said.words.strip()
    recipient = office.keys.keys.public().recipient
    today = office.clock.now().astimezone(WIB).date()
    # Of a kiosk whose clock stands wrong only the arrival is known.
    is_likely = today - _LONGEST_ROAD <= opinion.day <= today
    return OpinionRow(
        id=office.dice.bytes(16).hex(),
        village=village,
        service_id=opinion.service,
        occasion=opinion.occasion,
        day=opinion.day if is_likely else today,
        easy=said.easy,
        quick=said.quick,
        kind=said.kind,
        sealed_words=seal(words.encode(), recipient) if words else None,
    )


def _vouched(session: Session, opened: OpenedOpinion | str) -> Opinion | str:
    """Return what a known device brings, or why it does not count."""
    if isinstance(opened, str):
        return opened
    opinion = opened.opinion
    if not is_id(opinion.device_id) or not is_word(opinion.service) or "\0" in opinion.said.words:
        return "manifest_malformed"
    return vouch(session, opinion.device_id, opened.verify)
