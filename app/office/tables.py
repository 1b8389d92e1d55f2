"""The office's tables; what stands in a row, and what is never changed.

Nothing personal stands here but what a list needs (name, birth date) and a keyed digest of the NIK:
answers stay in the sealed manifest record under ``blobs/`` and are opened for an officer's view
only. States are text with a CHECK, times sortable text in UTC, so that SQLite and PostgreSQL behave
alike.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycle import OFFICE_STATES
from app.office.agencies.tables import AgencyOrderRow as AgencyOrderRow
from app.office.agencies.tables import MinistryChangeRow as MinistryChangeRow
from app.office.agencies.tables import MinistryNumberRow as MinistryNumberRow
from app.office.base import Table as Table
from app.office.base import one_of
from app.office.billing.tables import BillRow as BillRow
from app.office.billing.tables import PaymentNoticeRow as PaymentNoticeRow
from app.office.figures.tables import DeviceDayRow as DeviceDayRow
from app.office.guess_tables import GuessRow as GuessRow
from app.office.noticing.tables import ContactRow as ContactRow
from app.office.noticing.tables import NoticeRow as NoticeRow
from app.office.officer_tables import OfficerRoleRow as OfficerRoleRow
from app.office.officer_tables import RecoveryCodeRow as RecoveryCodeRow
from app.office.opinions.tables import OpinionRow as OpinionRow
from app.office.reasons_tables import ReturnReasonRow as ReturnReasonRow
from app.office.slots.invitation_tables import InvitationRow as InvitationRow
from app.office.slots.tables import BookingRow as BookingRow
from app.office.slots.tables import ClosedDayRow as ClosedDayRow
from app.office.slots.tables import SlotRuleRow as SlotRuleRow
from app.office.talking.handing_tables import HandoverRow as HandoverRow
from app.office.talking.tables import CollectingRow as CollectingRow
from app.office.talking.tables import MessageRow as MessageRow
from app.office.verifying.tables import JudgementRow as JudgementRow
from app.office.verifying.tables import LikenessRow as LikenessRow
from app.office.verifying.tables import PassportMarkRow as PassportMarkRow
from app.office.verifying.tables import TwinRow as TwinRow
from app.office.ways.tables import WayRow as WayRow

#: Life of an upload; an ended one answers 410.
UPLOAD_STATES = ("open", "complete", "torn", "cancelled", "expired")
#: Of a document's bytes against the digest its manifest gave: not opened yet, right, wrong.
VERDICTS = ("unseen", "right", "wrong")


class OfficerRow(Table):
    """One account of the review console."""

    __tablename__ = "officers"
    #: What is typed at sign-in, lower case.
    name: Mapped[str] = mapped_column(primary_key=True)
    shown_name: Mapped[str]
    #: Argon2id.
    password_digest: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    #: Secret of the authenticator, sealed to the office's own key; null until it is set up.
    sealed_factor: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Thirty-second step of the newest code that was taken: none is taken twice.
    factor_step: Mapped[int] = mapped_column(BigInteger, default=-1)
    created_at: Mapped[datetime]


class SessionRow(Table):
    """One signed-in browser; the cookie's token is known by its SHA-256 only."""

    __tablename__ = "sessions"
    token_digest: Mapped[str] = mapped_column(primary_key=True)
    officer: Mapped[str] = mapped_column(ForeignKey("officers.name", ondelete="CASCADE"))
    #: Sent with every form and compared, against forged requests.
    form_token: Mapped[str]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    #: When the second factor was given; until then the session opens nothing but the page for it.
    factor_at: Mapped[datetime | None]
    #: Secret offered to an account that has none yet, sealed as ``OfficerRow.sealed_factor``.
    sealed_offer: Mapped[bytes | None] = mapped_column(LargeBinary)


class EnrolmentCodeRow(Table):
    """A one-time code.

    After its use the answer stays until the code expires, for a device that lost it.
    """

    __tablename__ = "enrolment_codes"
    #: Its first four letters, which travel.
    name: Mapped[str] = mapped_column(primary_key=True)
    #: Its other sixteen letters, sealed to the office's own key: a copied database enrols nobody.
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    device_name: Mapped[str]
    #: Three letters that will begin the device's references.
    device_code: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    #: The EnrolmentAnswer given, JSON.
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)


