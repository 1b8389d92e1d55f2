"""The running office as one frozen object: what every function of this room is handed.

Makes nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.domain.clock import Clock, Dice
    from app.imaging.pool import ImagingPool
    from app.office.agencies.contract import CivilRegistry, Ministry
    from app.office.billing.provider import Provider
    from app.office.blobs import Blobs
    from app.office.catalogues import Shelf
    from app.office.database import Database
    from app.office.keys import OfficeKeys
    from app.office.noticing.gateways import Gateway
    from app.office.showing import Shown
    from app.office.uploads import Uploads

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class OfficeSettings:
    """How one office runs; times in seconds, sizes in bytes."""

    #: Holds keys.json, blobs/, uploads/ and, by default, office.db.
    folder: Path
    office_id: str = "tarempa"
    office_name: str = "Kantor Imigrasi"
    host: str = "127.0.0.1"
    #: 0 lets the system choose.
    port: int = 8443
    #: SQLAlchemy address; empty = SQLite in the folder. It may hold a password.
    database_url: str = field(default="", repr=False)
    #: ``s3://bucket/prefix?endpoint=https://...&region=...`` with its key; empty = ``blobs/``.
    blobs_url: str = ""
    blobs_key: str = field(default="", repr=False)
    blobs_secret: str = field(default="", repr=False)
    #: Processes that serve; more than one need PostgreSQL.
    workers: int = 1
    #: Certificate and key of our own TLS; empty behind a proxy that ends it.
    tls_certificate: str = ""
    tls_key: str = ""
    #: Whether cookies demand https; off only for the demo on loopback.
    is_https: bool = False
    #: Whether officers who decide give a second factor; off only for the demo on loopback.
    has_second_factor: bool = True
    #: A silent sender is let go after this long; what it sent is kept.
    idle_read_s: float = 30.0
    upload_life_s: float = 14 * 24 * 3600.0
    most_upload_bytes: int = 256 * _MEBIBYTE
    most_uploads_per_device: int = 16
    #: All part files together, and what must stay free on the disk.
    most_part_bytes: int = 8 * 1024 * _MEBIBYTE
    least_free_bytes: int = 512 * _MEBIBYTE
    most_events_bytes: int = _MEBIBYTE
    #: Address of the provider of billing codes; ``simulator`` issues codes that nobody can pay;
    #: empty = none for kiosks.
    payments: str = ""
    #: Shared with the provider; signs orders and notices. Without it no notice is believed.
    payment_secret: str = field(default="", repr=False)
    #: So long a contact waits for the codes it asked for.
    payment_wait_s: float = 3.0
    #: Civil registry and the ministry's system; empty = not asked.
    registry_url: str = ""
    registry_secret: str = field(default="", repr=False)
    ministry_url: str = ""
    ministry_secret: str = field(default="", repr=False)
    #: Certificates to trust for provider and agencies instead of the system's.
    agency_ca_file: str = ""
    #: Mail server for notices as ``smtp://[user:password@]host:port`` (``smtp+plain`` without TLS,
    #: for this machine alone) and the address mails come from; empty = no mails.
    mail_url: str = field(default="", repr=False)
    mail_from: str = ""
    #: HTTP gateway for SMS and our token there; empty = none.
    sms_url: str = ""
    sms_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Office:
    """Everything the office's functions need."""

    settings: OfficeSettings
    keys: OfficeKeys
    database: Database
    blobs: Blobs
    clock: Clock
    dice: Dice
    shelf: Shelf
    uploads: Uploads
    #: Draws documents in processes of its own; starts them when the first one is looked at.
    imaging: ImagingPool
    #: Pages drawn lately.
    shown: Shown
    #: Issues billing codes; none at an office that does not do so for kiosks.
    provider: Provider | None = None
    #: Ways out for notices, by channel; a notice without a way is dropped.
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    #: Other agencies; none where they are not named.
    registry: CivilRegistry | None = None
    ministry: Ministry | None = None

    def close(self) -> None:
        """End the processes that draw, and let go of the database."""
        self.imaging.close()
        self.database.close()
