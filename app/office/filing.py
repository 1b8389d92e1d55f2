"""A manifest that came: who made it, whether it can be taken, and its place in the database.

Checks everything that is used as a name, a key or a number, because a forged manifest must end as a
refusal and never as a fault. Never looks at documents' bytes.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.documents import PAGES_TYPE
from app.domain.events import Refused
from app.domain.ids import parse_reference
from app.errors import AppError, RemoteError
from app.office import audit
from app.office.catalogues import service_in
from app.office.events import say
from app.office.names import is_digest, is_id, is_word
from app.office.tables import (
    ApplicationRow,
    DeviceRow,
    RecordRow,
    SubmissionDocumentRow,
    SubmissionRow,
)
from app.protocol.manifest import Manifest, ManifestDocument, OpenedManifest
from app.protocol.record import MOST_RECORD_BYTES

if TYPE_CHECKING:
    from app.office.context import Office

#: What a browser may be handed by the console.
MEDIA_TYPES = frozenset({PAGES_TYPE, "application/pdf", "image/jpeg", "image/png", "image/tiff"})
_MOST_DOCUMENTS = 100
_MOST_NUMBER = 100_000


class Refusal(Exception):  # noqa: N818 - a decision, not a fault
    """Why a manifest is kept aside.

    Args:
        code: told to the device in an event.
        submission_id: of the manifest; the record's digest when not even that could be read.
        application_id: empty when unknown or unproven.
        device_id: whom to tell; empty = whoever brought the record.
    """

    def __init__(
        self, code: str, submission_id: str, application_id: str = "", device_id: str = ""
    ) -> None:
        super().__init__(code)
        self.code = code
        self.submission_id = submission_id
        self.application_id = application_id
        self.device_id = device_id


def file_manifest(
    session: Session, office: Office, record: RecordRow, opened: OpenedManifest
) -> str:
    """Store the submission of a manifest in the caller's transaction and return its id.

    Raises:
        Refusal: when it cannot be taken; nothing was written.
    """
    manifest = _vouched(session, record, opened)
    told = (manifest.submission_id, manifest.application_id, manifest.device_id)
    for code in (
        fault_of_form(session.get_one(DeviceRow, manifest.device_id), manifest),
        _fault_of_doubling(session, manifest),
        _fault_of_service(session, office, manifest),
    ):
        if code:
            raise Refusal(code, *told)
    submission, documents = filed_values(office, record.digest, manifest)
    session.add(SubmissionRow(**submission))
    session.flush()
    session.add_all(SubmissionDocumentRow(**document) for document in documents)
    return manifest.submission_id


def refuse(session: Session, office: Office, record: RecordRow, refusal: Refusal) -> None:
    """Keep a manifest aside in the caller's transaction and tell the device."""
    device_id = refusal.device_id or record.device_id
    record.refused_code = refusal.code
    say(
        session,
        office,
        device_id,
        Refused(refusal.submission_id, refusal.code),
        refusal.application_id,
    )
    audit.note(
        session,
        office.clock.now(),
        audit.device(record.device_id),
        "refused",
        refusal.application_id,
        code=refusal.code,
        digest=record.digest,
    )


def _vouched(session: Session, record: RecordRow, opened: OpenedManifest) -> Manifest:
    device_id = opened.manifest.device_id
    device = session.get(DeviceRow, device_id) if is_id(device_id) else None
    # Another kiosk may have brought it, long after its own was revoked.
    if device is None or device.is_revoked:
        raise Refusal("device_unknown", record.digest)
    try:
        manifest = opened.verify(device.signing)
    except RemoteError as error:
        raise Refusal(error.code, record.digest) from None
    if not (is_id(manifest.submission_id) and is_id(manifest.application_id)):
        raise Refusal("manifest_malformed", record.digest, device_id=device.id)
    return manifest


def fault_of_form(device: DeviceRow, manifest: Manifest) -> str:
    """Return what is wrong with a manifest by itself, as its own device's; empty when nothing."""
    return _fault_of_shape(manifest) or _fault_of_reference(device, manifest)


def _fault_of_shape(manifest: Manifest) -> str:
    words = (manifest.service, manifest.catalogue_version)
    is_fit = (
        all(is_word(word) for word in words)
        and 1 <= manifest.revision <= _MOST_NUMBER
        and _is_storable(manifest.finalized_at)
        and len(manifest.documents) <= _MOST_DOCUMENTS
        # Officers open a document by its need: of two, the second would never be seen.
        and len({document.need for document in manifest.documents}) == len(manifest.documents)
        and all(_is_fit(document) for document in manifest.documents)
        and not any("\0" in answer for answer in manifest.answers.values())
    )
    return "" if is_fit else "manifest_malformed"


def _is_storable(moment: datetime) -> bool:
    # A kiosk's clock may stand at its factory's date, but no clock knows an age without years of
    # four digits.
    return moment.tzinfo is not None and 1900 <= moment.year <= 9000


def _is_fit(document: ManifestDocument) -> bool:
    return (
        is_word(document.need)
        and is_word(document.type)
        and is_digest(document.blob_digest)
        and is_digest(document.content_digest)
        and document.media_type in MEDIA_TYPES
        and 1 <= document.page_count <= _MOST_NUMBER
        and 0 <= document.size_bytes <= MOST_RECORD_BYTES
    )


def _fault_of_reference(device: DeviceRow, manifest: Manifest) -> str:
    try:
        is_printed_form = parse_reference(manifest.reference) == manifest.reference
    except AppError:
        return "reference_not_yours"
    code, serial, _check = manifest.reference.split("-")
    in_block = device.first_serial <= int(serial) <= device.last_serial
    return "" if is_printed_form and code == device.code and in_block else "reference_not_yours"


def _fault_of_doubling(session: Session, manifest: Manifest) -> str:
    if session.get(SubmissionRow, manifest.submission_id) is not None:
        return "submission_doubled"
    others = session.scalars(
        select(SubmissionRow).where(
            (SubmissionRow.reference == manifest.reference)
            | (SubmissionRow.application_id == manifest.application_id)
        )
    ).all()
    for other in others:
        if other.application_id != manifest.application_id:
            return "reference_taken"
        if other.device_id != manifest.device_id or other.reference != manifest.reference:
            return "application_not_yours"
        if other.revision == manifest.revision:
            return "revision_doubled"
    application = session.get(ApplicationRow, manifest.application_id)
    if application is not None and application.service_id != manifest.service:
        return "service_changed"
    return ""


def _fault_of_service(session: Session, office: Office, manifest: Manifest) -> str:
    service = service_in(session, office, manifest.catalogue_version, manifest.service)
    return "" if service is not None else "service_unknown"


def filed_values(
    office: Office, manifest_digest: str, manifest: Manifest
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what stands in a submission's row, and in those of its documents."""
    submission = {
        "id": manifest.submission_id,
        "application_id": manifest.application_id,
        "device_id": manifest.device_id,
        "revision": manifest.revision,
        "reference": manifest.reference,
        "manifest_digest": manifest_digest,
        "finalized_at": manifest.finalized_at,
        "filed_at": office.clock.now(),
    }
    documents = [
        {
            "submission_id": manifest.submission_id,
            "position": position,
            "need": document.need,
            "type": document.type,
            "blob_digest": document.blob_digest,
            "content_digest": document.content_digest,
            "media_type": document.media_type,
            "page_count": document.page_count,
            "size_bytes": document.size_bytes,
        }
        for position, document in enumerate(manifest.documents)
    ]
    return submission, documents