class DeviceRow(Table):
    """One enrolled kiosk."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(primary_key=True)
    #: Begins every reference made on it.
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    #: Ed25519 public key, hexadecimal.
    signing: Mapped[str]
    #: age recipient.
    recipient: Mapped[str]
    #: SHA-256 of its bearer token.
    token_digest: Mapped[str] = mapped_column(unique=True)
    first_serial: Mapped[int]
    last_serial: Mapped[int]
    #: Number of its newest event; raised in the transaction that writes the event, so without gaps.
    last_event: Mapped[int] = mapped_column(default=0)
    is_revoked: Mapped[bool] = mapped_column(default=False)
    enrolled_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class UploadRow(Table):
    """One tus upload.

    How many bytes have come is the size of its part file and stands nowhere else.
    """

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    length_bytes: Mapped[int] = mapped_column(BigInteger)
    #: End of the last record taken out; parsing goes on from here after a kill.
    taken_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    __table_args__ = (
        one_of("state", UPLOAD_STATES),
        Index("ix_uploads_state_expires", "state", "expires_at"),
    )


class RecordRow(Table):
    """A sealed record that came whole.

    Its bytes are the file named by its digest under ``blobs/``.
    """

    __tablename__ = "records"
    digest: Mapped[str] = mapped_column(primary_key=True)
    #: RecordKind number.
    kind: Mapped[int]
    size_bytes: Mapped[int]
    #: The device that brought it first.
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    received_at: Mapped[datetime]
    #: Of a manifest: when it was read and filed or refused; null = still to be read.
    read_at: Mapped[datetime | None]
    #: Of a manifest kept aside: why.
    refused_code: Mapped[str] = mapped_column(default="")
    #: The file was lost and a device asked for it; null again once it has come.
    missing_since: Mapped[datetime | None]
    __table_args__ = (Index("ix_records_kind_read", "kind", "read_at"),)


class CourierNoteRow(Table):
    """The note of a courier file that came, by stick or by a relay's link; never changed.

    Says how far the device had heard us: its return file begins after that.
    """

    __tablename__ = "courier_notes"
    #: The note's own record, which names the file.
    digest: Mapped[str] = mapped_column(ForeignKey("records.digest"), primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    #: Counts the device's files.
    serial: Mapped[int]
    cursor: Mapped[int]
    made_at: Mapped[datetime]
    #: Records behind the note, and their bytes.
    records: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    came_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_courier_notes_came", "came_at"),
        Index("ix_courier_notes_device", "device_id", "came_at"),
    )


class ApplicationRow(Table):
    """One person's request, known from its first complete submission on; current state."""

    __tablename__ = "applications"
    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    service_id: Mapped[str]
    catalogue_version: Mapped[str]
    state: Mapped[str]
    #: Newest complete revision.
    revision: Mapped[int]
    #: Officer who took it into review.
    assigned_to: Mapped[str | None] = mapped_column(ForeignKey("officers.name"))
    #: Copies for lists: name in capitals, birth date (ISO).
    applicant_name: Mapped[str]
    birth_date: Mapped[str]
    #: HMAC-SHA-256 of the NIK with the office's lookup key, to find without holding; empty without
    #: a NIK.
    nik_digest: Mapped[str] = mapped_column(default="")
    is_training: Mapped[bool] = mapped_column(default=False)
    #: When its first and its newest revision were complete.
    first_received_at: Mapped[datetime]
    received_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (
        one_of("state", tuple(OFFICE_STATES)),
        Index("ix_applications_state_received", "state", "received_at"),
        Index("ix_applications_received", "received_at"),
        Index("ix_applications_name", "applicant_name"),
        Index("ix_applications_nik", "nik_digest"),
    )


class SubmissionRow(Table):
    """One revision as its verified manifest gave it; complete once ``received_at`` is set."""

    __tablename__ = "submissions"
    id: Mapped[str] = mapped_column(primary_key=True)
    #: No foreign key: the application's row is made when its first submission is complete.
    application_id: Mapped[str]
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    revision: Mapped[int]
    reference: Mapped[str]
    manifest_digest: Mapped[str] = mapped_column(ForeignKey("records.digest"), unique=True)
    finalized_at: Mapped[datetime]
    filed_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    #: Number of the event that carries its receipt.
    receipt_event: Mapped[int | None]
    __table_args__ = (
        UniqueConstraint("application_id", "revision", name="uq_submissions_revision"),
        Index("ix_submissions_waiting", "received_at"),
        Index("ix_submissions_reference", "reference"),
    )


