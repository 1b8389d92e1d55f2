"""What an applicant takes home later: the code to pay with, the proof of payment, the interview.

Never puts a name, a number of a person or an answer on paper.
"""

from __future__ import annotations

from datetime import datetime

from app.domain.catalogue import Label
from app.domain.checking import needed_documents
from app.domain.words import WIB, Words
from app.errors import UserError
from app.printing.slip import Paper, SlipContent, slip_pdf
from app.services.billing import paying
from app.services.drafts import Draft, load_draft
from app.services.kiosk import Kiosk
from app.services.scheduling import scheduling
from app.storage.bills import Bill

_GROUP = 5


def grouped(code: str) -> str:
    """Return a billing code as people read it out: five digits at a time."""
    return " ".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def billing_slip(kiosk: Kiosk, application_id: str, paper: Paper, words: Words) -> bytes:
    """Draw the code that can be paid now, until when, and where.

    Raises:
        UserError: ``application_unknown``; ``code_over`` when there is none that can be paid.
    """
    standing = paying(kiosk, application_id)
    if standing.bill is None or not standing.left_s:
        raise UserError("code_over")
    bill, draft = standing.bill, load_draft(kiosk, application_id)
    content = SlipContent(
        kind="billing",
        reference=draft.reference or "",
        service=words.label(draft.service.label),
        office=_office(kiosk, draft, words),
        created_at=kiosk.clock.now(),
        code=grouped(bill.code),
        until=bill.expires_at,
        channels=tuple(words(f"billing.channel.{one}.name") for one in bill.channels),
        fees=_lines(bill, words),
    )
    return slip_pdf(content, paper, words)


def payment_slip(kiosk: Kiosk, application_id: str, paper: Paper, words: Words) -> bytes:
    """Draw the proof of payment with the state treasury's number.

    Raises:
        UserError: ``application_unknown``; ``not_paid`` before the office noted a payment.
    """
    bill = paying(kiosk, application_id).bill
    if bill is None or bill.paid_at is None:
        raise UserError("not_paid")
    draft = load_draft(kiosk, application_id)
    content = SlipContent(
        kind="payment",
        reference=draft.reference or "",
        service=words.label(draft.service.label),
        office=_office(kiosk, draft, words),
        created_at=kiosk.clock.now(),
        code=bill.ntpn,
        paid_at=bill.paid_at,
        rupiah=bill.rupiah,
        billing_code=grouped(bill.code),
        fees=_lines(bill, words),
    )
    return slip_pdf(content, paper, words)


def interview_slip(kiosk: Kiosk, application_id: str, paper: Paper, words: Words) -> bytes:
    """Draw when and where to come, and what to bring.

    Raises:
        UserError: ``application_unknown``; ``not_scheduled`` before one was given.
    """
    slot = scheduling(kiosk, application_id).slot
    if slot is None:
        raise UserError("not_scheduled")
    draft = load_draft(kiosk, application_id)
    content = SlipContent(
        kind="interview",
        reference=draft.reference or "",
        service=words.label(draft.service.label),
        office=slot.place,
        created_at=kiosk.clock.now(),
        code=f"{day_words(words, slot.starts_at)} {clock_words(words, slot.starts_at)}",
        place=slot.place,
        bring=tuple(paper_words(words, labels) for labels in papers(kiosk, draft)),
    )
    return slip_pdf(content, paper, words)


def papers(kiosk: Kiosk, draft: Draft) -> tuple[tuple[Label, ...], ...]:
    """Return the papers that the office wants to see; of those together, one is enough."""
    catalogue = kiosk.catalogues.of(draft.catalogue_version)
    needs = needed_documents(draft.service, draft.answers, kiosk.today())
    return tuple(
        tuple(catalogue.document_type(kind).label for kind in need.one_of) for need in needs
    )


def paper_words(words: Words, labels: tuple[Label, ...]) -> str:
    """Return one paper to bring, or those of which one is enough."""
    return " / ".join(words.label(label) for label in labels)


def day_words(words: Words, moment: datetime) -> str:
    """Return a day as Selasa, 24 November 2026, by the islands' calendar."""
    day = moment.astimezone(WIB).date()
    weekday = words(f"life.weekday_{day.weekday()}")
    return words("life.day", weekday=weekday, date=words.date(day))


def clock_words(words: Words, moment: datetime) -> str:
    """Return a time of day as 08.30."""
    return words.moment(moment).rpartition(" ")[2]


def _office(kiosk: Kiosk, draft: Draft, words: Words) -> str:
    catalogue = kiosk.catalogues.of(draft.catalogue_version)
    try:
        return words.label(catalogue.office(draft.answers.get("office", "")).label)
    except KeyError:
        return ""


def _lines(bill: Bill, words: Words) -> tuple[tuple[str, int], ...]:
    is_id = words.language == "id"
    return tuple((line.label_id if is_id else line.label_en, line.rupiah) for line in bill.lines)
