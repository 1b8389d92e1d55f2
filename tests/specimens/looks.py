"""Owns which kind of paper of the shipped catalogue each specimen stands for."""

from __future__ import annotations

from functools import cache
from typing import Final

from app.domain.catalogue import Look
from app.resources import load_catalogue
from tests.specimens.shapes import Kind

TYPE_IDS: Final[dict[Kind, str]] = {
    "ktp": "ktp",
    "passport": "old_passport",
    "birth_deed": "birth_certificate",
    "family_card": "kk",
    "letter": "authority_letter",
}


@cache
def look_of(kind: Kind) -> Look:
    """Return what the shipped catalogue expects of such a paper."""
    types = {kind.id: kind for kind in load_catalogue().document_types}
    return types[TYPE_IDS[kind]].look
