"""Puts what was set aside back into the queue, once a person has acted on its reason."""

from __future__ import annotations

from app.domain.news import ApplicationChanged
from app.errors import UserError
from app.services.kiosk import Kiosk
from app.storage import details as stored
from app.storage.sending import take_up_again


def send_again(kiosk: Kiosk, application_id: str) -> None:
    """Send an application's set-aside submission once more; the sync engine wakes by the news.

    What is true if it dies: one transaction; either it still stands aside or it waits in the queue.

    Raises:
        UserError: ``not_set_aside`` when nothing of it stands aside any more.
    """
    now = kiosk.clock.now()
    with kiosk.store.write() as session:
        aside = [line for line in stored.submissions(session, application_id) if line.is_set_aside]
        if not aside:
            raise UserError("not_set_aside")
        for submission in aside:
            take_up_again(session, submission.id, now)
    kiosk.announcer.announce(ApplicationChanged(application_id, "queued_again"))
