"""What the office and other agencies say to each other; docs/agencies.md tells it in words.

Bounds stand here, where outside answers are read. Knows no socket and no database.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

#: Of one field: as registered, otherwise, or nothing is known of it.
Likeness = Literal["match", "differs", "unknown"]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"\A[a-z0-9_]+\Z")]
#: The ministry's number of an application (nomor permohonan).
Number = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{16}\Z")]
Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_MOST_FIELDS = 20
_MOST_MISSING = 100
MOST_CHANGES = 100
#: A document that is more as PDF goes by another way.
MOST_DELIVERED_BYTES = 16 * 1024 * 1024


class RegistryQuestion(msgspec.Struct, frozen=True):
    """Whether somebody is registered as the form says."""

    #: Our own name of the question; no reference travels.
    id: str
    nik: str
    #: Name, birth place, birth date (ISO) and sex, as far as they were answered.
    fields: dict[str, str]

    def __repr__(self) -> str:
        return f"RegistryQuestion({self.id})"


class RegistryAnswer(msgspec.Struct, frozen=True):
    """How far it is so; never what is registered."""

    id: Key
    #: ``unknown``: nobody has this NIK.
    nik: Literal["match", "unknown"]
    fields: Annotated[dict[Word, Likeness], msgspec.Meta(max_length=_MOST_FIELDS)] = {}


class ExportedDocument(msgspec.Struct, frozen=True):
    """A document that the office holds for the application."""

    need: str
    type: str
    pages: int
    size_bytes: int
    #: SHA-256 of its bytes as the kiosk sent them; it names the document.
    digest: str


class Export(msgspec.Struct, frozen=True):
    """An accepted application."""

    id: str
    office: str
    #: Names the application: a later revision has the same, under another ``id``.
    reference: str
    revision: int
    service: str
    catalogue: str
    answers: dict[str, str]
    documents: tuple[ExportedDocument, ...]

    def __repr__(self) -> str:
        return f"Export({self.reference})"


class Exported(msgspec.Struct, frozen=True):
    """The ministry has it under this number."""

    id: Key
    number: Number
    #: Digests of the documents that it wants and does not hold.
    missing: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=_MOST_MISSING)] = ()


class Delivery(msgspec.Struct, frozen=True):
    """One document, as everybody can read it."""

    #: As ``ExportedDocument.digest``.
    id: str
    office: str
    #: In JSON as base64.
    pdf: bytes

    def __repr__(self) -> str:
        return f"Delivery({self.id})"


class Delivered(msgspec.Struct, frozen=True):
    """The ministry holds the document."""

    id: Key


class ChangesQuestion(msgspec.Struct, frozen=True):
    """What has changed there since a serial."""

    office: str
    after: int
    most: int = MOST_CHANGES


class Change(msgspec.Struct, frozen=True):
    """One new state of one application there; serials grow."""

    serial: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    number: Number
    state: Word
    at: Annotated[datetime, msgspec.Meta(tz=True)]


class Changes(msgspec.Struct, frozen=True):
    """The oldest changes after the serial that was asked for."""

    changes: Annotated[tuple[Change, ...], msgspec.Meta(max_length=MOST_CHANGES)]


class CivilRegistry(Protocol):
    """Dukcapil, or whoever stands between."""

    def check(self, question: RegistryQuestion) -> RegistryAnswer:
        """Return how far the form agrees; safe to repeat. Errors as ``Asker.ask``."""
        ...


class Ministry(Protocol):
    """The ministry's own system."""

    def export(self, export: Export) -> Exported:
        """Hand an application over; again, or a later revision of it, gives the same number.

        Errors as ``Asker.ask``.
        """
        ...

    def deliver(self, delivery: Delivery) -> Delivered:
        """Hand one of its documents over; again changes nothing. Errors as ``Asker.ask``."""
        ...

    def changes(self, question: ChangesQuestion) -> Changes:
        """Return what changed there, oldest first. Errors as ``Asker.ask``."""
        ...
