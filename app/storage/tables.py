"""The kiosk's tables; what stands in a row, and what is never deleted.

States are text with a CHECK; times are ISO 8601 text in UTC through ``UtcTime``. Rows are frozen
facts or current state as each class says; nothing outside ``app.storage`` sees these classes.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.lifecycle import (
    DRAFT,
    FINALIZED,
    KIOSK_STATES,
    NEEDS_ATTENTION,
    OFFICE_STATES,
    SENDING,
)
from app.storage.appointment_tables import AppointmentRow as AppointmentRow
from app.storage.base import Table as Table
from app.storage.base import one_of
from app.storage.base import utc_text as utc_text
from app.storage.bill_tables import BillRow as BillRow
from app.storage.message_tables import MessageRow as MessageRow
from app.storage.opinion_tables import OpinionRow as OpinionRow

#: The tab of the operator's list, worked out by SQLite itself: each tab is a walk along an index.
_LIST_GROUP = (
    f"CASE WHEN state = '{DRAFT}' THEN 'drafts'"
    f" WHEN state IN ('{FINALIZED}', '{SENDING}') THEN 'waiting'"
    f" WHEN state = '{NEEDS_ATTENTION}' THEN 'attention'"
    " WHEN office_state = 'returned' THEN 'returned' ELSE 'received' END"
)


class SettingRow(Table):
    """One named setting, JSON text; also the key of this store (``local_identity``)."""

    __tablename__ = "settings"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class EnrolmentRow(Table):
    """The one enrolment of this device; at most one row, id 1."""

    __tablename__ = "enrolment"
    id: Mapped[int] = mapped_column(primary_key=True)
    office_url: Mapped[str]
    office_id: Mapped[str]
    office_name: Mapped[str]
    office_signing: Mapped[str]
    office_recipient: Mapped[str]
    device_id: Mapped[str]
    device_code: Mapped[str]
    device_signing: Mapped[str]
    device_identity: Mapped[str]
    token: Mapped[str]
    next_serial: Mapped[int]
    last_serial: Mapped[int]
    #: Number of the last event applied.
    cursor: Mapped[int] = mapped_column(default=0)
    #: Office time minus device time at the last contact.
    clock_offset_s: Mapped[float] = mapped_column(default=0.0)
    last_contact_at: Mapped[datetime | None]
    enrolled_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class CatalogueRow(Table):
    """A catalogue taken from the office, whole; kept while an application needs it."""

    __tablename__ = "catalogues"
    version: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    taken_at: Mapped[datetime]


class ApplicationRow(Table):
    """One person's request; current state."""

    __tablename__ = "applications"
    id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str | None] = mapped_column(unique=True)
    service_id: Mapped[str]
    catalogue_version: Mapped[str]
    state: Mapped[str]
    #: Last state heard from the office; empty before its receipt.
    office_state: Mapped[str] = mapped_column(default="")
    #: Revision being edited or last finalized, from 1.
    revision: Mapped[int] = mapped_column(default=1)
    resume_code: Mapped[str] = mapped_column(unique=True)
    #: The caller's own id of a folder given to ``loket submit``: twice is still one application.
    client_id: Mapped[str | None] = mapped_column(unique=True)
    #: Argon2id; empty in an application that came by ``loket submit``.
    pin_digest: Mapped[str] = mapped_column(default="")
    pin_failures: Mapped[int] = mapped_column(default=0)
    pin_locked_until: Mapped[datetime | None]
    #: Where the applicant was: a page's id, so that a draft reopens there.
    page: Mapped[str] = mapped_column(default="")
    #: Copies for lists and search: the name in capitals, the NIK, the date of birth (ISO).
    applicant_name: Mapped[str] = mapped_column(default="")
    applicant_nik: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[str] = mapped_column(default="")
    #: What the office wrote beside its last return for correction.
    returned_note: Mapped[str] = mapped_column(default="")
    operator: Mapped[str] = mapped_column(default="")
    is_training: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    list_group: Mapped[str] = mapped_column(Computed(_LIST_GROUP, persisted=False))
    __table_args__ = (
        one_of("state", list(KIOSK_STATES)),
        one_of("office_state", ["", *OFFICE_STATES]),
        Index("ix_applications_group", "list_group", "updated_at", "id"),
        Index("ix_applications_updated", "updated_at", "id"),
        Index("ix_applications_nik", "applicant_nik"),
        Index("ix_applications_created", "created_at"),
    )


