"""The manifest: one submission in one small record, signed by the device, sealed to the office."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.domain.answers import Override
from app.errors import RemoteError
from app.protocol.keys import Keys
from app.protocol.record import Record, RecordKind, new_record
from app.protocol.sealing import peek, seal, sign, squeeze, unseal, unsqueeze, verify

FORMAT = 1
_MOST_PLAIN_BYTES = 2 * 1024 * 1024


class ManifestPage(msgspec.Struct, frozen=True):
    """What the kiosk knew of one page of a document; nothing of it is proof."""

    #: What it came from: flatbed, feeder, network, camera, folder, file.
    source: str = "file"
    #: Codes of what the kiosk found wrong with it, worst first; text, for a later kiosk knows more.
    findings: tuple[str, ...] = ()
    #: Why it is used all the same.
    kept_reason: str = ""
    #: Texts of its QR codes.
    codes: tuple[str, ...] = ()
    #: How it travels: ``layers`` or ``avif``.
    form: str = ""
    #: The capture is still on the kiosk and can be asked for.
    has_original: bool = False


class ManifestFinding(msgspec.Struct, frozen=True):
    """Something between the answers and the papers that stood when it was sent."""

    #: Field id.
    where: str
    code: str
    #: Values for the words, such as what the paper says.
    params: dict[str, str] = {}


class ManifestDocument(msgspec.Struct, frozen=True):
    """One document of a submission."""

    #: The document need of the service that it answers.
    need: str
    #: The document type chosen among the need's alternatives.
    type: str
    #: SHA-256 of the sealed bytes: the blob record's name.
    blob_digest: str
    #: SHA-256 of the bytes before sealing.
    content_digest: str
    media_type: str
    page_count: int
    size_bytes: int
    #: One for each page; empty in the manifests of older kiosks.
    pages: tuple[ManifestPage, ...] = ()


class Consent(msgspec.Struct, frozen=True):
    """What the applicant agreed to, in which words, and when."""

    #: Version of the consent text, from the text tables.
    text_version: str
    language: str
    agreed_at: datetime


class Manifest(msgspec.Struct, frozen=True):
    """One immutable revision of an application."""

    format: int
    submission_id: str
    application_id: str
    revision: int
    reference: str
    device_id: str
    service: str
    catalogue_version: str
    answers: dict[str, str]
    overrides: tuple[Override, ...]
    documents: tuple[ManifestDocument, ...]
    consent: Consent
    finalized_at: datetime
    #: Office time minus device time at the last contact, seconds; 0 when never met.
    clock_offset_s: float
    #: Name of the operator's account when one helped, else empty.
    operator: str = ""
    training: bool = False
    #: Differences between papers and answers that a person let stand.
    findings: tuple[ManifestFinding, ...] = ()


def encode_manifest(manifest: Manifest, keys: Keys, recipient: str) -> Record:
    """Sign, squeeze and seal a manifest.

    Args:
        manifest: what is frozen.
        keys: the device's.
        recipient: the office's age recipient.
    """
    signed = sign("manifest", msgspec.json.encode(manifest), keys.signing)
    return new_record(RecordKind.MANIFEST, seal(squeeze(signed), recipient))


class OpenedManifest(msgspec.Struct, frozen=True):
    """A manifest read but not yet vouched for."""

    manifest: Manifest
    signed: bytes

    def verify(self, device_signing: str) -> Manifest:
        """Return the manifest once the device's public key vouches for it.

        Raises:
            RemoteError: ``signature_wrong``.
        """
        verify("manifest", self.signed, device_signing)
        return self.manifest


def open_manifest(sealed: bytes, identity: str) -> OpenedManifest:
    """Unseal and parse a manifest; the caller looks up the device and calls ``verify``.

    Raises:
        RemoteError: ``record_unreadable`` or ``manifest_malformed`` (not retryable).
    """
    signed = unsqueeze(unseal(sealed, identity), _MOST_PLAIN_BYTES)
    try:
        manifest = msgspec.json.decode(peek(signed), type=Manifest)
    except (ValueError, RecursionError):
        # Bytes that are no UTF-8, and brackets without end, are errors of their own in msgspec.
        raise RemoteError("manifest_malformed", is_retryable=False) from None
    if manifest.format != FORMAT:
        raise RemoteError("manifest_malformed", is_retryable=False)
    return OpenedManifest(manifest, signed)
