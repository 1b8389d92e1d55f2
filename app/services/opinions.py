"""Takes what people think of the service, without a name; the engine carries it another day."""

from __future__ import annotations

from app.domain.opinions import Occasion, Opinion, Said
from app.errors import UserError
from app.protocol.opinion import FORMAT, encode_opinion
from app.services.kiosk import Kiosk
from app.storage import opinions, submissions


def say_opinion(kiosk: Kiosk, service_id: str, occasion: Occasion, said: Said) -> None:
    """Queue an opinion; one that says nothing is not kept.

    Nothing of it leads back to an application, and the kiosk itself cannot read it again.

    What is true if it dies: a sealed file that no row names, which the sweep removes; or the
    opinion waits.

    Raises:
        UserError: ``not_enrolled``: there is nobody yet to seal it to.
    """
    if said.is_empty:
        return
    with kiosk.store.read() as session:
        sender = submissions.sender(session)
    if sender is None:
        raise UserError("not_enrolled")
    today = kiosk.today()
    opinion = Opinion(FORMAT, sender.device_id, service_id, occasion, today, said)
    record = encode_opinion(opinion, sender.keys, sender.office_recipient)
    kiosk.store.blobs.put(record.sealed)
    with kiosk.store.write() as session:
        opinions.keep(session, record.digest, len(record.sealed), today)
