"""Packs that are here with all their bytes, and whether they are plain: nothing to weigh, no guess.

Plain is a pack of new submissions by the device that brings it, each with all its documents.
Decides by the bytes alone what may be decided by them; never refuses anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from app.errors import RemoteError
from app.office.devices import Device
from app.office.filing import fault_of_form
from app.office.names import is_id
from app.office.tables import DeviceRow
from app.protocol.manifest import Manifest, open_manifest
from app.protocol.marks import Mark
from app.protocol.record import Record, RecordKind, read_pack

if TYPE_CHECKING:
    from app.office.context import Office


class WholePack(msgspec.Struct, frozen=True):
    """A pack and what its request said."""

    #: The device's own name for the upload.
    upload_id: str
    token_digest: str
    content: bytes
    cursor: int
    heard: tuple[Mark, ...]


class PlainPack(msgspec.Struct, frozen=True):
    """What a plain pack holds."""

    pack: WholePack
    device: Device
    recipient: str
    #: By digest, in the pack's order.
    records: Mapping[str, Record]
    #: By the digest of each one's record.
    manifests: Mapping[str, Manifest]

    def names(self) -> list[str]:
        """Return everything that must be new, and that may stand in it once only."""
        names = [self.pack.upload_id, *self.records]
        for one in self.manifests.values():
            names += (one.submission_id, one.application_id, one.reference)
        return names


def read_plain(office: Office, pack: WholePack, device: DeviceRow) -> PlainPack | None:
    """Return what a pack holds if it is plain by itself.

    Args:
        office: ours.
        pack: untrusted.
        device: whose token came with it.
    """
    try:
        records = list(read_pack(pack.content))
        manifests = {
            record.digest: open_manifest(record.sealed, office.keys.keys.identity).verify(
                device.signing
            )
            for record in records
            if record.kind is RecordKind.MANIFEST
        }
    except RemoteError:
        return None
    by_digest = {record.digest: record for record in records}
    blobs = {record.digest for record in records if record.kind is RecordKind.BLOB}
    plain = PlainPack(pack, Device(device.id, device.code), device.recipient, by_digest, manifests)
    names = plain.names()
    is_plain = (
        manifests
        and len(names) == len(set(names))
        and len(records) == len(manifests) + len(blobs)
        and blobs == _named(plain)
        and all(_is_sound(device, manifest) for manifest in manifests.values())
    )
    return plain if is_plain else None


def _named(plain: PlainPack) -> set[str]:
    return {
        document.blob_digest
        for manifest in plain.manifests.values()
        for document in manifest.documents
    }


def _is_sound(device: DeviceRow, manifest: Manifest) -> bool:
    return (
        manifest.device_id == device.id
        and is_id(manifest.submission_id)
        and is_id(manifest.application_id)
        and not fault_of_form(device, manifest)
    )
