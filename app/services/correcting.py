"""Opens an application that came back as a draft of its next revision; sends nothing."""

from __future__ import annotations

from app.domain.lifecycle import DRAFT, NEEDS_ATTENTION, RECEIVED
from app.domain.news import ApplicationChanged
from app.errors import UserError
from app.services.drafts import Draft, load_draft
from app.services.kiosk import Kiosk
from app.storage import drafts as stored_drafts
from app.storage import submissions as stored


def open_correction(kiosk: Kiosk, application_id: str) -> Draft:
    """Make a returned or refused application a draft again; one already open is simply loaded.

    What is true if it dies: one transaction changes state and revision; what the office wants
    mended stays noted until the correction is finalized.

    Raises:
        UserError: ``application_unknown``; ``not_returned`` when there is nothing to correct.
    """
    with kiosk.store.write() as session:
        found = stored_drafts.load(session, application_id)
        if found is None:
            raise UserError("application_unknown")
        if found.state != DRAFT:
            is_returned = found.state == RECEIVED and found.office_state == "returned"
            if not is_returned and found.state != NEEDS_ATTENTION:
                raise UserError("not_returned")
            stored.reopen(session, application_id, kiosk.clock.now())
    kiosk.announcer.announce(ApplicationChanged(application_id, "correcting"))
    return load_draft(kiosk, application_id)
