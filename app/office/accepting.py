"""Uploads from creation to their end, as rows and part files together; knows nothing of HTTP.

What is true if the process dies: the row is written before the part file, its end before the part
file goes. An open row whose file is missing or too short goes on behind the last record that was
taken; a file without an open row is rubbish that ``sweep`` removes. A power cut may forget the
newest rows, written lazily: the kiosk then hears that the upload is unknown, and begins anew.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import func, select, update

from app.domain.ids import new_id
from app.errors import LocalFault, RemoteError, UserError
from app.office.devices import Device
from app.office.disk import disk_faults
from app.office.tables import UploadRow
from app.office.turns import Claim
from app.office.uploads import LiveUpload

if TYPE_CHECKING:
    from app.office.context import Office


class Standing(msgspec.Struct, frozen=True):
    """What may be said of an upload in an answer."""

    length_bytes: int
    expires_at: datetime
    is_complete: bool
    #: Bytes that are here, when the upload was claimed.
    offset: int = 0


def create_upload(
    office: Office, device: Device, length_bytes: int, most_bytes: int, wanted_id: str = ""
) -> str:
    """Make room for a pack, and return the upload's name.

    Args:
        office: ours.
        device: whose pack.
        length_bytes: of the pack.
        most_bytes: that it may have.
        wanted_id: the device's own name for it: asked for twice, it is one upload.

    Raises:
        UserError: ``upload_unknown`` when the name is taken, ``upload_gone``.
        RemoteError: ``upload_too_long``.
        LocalFault: ``office_full`` when disk or budget have no room for all of it.
    """
    if length_bytes > most_bytes:
        raise RemoteError("upload_too_long", is_retryable=False)
    _end_surplus(office, device, wanted_id)
    upload_id = wanted_id or new_id(office.clock.now(), office.dice)
    with office.database.write(is_lazy=True) as session:
        known = session.get(UploadRow, upload_id)
        if known is not None:
            is_begun = _is_begun(known, device, length_bytes)
        else:
            is_begun = False
            promised = session.scalar(
                select(func.sum(UploadRow.length_bytes)).where(UploadRow.state == "open")
            )
            check_room(office, length_bytes, int(promised or 0))
            session.add(UploadRow(**upload_values(office, upload_id, device.id, length_bytes)))
    if is_begun:
        return upload_id
    path = office.uploads.path(upload_id)
    with disk_faults():
        path.touch(mode=0o600)
    office.uploads.keep(upload_id, length_bytes, 0, device.id)
    return upload_id


def upload_values(
    office: Office, upload_id: str, device_id: str, length_bytes: int
) -> dict[str, Any]:
    """Return what stands in the row of an upload that begins."""
    now = office.clock.now()
    return {
        "id": upload_id,
        "device_id": device_id,
        "length_bytes": length_bytes,
        "created_at": now,
        "expires_at": now + timedelta(seconds=office.settings.upload_life_s),
    }


def _is_begun(known: UploadRow, device: Device, length_bytes: int) -> bool:
    """Tell whether an upload that is asked for again has more than its row.

    A row without its part file is what a kill between the two leaves: the file is made now.
    """
    if known.device_id != device.id or known.length_bytes != length_bytes:
        raise UserError("upload_unknown")
    return known.state != "open" or known.taken_bytes > 0


def standing(office: Office, device: Device, upload_id: str) -> Standing:
    """Tell how an upload stands.

    Raises:
        UserError: ``upload_unknown`` (also for another device's), ``upload_gone``.
    """
    with office.database.read() as session:
        row = session.get(UploadRow, upload_id)
        if row is None or row.device_id != device.id:
            raise UserError("upload_unknown")
        if row.state not in ("open", "complete"):
            raise UserError("upload_gone")
        return Standing(row.length_bytes, row.expires_at, row.state == "complete")


def claim_upload(
    office: Office,
    device: Device,
    upload_id: str,
    claim: Claim,
    offset: int | None = None,
    *,
    may_overlap: bool = False,
) -> tuple[Standing, LiveUpload | None]:
    """Take an upload over for a request; a complete one has nothing left to take.

    Args:
        office: ours.
        device: who asks.
        upload_id: which upload.
        claim: the request's.
        offset: where it wants to go on; None only asks.
        may_overlap: it may begin with bytes that are here already.

    Raises:
        UserError: as ``standing``.
        RemoteError: ``offset_wrong``, ``pack_torn``.
    """
    for is_last in (False, True):
        known = standing(office, device, upload_id)
        if known.is_complete:
            if offset is not None and offset != known.length_bytes and not may_overlap:
                raise RemoteError("offset_wrong", offset=known.length_bytes)
            return msgspec.structs.replace(known, offset=known.length_bytes), None
        try:
            live = _touch(office, upload_id)
            size = live.claim(claim, offset, may_overlap=may_overlap)
            # A fault may have kept whole records from being taken when their bytes came.
            _take_what_came(office, live)
            if live.is_complete():
                end_upload(office, upload_id, "complete")
                return msgspec.structs.replace(known, is_complete=True, offset=size), None
            return msgspec.structs.replace(known, offset=size), live
        except UserError:
            # Another request may have completed it in between: then it stands so by now.
            if is_last:
                raise
    raise UserError("upload_gone")


def _touch(office: Office, upload_id: str) -> LiveUpload:
    """Return an open upload; after a start it is made anew from its row and its part file.

    Raises:
        UserError: ``upload_gone``.
    """
    known = office.uploads.known(upload_id)
    if known is not None:
        return known
    with office.database.read() as session:
        row = session.get_one(UploadRow, upload_id)
        taken_bytes = row.taken_bytes
    path = office.uploads.path(upload_id)
    if not path.exists() or path.stat().st_size < taken_bytes:
        # A power cut, or another machine: what was taken is kept as records, the rest comes again.
        with disk_faults():
            path.touch(mode=0o600)
            os.truncate(path, taken_bytes)
    return office.uploads.keep(upload_id, row.length_bytes, taken_bytes, row.device_id)


def _take_what_came(office: Office, live: LiveUpload) -> None:
    """Take records out without being the writer; a torn one ends the upload.

    Raises:
        RemoteError: ``pack_torn``.
    """
    try:
        live.take(office)
    except RemoteError as error:
        if error.code == "pack_torn":
            end_upload(office, live.id, "torn")
        raise


def prolong(office: Office, upload_id: str) -> datetime:
    """Give an upload its full life again, because its device is at it; return the new end."""
    expires_at = office.clock.now() + timedelta(seconds=office.settings.upload_life_s)
    with office.database.write(is_lazy=True) as session:
        session.execute(
            update(UploadRow).where(UploadRow.id == upload_id).values(expires_at=expires_at)
        )
    return expires_at


def end_upload(office: Office, upload_id: str, state: str) -> None:
    """End an upload; one that ended before keeps its first end."""
    with office.database.write(is_lazy=True) as session:
        session.execute(
            update(UploadRow)
            .where(UploadRow.id == upload_id, UploadRow.state == "open")
            .values(state=state)
        )
    office.uploads.end(upload_id)


def sweep(office: Office) -> None:
    """End what expired and remove files that belong to no open upload."""
    with office.database.read() as session:
        rows = session.execute(
            select(UploadRow.id, UploadRow.expires_at).where(UploadRow.state == "open")
        ).all()
    now = office.clock.now()
    for upload_id, expires_at in rows:
        if expires_at <= now:
            end_upload(office, upload_id, "expired")
    # Files are listed before rows: an upload made in between has its row already.
    files = office.uploads.files()
    with office.database.read() as session:
        is_open = set(session.scalars(select(UploadRow.id).where(UploadRow.state == "open")))
    for file in files:
        if file.stem not in is_open:
            file.unlink(missing_ok=True)


def check_room(office: Office, length_bytes: int = 0, promised_bytes: int = 0) -> None:
    """Refuse to write when the disk has not so much left, and its reserve.

    Args:
        office: ours.
        length_bytes: to be written now.
        promised_bytes: to uploads that are open.

    Raises:
        LocalFault: ``office_full``, ``office_folder_unusable``.
    """
    settings = office.settings
    if promised_bytes + length_bytes > settings.most_part_bytes:
        raise LocalFault("office_full")
    # Every byte lies on the disk twice until its upload ends: in the part file and as a record.
    needed = 2 * length_bytes + settings.least_free_bytes
    with disk_faults():
        free = shutil.disk_usage(os.fspath(settings.folder)).free
    if free < needed:
        raise LocalFault("office_full")


def _end_surplus(office: Office, device: Device, wanted_id: str) -> None:
    """End the oldest uploads of a device that keeps making new ones, their answers lost."""
    with office.database.read() as session:
        ids = session.scalars(
            select(UploadRow.id)
            .where(
                UploadRow.device_id == device.id,
                UploadRow.state == "open",
                UploadRow.id != wanted_id,
            )
            .order_by(UploadRow.created_at.desc(), UploadRow.id.desc())
            .offset(office.settings.most_uploads_per_device - 1)
        ).all()
    for upload_id in ids:
        end_upload(office, upload_id, "expired")
