"""What the office says to a device, numbered per device; applying one twice changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from app.domain.slots import FreeSlot, Slot


class Receipt(msgspec.Struct, frozen=True, tag="receipt"):
    """The office holds the manifest and every document it names."""

    submission_id: str
    #: SHA-256 of the sealed manifest record, hexadecimal.
    manifest_digest: str
    #: Every blob digest named by the manifest, in its order.
    document_digests: tuple[str, ...]
    received_at: datetime
    #: For a kiosk that came back from an older backup and no longer knows the submission; empty
    #: from an older office.
    reference: str = ""
    revision: int = 0


class ReturnedItem(msgspec.Struct, frozen=True):
    """One field or document to mend, and why."""

    kind: Literal["field", "document"]
    #: Field id or document need id.
    id: str
    reason: str


class Returned(msgspec.Struct, frozen=True, tag="returned"):
    """Sent back for correction (dikembalikan)."""

    items: tuple[ReturnedItem, ...]
    note: str = ""


class StateChanged(msgspec.Struct, frozen=True, tag="state"):
    """The office moved the application to another state."""

    state: str
    reason: str = ""


class MissingRecords(msgspec.Struct, frozen=True, tag="missing"):
    """The office lacks records it once receipted (a restored backup); they travel again."""

    digests: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The office cannot take a submission (torn, forged, unknown service); a person must act."""

    submission_id: str
    code: str


class PageAsked(msgspec.Struct, frozen=True, tag="page_asked"):
    """An officer wants one page as it was captured, not only in the form in which it travelled."""

    submission_id: str
    #: Document need id.
    need: str
    #: From 1.
    page: int


class PageTaken(msgspec.Struct, frozen=True, tag="page_taken"):
    """The office holds the answer to PageAsked: the supplement, and the page if there is one."""

    supplement_digest: str
    #: Empty when the device no longer held the page, or what it said of it makes no sense.
    blob_digest: str = ""


class BillLine(msgspec.Struct, frozen=True):
    """One tariff line of a bill, in words of both languages."""

    code: str
    label_id: str
    label_en: str
    rupiah: int


class BillingIssued(msgspec.Struct, frozen=True, tag="billing"):
    """A billing code (kode billing) to pay with until it expires; nothing is paid at the kiosk."""

    #: 15 digits.
    code: str
    rupiah: int
    lines: tuple[BillLine, ...]
    issued_at: datetime
    expires_at: datetime
    #: Where it can be paid: keys under ``billing.channel``.
    channels: tuple[str, ...]


class PaymentNoted(msgspec.Struct, frozen=True, tag="payment"):
    """The state treasury has the money; its number (NTPN) is the applicant's proof."""

    billing_code: str
    rupiah: int
    paid_at: datetime
    ntpn: str


class SlotsPublished(msgspec.Struct, frozen=True, tag="slots_free"):
    """The interview slots that were free when the office looked; a newer list replaces it."""

    at: datetime
    slots: tuple[FreeSlot, ...]


class SlotsOffered(msgspec.Struct, frozen=True, tag="slots_offered"):
    """None of the wishes is free any more, or the office could not hold the slot: choose again."""

    slots: tuple[FreeSlot, ...]
    #: The slot given before is not the applicant's any more (the boat did not sail).
    is_released: bool = False


class SlotGiven(msgspec.Struct, frozen=True, tag="slot"):
    """When and where to come; a later one replaces it."""

    slot: Slot


class Said(msgspec.Struct, frozen=True, tag="message"):
    """What an officer writes to the applicant about the application."""

    id: str
    text: str


class ParcelSent(msgspec.Struct, frozen=True, tag="parcel"):
    """The passport left by post."""

    tracking: str
    sent_at: datetime


class NumberGiven(msgspec.Struct, frozen=True, tag="ministry_number"):
    """The ministry's own number of an application that the office accepted."""

    #: 16 digits.
    number: str


class RequestTaken(msgspec.Struct, frozen=True, tag="request_taken"):
    """The office holds a request and has acted on it, or says why it cannot."""

    request_id: str
    #: SHA-256 of the sealed request: its record's name.
    digest: str
    #: Empty when it was done; else why not, a key under ``request_refused.``.
    code: str = ""


class OpinionTaken(msgspec.Struct, frozen=True, tag="opinion_taken"):
    """The office holds an opinion; it names nobody, so this does neither."""

    #: SHA-256 of the sealed opinion: its record's name.
    digest: str
    #: Empty when it counts; else why not.
    code: str = ""


class CataloguePublished(msgspec.Struct, frozen=True, tag="catalogue"):
    """A newer catalogue, whole."""

    version: str
    #: The catalogue's JSON as written by ``app.domain.catalogue_reading.encode``.
    catalogue: msgspec.Raw


class Unread(msgspec.Struct, frozen=True, tag="unread"):
    """Said by an office newer than this program: signed, numbered, and not understood here."""


EventBody = (
    Receipt
    | Returned
    | StateChanged
    | MissingRecords
    | Refused
    | PageAsked
    | PageTaken
    | RequestTaken
    | BillingIssued
    | PaymentNoted
    | SlotsPublished
    | SlotsOffered
    | SlotGiven
    | Said
    | ParcelSent
    | NumberGiven
    | OpinionTaken
    | CataloguePublished
)


class Event(msgspec.Struct, frozen=True):
    """One numbered message from the office to one device."""

    device_id: str
    #: 1, 2, 3, ... without gaps for each device.
    number: int
    said_at: datetime
    body: EventBody | Unread
    #: The application spoken of; empty for news that concern none.
    application_id: str = ""