class SubmissionDocumentRow(Table):
    """One document of a submission, in the manifest's order."""

    __tablename__ = "submission_documents"
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    need: Mapped[str]
    type: Mapped[str]
    #: No foreign key: the blob may come later.
    blob_digest: Mapped[str]
    content_digest: Mapped[str]
    media_type: Mapped[str]
    page_count: Mapped[int]
    size_bytes: Mapped[int]
    #: Set at the first opening by an officer.
    verdict: Mapped[str] = mapped_column(default="unseen")
    __table_args__ = (
        one_of("verdict", VERDICTS),
        Index("ix_submission_documents_blob", "blob_digest"),
        Index("ix_submission_documents_content", "content_digest"),
    )


class SupplementRow(Table):
    """One page of a received submission as it was captured: asked for, and brought."""

    __tablename__ = "supplements"
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    need: Mapped[str] = mapped_column(primary_key=True)
    #: From 1.
    page: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    #: The device's answer; null until it came.
    record_digest: Mapped[str | None] = mapped_column(ForeignKey("records.digest"))
    #: No foreign key: the blob may come later. Empty when the device held the page no more.
    blob_digest: Mapped[str] = mapped_column(default="")
    content_digest: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="")
    size_bytes: Mapped[int] = mapped_column(default=0)
    #: Answer and page are both here, and the device was told.
    taken_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_supplements_blob", "blob_digest"),)


class RequestRow(Table):
    """What an applicant asked after sending, and what came of it; never changed."""

    __tablename__ = "requests"
    #: Its record; what was asked stays sealed there.
    digest: Mapped[str] = mapped_column(ForeignKey("records.digest"), primary_key=True)
    id: Mapped[str]
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    #: Tag of its body: withdrawn, written, billing, slots, collecting, notices.
    kind: Mapped[str]
    #: By the device's clock.
    made_at: Mapped[datetime]
    taken_at: Mapped[datetime]
    #: Why it was not done; empty when it was.
    code: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index("ix_requests_application", "application_id", "taken_at"),)


class EventRow(Table):
    """What the office said to a device; never changed."""

    __tablename__ = "events"
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    #: Empty for news that concern no application.
    application_id: Mapped[str] = mapped_column(default="")
    #: Tag of the event's body: receipt, returned, state, missing, refused, catalogue,
    #: page_asked, page_taken.
    kind: Mapped[str]
    said_at: Mapped[datetime]
    #: As signed by the office; sealed to the device at each pull.
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (Index("ix_events_application", "application_id"),)


class DecisionRow(Table):
    """What happened to an application at the office, for people; never changed."""

    __tablename__ = "decisions"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    revision: Mapped[int]
    at: Mapped[datetime]
    #: Null when the office's own rules acted (a revision came in).
    officer: Mapped[str | None] = mapped_column(ForeignKey("officers.name"))
    from_state: Mapped[str]
    to_state: Mapped[str]
    #: What the applicant is told.
    reason: Mapped[str] = mapped_column(default="")
    #: JSON list of returned items.
    items: Mapped[str] = mapped_column(default="[]")
    __table_args__ = (Index("ix_decisions_application", "application_id", "id"),)


class AuditRow(Table):
    """Who did or saw what; append-only, held so by a trigger in both databases."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    #: ``officer:<name>``, ``device:<id>`` or ``office``.
    who: Mapped[str]
    #: Key under ``console.trail.what``: sign_in, open_submission, open_document, accept, ...
    what: Mapped[str]
    application_id: Mapped[str] = mapped_column(default="")
    #: JSON object of ids and codes; never an answer.
    params: Mapped[str] = mapped_column(default="{}")
    __table_args__ = (
        Index("ix_audit_application", "application_id", "id"),
        Index("ix_audit_who", "who", "id"),
        Index("ix_audit_at", "at"),
    )


class CatalogueRow(Table):
    """A published catalogue, whole."""

    __tablename__ = "catalogues"
    version: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[datetime]
