"""What an officer does with an application: one function each, one transaction with event and audit row.

Never answers a browser: the console calls these and words the errors.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from app.domain.events import ReturnedItem
from app.protocol.manifest import Manifest

if TYPE_CHECKING:
    from app.office.context import Office


class Officer(msgspec.Struct, frozen=True):
    """Who acts."""

    name: str
    shown_name: str
    role: str


class OpenedDocument(msgspec.Struct, frozen=True):
    """A document unsealed for one officer's view; never written anywhere."""

    need: str
    type: str
    media_type: str
    content: bytes

    def __repr__(self) -> str:
        return f"OpenedDocument({self.need})"


class HistoryLine(msgspec.Struct, frozen=True):
    """One step in an application's life at the office, oldest first."""

    at: datetime
    revision: int
    #: Shown name; empty when the office's own rules acted.
    officer: str
    from_state: str
    to_state: str
    reason: str
    items: tuple[ReturnedItem, ...]


def start_review(office: Office, officer: Officer, application_id: str) -> None:
    """Take a received application into review by this officer; again by the same officer changes nothing.

    Raises:
        UserError: ``application_unknown``, or ``action_not_possible`` in the state it has now.
    """
    raise NotImplementedError


def accept(office: Office, officer: Officer, application_id: str, revision: int) -> None:
    """Accept the revision the officer saw.

    Raises:
        UserError: as ``start_review``; ``revision_changed`` when a newer one has come in since.
    """
    raise NotImplementedError


def reject(
    office: Office, officer: Officer, application_id: str, revision: int, reason: str
) -> None:
    """Reject with a reason told to the applicant.

    Raises:
        UserError: as ``accept``; ``reason_missing``.
    """
    raise NotImplementedError


def return_for_correction(
    office: Office,
    officer: Officer,
    application_id: str,
    revision: int,
    items: tuple[ReturnedItem, ...],
    note: str = "",
) -> None:
    """Send back, naming the fields and documents to mend and why.

    Raises:
        UserError: as ``accept``; ``items_missing`` without any; ``item_unknown`` when one is no field or
            document need of the service; ``reason_missing`` when one has no reason.
    """
    raise NotImplementedError


def open_submission(
    office: Office, officer: Officer, application_id: str, revision: int | None = None
) -> Manifest:
    """Unseal one revision (the newest complete one by default) for this officer's view; leaves an audit row.

    Raises:
        UserError: ``application_unknown``.
        LocalFault: ``record_missing`` when the office lost the file (the device is asked for it again).
    """
    raise NotImplementedError


def open_document(
    office: Office, officer: Officer, application_id: str, revision: int, need: str
) -> OpenedDocument:
    """Unseal one document for this officer's view; leaves an audit row.

    At the first opening the bytes are checked against the digest in the manifest, and the verdict is kept.

    Raises:
        UserError: ``application_unknown``, ``document_unknown``.
        RemoteError: ``document_wrong`` when the bytes are not what the manifest names (flagged, never shown).
        LocalFault: ``record_missing`` as ``open_submission``.
    """
    raise NotImplementedError


def history(office: Office, application_id: str) -> tuple[HistoryLine, ...]:
    """Return what happened at the office, oldest first."""
    raise NotImplementedError
