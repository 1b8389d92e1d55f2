"""The shape of a finding, and what the checks are handed; judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from app.domain.catalogue import Catalogue, Service
from app.domain.regions import Regions
from app.protocol.manifest import Manifest


class Other(msgspec.Struct, frozen=True):
    """Another application that is part of the evidence."""

    id: str
    reference: str
    state: str


class Finding(msgspec.Struct, frozen=True):
    """One thing that an officer should look at.

    Attributes:
        check: which check found it; key under ``review.check``.
        code: key under ``problems`` or ``judgement``, or under ``review.finding``.
        where: field id, or ``document:<need id>``, or ``page:<need id>:<number>``.
        params: values for the words: the evidence.
        others: applications that are part of the evidence.
    """

    check: str
    code: str
    where: str
    params: Mapping[str, str] = {}
    others: tuple[Other, ...] = ()


class Case(msgspec.Struct, frozen=True):
    """What the checks look at: one revision, and the day."""

    manifest: Manifest
    catalogue: Catalogue
    service: Service | None
    regions: Regions
    today: date
