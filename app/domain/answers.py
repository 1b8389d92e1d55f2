"""Answers and what may be wrong with them.

Every answer is text: a choice is its code, yes/no is ``yes`` or ``no``, a date is ISO 8601
(``2026-11-21``), a region is its Kemendagri code (``21.05.01.1001``). One type keeps the store,
the manifest and the conditions of the catalogue simple.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

#: Field id to answer; a field that was never answered is absent.
Answers = Mapping[str, str]
Severity = Literal["error", "warning"]
YES = "yes"
NO = "no"


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with one answer or document; its words are ``problems.<code>``.

    A warning may be kept with a reason (see Override); an error may not.
    """

    #: Field id, or ``document:<document need id>`` for a missing or unfit document.
    where: str
    code: str
    severity: Severity = "error"
    #: Values for the words; shown to the applicant only, never logged.
    params: dict[str, str] = {}


class Override(msgspec.Struct, frozen=True):
    """A warning that a person kept, and why; it travels with the submission."""

    where: str
    code: str
    reason: str