class NameWordRow(Table):
    """One word of an applicant's name in capitals, for search by the beginning of any word."""

    __tablename__ = "name_words"
    word: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    __table_args__ = (
        Index("ix_name_words_application", "application_id"),
        {"sqlite_with_rowid": False},
    )


class AnswerRow(Table):
    """The current answer to one field."""

    __tablename__ = "answers"
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    field: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    saved_at: Mapped[datetime]
    __table_args__ = ({"sqlite_with_rowid": False},)


class OverrideRow(Table):
    """A warning kept with a reason."""

    __tablename__ = "overrides"
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    where_: Mapped[str] = mapped_column("where", primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]


class PageRow(Table):
    """One page of a document being prepared; its bytes are files sealed to this store."""

    __tablename__ = "pages"
    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    #: Document need of the service.
    need: Mapped[str]
    #: Document type chosen among the need's alternatives.
    type: Mapped[str]
    #: Order among the need's pages, from 0.
    position: Mapped[int]
    #: Clockwise quarter turns the person asked for, 0 to 3.
    turns: Mapped[int] = mapped_column(default=0)
    #: Of the prepared page; of before migration 0002, of the page as it came.
    media_type: Mapped[str]
    #: Name of the prepared page's sealed file: SHA-256 of its sealed bytes.
    blob_digest: Mapped[str]
    size_bytes: Mapped[int]
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    dpi: Mapped[float] = mapped_column(default=0.0)
    #: Where the picture came from: flatbed, feeder, network, camera, folder, file.
    source: Mapped[str] = mapped_column(default="file")
    #: The capture's sealed file; pages that lay on one glass share it.
    original_digest: Mapped[str] = mapped_column(default="")
    original_media_type: Mapped[str] = mapped_column(default="")
    #: JSON Outline on the capture; empty when nobody looked for the page on it yet.
    outline: Mapped[str] = mapped_column(default="")
    confidence: Mapped[float] = mapped_column(default=0.0)
    is_flat: Mapped[bool] = mapped_column(default=True)
    #: JSON Light; empty is good light.
    light: Mapped[str] = mapped_column(default="")
    #: JSON Verdict, its places on the page as it is turned.
    verdict: Mapped[str]
    #: Pictures taken for this page.
    tries: Mapped[int] = mapped_column(default=1)
    #: Why a page that is not good is used all the same.
    kept_reason: Mapped[str] = mapped_column(default="")
    #: The travelling form's sealed file, its size before sealing and its kind; empty until made.
    encoded_digest: Mapped[str] = mapped_column(default="")
    encoded_bytes: Mapped[int] = mapped_column(default=0)
    form: Mapped[str] = mapped_column(default="")
    #: JSON PaperReading; empty until the page was read.
    reading: Mapped[str] = mapped_column(default="")
    #: The local files were deleted after the office's decision: it can be replaced, not shown.
    is_purged: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_pages_application", "application_id", "need", "position"),
        Index(
            "ix_pages_undeveloped",
            "added_at",
            sqlite_where=text("encoded_digest = '' OR reading = ''"),
        ),
    )


class SubmissionRow(Table):
    """A frozen revision; never changed but for its receipt."""

    __tablename__ = "submissions"
    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    revision: Mapped[int]
    manifest_digest: Mapped[str]
    finalized_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    #: The signed receipt event, kept as proof.
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: SHA-256 of ``receipt``; people see its short form.
    receipt_digest: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("application_id", "revision"),
        Index("ix_submissions_manifest", "manifest_digest"),
        Index("ix_submissions_finalized", "finalized_at"),
        Index("ix_submissions_received", "received_at"),
    )


class RecordRow(Table):
    """A sealed record that travels; its bytes are the file named by its digest under ``blobs/``."""

    __tablename__ = "records"
    digest: Mapped[str] = mapped_column(primary_key=True)
    #: RecordKind number.
    kind: Mapped[int]
    size_bytes: Mapped[int]
    #: The office said in a receipt that it holds it; set back when it says that it is missing.
    is_held_by_office: Mapped[bool] = mapped_column(default=False)
    #: A pack with it was whole at the office; null again when no receipt follows for too long.
    sent_at: Mapped[datetime | None]
    #: Of a blob: the need, the content before sealing, for a later revision that names it again.
    content_digest: Mapped[str] = mapped_column(default="")
    #: The local file was deleted after the receipt.
    is_purged: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]


