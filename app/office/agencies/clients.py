"""The agencies behind HTTP; an answer to another question is no answer.

Never keeps anything.
"""

from __future__ import annotations

from app.errors import RemoteError
from app.office.agencies.contract import (
    Changes,
    ChangesQuestion,
    Delivered,
    Delivery,
    Export,
    Exported,
    RegistryAnswer,
    RegistryQuestion,
)
from app.office.ways.asking import Asker

CHECKS_PATH = "/v1/checks"
APPLICATIONS_PATH = "/v1/applications"
DOCUMENTS_PATH = "/v1/documents"
CHANGES_PATH = "/v1/changes"


class HttpRegistry:
    """A civil registry.

    Args:
        asker: of its server.
    """

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def check(self, question: RegistryQuestion) -> RegistryAnswer:
        """As ``CivilRegistry.check``."""
        told = self._asker.ask(CHECKS_PATH, question, RegistryAnswer, question.id)
        if told.id != question.id or not told.fields.keys() <= question.fields.keys():
            raise RemoteError("agency_lied", way=self._asker.name)
        return told


class HttpMinistry:
    """The ministry's system.

    Args:
        asker: of its server.
    """

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def export(self, export: Export) -> Exported:
        """As ``Ministry.export``."""
        told = self._asker.ask(APPLICATIONS_PATH, export, Exported, export.id)
        named = {document.digest for document in export.documents}
        if told.id != export.id or not named.issuperset(told.missing):
            raise RemoteError("agency_lied", way=self._asker.name)
        return told

    def deliver(self, delivery: Delivery) -> Delivered:
        """As ``Ministry.deliver``."""
        told = self._asker.ask(DOCUMENTS_PATH, delivery, Delivered, delivery.id)
        if told.id != delivery.id:
            raise RemoteError("agency_lied", way=self._asker.name)
        return told

    def changes(self, question: ChangesQuestion) -> Changes:
        """As ``Ministry.changes``."""
        key = f"{question.office}-{question.after}"
        told = self._asker.ask(CHANGES_PATH, question, Changes, key)
        serials = [question.after, *(change.serial for change in told.changes)]
        if any(later <= earlier for earlier, later in zip(serials, serials[1:], strict=False)):
            raise RemoteError("agency_lied", way=self._asker.name)
        return told
