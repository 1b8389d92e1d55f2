"""One application as an officer reads it: answers under the catalogue's questions, papers, changes.

Puts together what other functions opened; never opens a record or writes a row itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from app.domain.answers import NO, YES
from app.domain.catalogue import Catalogue, Field, Service
from app.domain.checking import visible_groups
from app.domain.dates import read_iso
from app.domain.documents import PAGES_TYPE
from app.domain.regions import Regions
from app.domain.words import WIB, Words
from app.imaging.limits import MOST_PAGES
from app.office.supplements import AskedPage
from app.protocol.manifest import Manifest, ManifestDocument, ManifestPage

Change = Literal["", "changed", "added", "removed"]
#: Of what a kiosk says about one page; an honest one stays below, a lying one fills no screen.
_MOST_SAID = 20
_MOST_LETTERS = 5000
#: How a browser can show a document; anything else is not handed out.
SHOWN_AS: Mapping[str, Literal["picture", "pdf", "pages"]] = {
    PAGES_TYPE: "pages",
    "image/jpeg": "picture",
    "image/png": "picture",
    "application/pdf": "pdf",
}


class Kept(msgspec.Struct, frozen=True):
    """A warning that was kept."""

    problem: str
    reason: str


class ShownAnswer(msgspec.Struct, frozen=True):
    """One question and what was said."""

    id: str
    label: str
    value: str
    before: str = ""
    change: Change = ""
    #: What the office asked to mend at the last return.
    asked: str = ""
    overrides: tuple[Kept, ...] = ()


class ShownGroup(msgspec.Struct, frozen=True):
    """Questions that belong together."""

    title: str
    answers: tuple[ShownAnswer, ...]


class ShownPage(msgspec.Struct, frozen=True):
    """One page of a document that travelled as pages."""

    number: int
    address: str
    #: Where it came from, in words; empty when the kiosk did not say.
    source: str = ""
    #: What the kiosk found wrong with the picture, in words.
    findings: tuple[str, ...] = ()
    #: Why the person sent it all the same.
    kept_reason: str = ""
    #: What its QR codes say.
    codes: tuple[str, ...] = ()
    #: The kiosk still held the page as it was captured when it sent this.
    has_original: bool = False
    #: The page as it was captured was asked for.
    asked: AskedPage | None = None


class ShownPaper(msgspec.Struct, frozen=True):
    """One document."""

    need: str
    label: str
    address: str
    page_count: int
    size_bytes: int
    #: Empty = cannot be shown safely.
    shown_as: str
    change: Change = ""
    asked: str = ""
    #: Its bytes were opened and are not what the manifest names.
    is_wrong: bool = False
    pages: tuple[ShownPage, ...] = ()


class Asked(msgspec.Struct, frozen=True):
    """What was asked for at the last return: field or document need id to reason."""

    fields: Mapping[str, str] = {}
    documents: Mapping[str, str] = {}
    note: str = ""
    #: It was asked of an earlier revision than the one shown, which should answer it.
    is_of_earlier: bool = False


class Reading(msgspec.Struct, frozen=True):
    """Everything needed to put one revision into words."""

    manifest: Manifest
    #: The revision before it, for the differences.
    earlier: Manifest | None
    catalogue: Catalogue
    regions: Regions
    asked: Asked
    #: Warning (where, code) to its words.
    warnings: Mapping[tuple[str, str], str]
    words: Words

    def service(self) -> Service | None:
        """Return the service, or None when this catalogue has none of that id."""
        found = [one for one in self.catalogue.services if one.id == self.manifest.service]
        return found[0] if found else None


def shown_groups(reading: Reading) -> tuple[ShownGroup, ...]:
    """Return every question that applies or was ever answered, in the form's order."""
    service = reading.service()
    now, before = reading.manifest.answers, _before(reading)
    day = reading.manifest.finalized_at.astimezone(WIB).date()
    groups = []
    known: set[str] = set()
    if service is not None:
        applying = {
            field.id for group in visible_groups(service, now, day) for field in group.fields
        }
        for group in service.groups:
            known.update(field.id for field in group.fields)
            fields = [
                field for field in group.fields if field.id in applying | now.keys() | before.keys()
            ]
            if fields:
                shown = tuple(_shown_answer(reading, field.id, field) for field in fields)
                groups.append(ShownGroup(reading.words.label(group.title), shown))
    rest = sorted((now.keys() | before.keys()) - known)
    if rest:
        title = reading.words("console.dossier.other_answers")
        groups.append(ShownGroup(title, tuple(_shown_answer(reading, name) for name in rest)))
    return tuple(groups)


def shown_papers(
    reading: Reading, wrong: frozenset[str], asked: Mapping[tuple[str, int], AskedPage]
) -> tuple[ShownPaper, ...]:
    """Return the documents in the manifest's order.

    Args:
        reading: of the revision.
        wrong: needs whose bytes were found wrong.
        asked: pages that were asked for as they were captured, by need and number.
    """
    earlier = {paper.need: paper for paper in reading.earlier.documents} if reading.earlier else {}
    return tuple(
        ShownPaper(
            need=paper.need,
            label=document_label(reading.catalogue, paper.type, reading.words),
            address=_address(reading.manifest, paper),
            page_count=paper.page_count,
            size_bytes=paper.size_bytes,
            shown_as=SHOWN_AS.get(paper.media_type, ""),
            change=_paper_change(paper, earlier) if reading.earlier else "",
            asked=reading.asked.documents.get(paper.need, ""),
            is_wrong=paper.need in wrong,
            pages=_shown_pages(reading, paper, asked) if paper.media_type == PAGES_TYPE else (),
        )
        for paper in reading.manifest.documents
    )