class SubmissionRecordRow(Table):
    """Which records travel for a submission: its manifest, its documents, then supplements."""

    __tablename__ = "submission_records"
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("records.digest"))
    #: Document need; empty for the manifest and for supplements, as are the next two.
    need: Mapped[str] = mapped_column(default="")
    type: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="")
    page_count: Mapped[int] = mapped_column(default=0)
    #: Size before sealing.
    size_bytes: Mapped[int] = mapped_column(default=0)
    __table_args__ = (Index("ix_submission_records_digest", "digest"),)


class SupplementRow(Table):
    """A page that the office asked for as it was captured; its records travel with the submission.

    They stand among the submission's records without a need, because no manifest names them.
    """

    __tablename__ = "supplements"
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    need: Mapped[str] = mapped_column(primary_key=True)
    #: From 1.
    page: Mapped[int] = mapped_column(primary_key=True)
    #: The supplement's record, and the page's; no page when it was no longer held.
    digest: Mapped[str] = mapped_column(ForeignKey("records.digest"), unique=True)
    blob_digest: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    #: The office said that it holds it.
    taken_at: Mapped[datetime | None]


class RequestRow(Table):
    """What the applicant asked of the office after sending; travels with the newest submission."""

    __tablename__ = "requests"
    id: Mapped[str] = mapped_column(primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    #: Tag of the body: withdrawn, written, billing, slots, collecting, notices.
    kind: Mapped[str]
    #: JSON RequestBody.
    body: Mapped[str]
    digest: Mapped[str] = mapped_column(ForeignKey("records.digest"), unique=True)
    made_at: Mapped[datetime]
    #: The office said that it acted on it, or, with a code, why not.
    taken_at: Mapped[datetime | None]
    code: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index("ix_requests_application", "application_id", "made_at"),)


class OutboxRow(Table):
    """One submission that waits for its receipt; goes in the transaction that stores it.

    One that was set aside also goes when a newer revision takes its place.
    """

    __tablename__ = "outbox"
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    queued_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    last_error_at: Mapped[datetime | None]
    #: Set aside until a person acts; never blocks the others.
    is_set_aside: Mapped[bool] = mapped_column(default=False)


class CarriedRow(Table):
    """A submission that lies whole on a stick; means something while it has no receipt."""

    __tablename__ = "carried"
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    #: Since when, for the first time without a receipt.
    carried_at: Mapped[datetime]
    #: Of the newest file that holds it.
    serial: Mapped[int]


class PackRow(Table):
    """A pack being sent: an ordered run of records as one tus upload, written by one connection."""

    __tablename__ = "packs"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    #: Where the office keeps the upload; empty until created.
    upload_path: Mapped[str] = mapped_column(default="")
    size_bytes: Mapped[int]
    #: Bytes the office said it holds.
    offset_bytes: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]


class PackRecordRow(Table):
    """The records of an open pack, in order; each is in one pack at most."""

    __tablename__ = "pack_records"
    pack_id: Mapped[int] = mapped_column(
        ForeignKey("packs.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("records.digest"))


class EventRow(Table):
    """Every event applied, as signed by the office; never deleted while the application lives."""

    __tablename__ = "events"
    number: Mapped[int] = mapped_column(primary_key=True)
    #: Not a foreign key: news may outlive a purged application.
    application_id: Mapped[str] = mapped_column(default="")
    said_at: Mapped[datetime]
    applied_at: Mapped[datetime]
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (Index("ix_events_application", "application_id"),)


class TimelineRow(Table):
    """What happened to an application, for people; append-only."""

    __tablename__ = "timeline"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    #: Key under ``timeline.``: started, resumed, finalized, sending, received, returned, ...
    what: Mapped[str]
    #: JSON object of values for the words.
    params: Mapped[str] = mapped_column(default="{}")
    __table_args__ = (Index("ix_timeline_application", "application_id", "id"),)


class ReturnedItemRow(Table):
    """What the office wants mended now; replaced by the next return, cleared by finalizing."""

    __tablename__ = "returned_items"
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]


class OperatorRow(Table):
    """One account of the operator's desk."""

    __tablename__ = "operators"
    name: Mapped[str] = mapped_column(primary_key=True)
    shown_name: Mapped[str]
    password_digest: Mapped[str]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class TransferRow(Table):
    """One measured stretch of sending, for the speed on the panel; old rows go after a week."""

    __tablename__ = "transfers"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    sent_bytes: Mapped[int]
    duration_s: Mapped[float]
