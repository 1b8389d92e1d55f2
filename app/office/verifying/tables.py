"""What officers said of findings, and by what passport numbers and papers are found again.

A finding itself is never stored: it is found anew from the sealed answers at every view.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary
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


class LikenessRow(Table):
    """What one page of an application's newest revision looks like; nothing can be read from it."""

    __tablename__ = "likenesses"
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    need: Mapped[str] = mapped_column(primary_key=True)
    #: From 1; every document that was looked at has its first page here.
    page: Mapped[int] = mapped_column(primary_key=True)
    #: Kind of document: only papers of one kind are compared.
    type: Mapped[str]
    content_digest: Mapped[str]
    #: Empty when there is no print on it, or nothing that can be drawn.
    bits: Mapped[bytes] = mapped_column(LargeBinary)
    looked_at: Mapped[datetime]
    __table_args__ = (Index("ix_likenesses_type", "type", "looked_at"),)


class TwinRow(Table):
    """Two pages of two applications that look like one paper."""

    __tablename__ = "twins"
    application_id: Mapped[str] = mapped_column(primary_key=True)
    need: Mapped[str] = mapped_column(primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    #: The one that was looked at before.
    other_id: Mapped[str] = mapped_column(primary_key=True)
    other_need: Mapped[str] = mapped_column(primary_key=True)
    other_page: Mapped[int] = mapped_column(primary_key=True)
    __table_args__ = (
        ForeignKeyConstraint(
            ["application_id", "need", "page"],
            ["likenesses.application_id", "likenesses.need", "likenesses.page"],
            name="fk_twins_one",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["other_id", "other_need", "other_page"],
            ["likenesses.application_id", "likenesses.need", "likenesses.page"],
            name="fk_twins_other",
            ondelete="CASCADE",
        ),
        Index("ix_twins_other", "other_id"),
    )