def _address(manifest: Manifest, paper: ManifestDocument) -> str:
    within = f"/console/applications/{manifest.application_id}/revisions/{manifest.revision}"
    return f"{within}/documents/{paper.need}"


def _shown_pages(
    reading: Reading, paper: ManifestDocument, asked: Mapping[tuple[str, int], AskedPage]
) -> tuple[ShownPage, ...]:
    """Return the pages; an older kiosk says how many there are and no more."""
    address = _address(reading.manifest, paper)
    count = min(paper.page_count, MOST_PAGES)
    said = (*paper.pages[:count], *(None,) * count)[:count]
    return tuple(
        ShownPage(number, f"{address}/pages/{number}")
        if page is None
        else _shown_page(
            reading.words,
            page,
            number,
            f"{address}/pages/{number}",
            asked.get((paper.need, number)),
        )
        for number, page in enumerate(said, 1)
    )


def _shown_page(
    words: Words, page: ManifestPage, number: int, address: str, asked: AskedPage | None
) -> ShownPage:
    return ShownPage(
        number,
        address,
        _word(words, page.source[:_MOST_LETTERS], "console.dossier.source_"),
        tuple(
            _word(words, code[:_MOST_LETTERS], "judgement.", ".title")
            for code in page.findings[:_MOST_SAID]
        ),
        page.kept_reason[:_MOST_LETTERS],
        tuple(code[:_MOST_LETTERS] for code in page.codes[:_MOST_SAID]),
        page.has_original,
        asked,
    )


def _word(words: Words, code: str, before: str, after: str = "") -> str:
    """Return what a code means; the code itself when a newer kiosk sent it."""
    key = f"{before}{code}{after}"
    return words(key) if code and words.has(key) else code


def removed_papers(reading: Reading) -> tuple[str, ...]:
    """Return the labels of documents that the revision before had and this one has not."""
    if reading.earlier is None:
        return ()
    kept = {paper.need for paper in reading.manifest.documents}
    return tuple(
        document_label(reading.catalogue, paper.type, reading.words)
        for paper in reading.earlier.documents
        if paper.need not in kept
    )


def shown_value(field: Field | None, value: str, regions: Regions, words: Words) -> str:
    """Return an answer as people say it."""
    if field is None or not value:
        return value
    if field.kind == "choice":
        labels = {choice.code: words.label(choice.label) for choice in field.choices}
        return labels.get(value, value)
    if field.kind == "yes_no" and value in (YES, NO):
        return words(f"console.dossier.{value}")
    if field.kind == "date" and (day := read_iso(value)) is not None:
        return words.date(day)
    return regions.label(value) if field.kind == "region" else value


def document_label(catalogue: Catalogue, type_id: str, words: Words) -> str:
    """Return what a document is called; its id when the catalogue does not know it."""
    for kind in catalogue.document_types:
        if kind.id == type_id:
            return words.label(kind.label)
    return type_id


def other_overrides(reading: Reading) -> tuple[Kept, ...]:
    """Return the kept warnings that belong to no answer, such as those about documents."""
    return tuple(
        _kept(reading, where, code, reason)
        for where, code, reason in _overrides(reading)
        if where not in reading.manifest.answers
    )


def field_named(service: Service | None, field_id: str) -> Field | None:
    """Return one question of a service, or None."""
    for field in service.fields() if service else ():
        if field.id == field_id:
            return field
    return None


def _shown_answer(reading: Reading, name: str, field: Field | None = None) -> ShownAnswer:
    value = reading.manifest.answers.get(name, "")
    before = _before(reading).get(name, "")
    change: Change = ""
    if reading.earlier is not None and value != before:
        change = "added" if not before else "removed" if not value else "changed"
    return ShownAnswer(
        name,
        reading.words.label(field.label) if field else name,
        shown_value(field, value, reading.regions, reading.words),
        shown_value(field, before, reading.regions, reading.words),
        change,
        reading.asked.fields.get(name, ""),
        tuple(
            _kept(reading, where, code, reason)
            for where, code, reason in _overrides(reading)
            if where == name and value
        ),
    )


def _before(reading: Reading) -> Mapping[str, str]:
    return reading.earlier.answers if reading.earlier else {}


def _paper_change(paper: ManifestDocument, earlier: Mapping[str, ManifestDocument]) -> Change:
    if paper.need not in earlier:
        return "added"
    return "" if earlier[paper.need].content_digest == paper.content_digest else "changed"


def _overrides(reading: Reading) -> Iterator[tuple[str, str, str]]:
    for override in reading.manifest.overrides:
        yield override.where, override.code, override.reason


def _kept(reading: Reading, where: str, code: str, reason: str) -> Kept:
    return Kept(reading.warnings.get((where, code), code), reason)
