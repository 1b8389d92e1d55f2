"""What officers said of findings, and by which digest a passport number is found again.

A finding itself is never stored: it is found anew from the sealed answers at every view.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.office.base import Table, one_of

VERDICTS = ("confirmed", "dismissed")


class JudgementRow(Table):
    """One officer's word on one finding; a later one replaces it, the trail keeps both."""

    __tablename__ = "judgements"
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    #: Keyed digest of the finding with its evidence: other evidence is another finding.
    finding: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[str]
    officer: Mapped[str] = mapped_column(ForeignKey("officers.name"))
    at: Mapped[datetime]
    #: Sealed to the office's own key, for it may name a person.
    sealed_word: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (one_of("verdict", VERDICTS),)


class PassportMarkRow(Table):
    """A passport number that an application's newest revision names, as a keyed digest."""

    __tablename__ = "passport_marks"
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (Index("ix_passport_marks_digest", "digest"),)
