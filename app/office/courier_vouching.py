"""Which device vouches for a record when the note before it is torn or does not name it.

A form is vouched for by its own signature, a document by a form that is here and names it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.errors import RemoteError
from app.office.names import is_id
from app.office.tables import (
    DeviceRow,
    SubmissionDocumentRow,
    SubmissionRow,
    SupplementRow,
)
from app.protocol.manifest import open_manifest
from app.protocol.opinion import open_opinion
from app.protocol.record import RecordHeader, RecordKind
from app.protocol.request import open_request
from app.protocol.supplement import open_supplement
from app.security.sticks import stick_faults

if TYPE_CHECKING:
    from app.office.context import Office


def bringer_of(office: Office, path: Path, start: int, header: RecordHeader) -> str:
    """Return the id of the device that vouches for a record, empty when none does.

    Args:
        office: ours.
        path: the file it is in.
        start: where its sealed bytes begin.
        header: of the record, whose bytes are whole.
    """
    if header.kind is RecordKind.BLOB:
        return _who_names(office, header.digest)
    with stick_faults(), path.open("rb") as file:
        file.seek(start)
        sealed = file.read(header.length_bytes)
    try:
        return _who_signed(office, sealed, header.kind)
    except RemoteError:
        return ""


def _who_signed(office: Office, sealed: bytes, kind: RecordKind) -> str:
    identity = office.keys.keys.identity
    if kind is RecordKind.MANIFEST:
        manifest = open_manifest(sealed, identity)
        device_id = manifest.manifest.device_id
        manifest.verify(_signing(office, device_id))
    elif kind is RecordKind.SUPPLEMENT:
        supplement = open_supplement(sealed, identity)
        device_id = supplement.supplement.device_id
        supplement.verify(_signing(office, device_id))
    elif kind is RecordKind.OPINION:
        opinion = open_opinion(sealed, identity)
        device_id = opinion.opinion.device_id
        opinion.verify(_signing(office, device_id))
    else:
        request = open_request(sealed, identity)
        device_id = request.request.device_id
        request.verify(_signing(office, device_id))
    return device_id


def _signing(office: Office, device_id: str) -> str:
    with office.database.read() as session:
        device = session.get(DeviceRow, device_id) if is_id(device_id) else None
        if device is None or device.is_revoked:
            raise RemoteError("device_unknown", is_retryable=False)
        return device.signing


def _who_names(office: Office, blob_digest: str) -> str:
    by_manifest = select(SubmissionRow.device_id).join(
        SubmissionDocumentRow, SubmissionDocumentRow.submission_id == SubmissionRow.id
    )
    by_supplement = select(SubmissionRow.device_id).join(
        SupplementRow, SupplementRow.submission_id == SubmissionRow.id
    )
    with office.database.read() as session:
        named = session.scalars(
            by_manifest.where(SubmissionDocumentRow.blob_digest == blob_digest)
        ).first()
        if named is None:
            named = session.scalars(
                by_supplement.where(SupplementRow.blob_digest == blob_digest)
            ).first()
    return named or ""
