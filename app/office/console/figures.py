"""The page of figures, and the same as files: counted, for those who lead the office.

Never shows a name, a reference or what one person said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.domain.opinions import QUESTIONS
from app.domain.words import LANGUAGES, Words
from app.errors import UserError
from app.office import audit
from app.office.catalogues import newest_catalogue
from app.office.console.dossier import document_label
from app.office.console.pages import office_of, pages_of
from app.office.console.visitors import FigureReader, OfficerVisit
from app.office.figures import charts, counting
from app.office.figures.counting import Count, Reason, Stay
from app.office.figures.csv_files import written
from app.office.figures.kiosks import KioskFigures, kiosks
from app.office.noticing.sending import unsent
from app.office.opinions.telling import Group, Opinions, read_opinions
from app.office.reasons import listed
from app.resources import load_words

if TYPE_CHECKING:
    from app.office.context import Office

router = APIRouter(prefix="/console")
#: Days looked back at; 0 is for ever.
PERIODS = (30, 90, 365, 0)
_USUAL = 90
FILES = ("applications", "times", "reasons", "kiosks", "opinions")
_MOST_REASONS = 15


class Bar(msgspec.Struct, frozen=True):
    """One line of a chart."""

    label: str
    count: int
    #: Length of its bar out of 100.
    share: float


class StayLine(msgspec.Struct, frozen=True):
    """How long applications stay in a state, in words and as two bars."""

    label: str
    stay: Stay
    median: str
    ninety: str
    longest: str
    median_share: float
    ninety_share: float


class Names:
    """What people call services, documents and fields.

    Args:
        office: whose newest catalogue counts.
        words: of the reader.
    """

    def __init__(self, office: Office, words: Words) -> None:
        self._words = words
        self._catalogue = newest_catalogue(office)
        self._services = {one.id: words.label(one.label) for one in self._catalogue.services}
        self._fields = {
            field.id: words.label(field.label)
            for service in self._catalogue.services
            for group in service.groups
            for field in group.fields
        }

    def service(self, service_id: str) -> str:
        """Return a service's name."""
        return self._services.get(service_id, service_id)

    def item(self, reason: Reason) -> str:
        """Return the name of what was sent back."""
        if reason.kind == "field":
            return self._fields.get(reason.item, reason.item)
        types = {
            kind
            for service in self._catalogue.services
            for need in service.documents
            if need.id == reason.item
            for kind in need.one_of
        }
        labels = sorted(document_label(self._catalogue, one, self._words) for one in types)
        return " / ".join(labels) or reason.item


@router.get("/figures")
def show(request: Request, asking: FigureReader, days: int = _USUAL) -> Response:
    """Show the figures of a period."""
    office, words = office_of(request), pages_of(request).words(request)
    since = _since(office, days)
    names = Names(office, words)
    with office.database.read() as session:
        counts = counting.applications(session, since)
        times = counting.stays(session, since, office.clock.now())
        reasons = counting.reasons(session, since, _listed(office))
        machines = kiosks(session, office.clock.now())
        waiting = unsent(session)
    said = read_opinions(office, asking.officer, since)
    return pages_of(request).show(
        request,
        "figures.html",
        asking,
        here="figures",
        days=days,
        periods=PERIODS,
        total=sum(one.count for one in counts),
        by_state=_bars(counts, "state", lambda state: _state(words, state)),
        by_service=_bars(counts, "service_id", names.service),
        by_village=_bars(counts, "village", str),
        times=_stay_lines(words, times),
        reasons=[(names.item(one), one) for one in reasons[:_MOST_REASONS]],
        most_reason=max((one.count for one in reasons), default=0),
        share=charts.share,
        kiosks=machines,
        notices=waiting,
        opinions=said,
        questions=QUESTIONS,
        lines=_lines(said),
        grid=charts.grid(1, 3),
        names=names,
        same=str,
        month=partial(_month, words),
    )


@router.get("/figures/{name}.csv")
def take(request: Request, asking: FigureReader, name: str, days: int = _USUAL) -> Response:
    """Give one table as a file.

    Raises:
        UserError: ``request_wrong`` for a name that is none.
    """
    if name not in FILES:
        raise UserError("request_wrong")
    office, words = office_of(request), pages_of(request).words(request)
    head, rows = _table(office, asking, words, name, _since(office, days))
    with office.database.write() as session:
        who = audit.officer(asking.officer.name)
        audit.note(session, office.clock.now(), who, "figures_taken", file=name)
    told = {"Content-Disposition": f'attachment; filename="loket-{name}.csv"'}
    titles = [words(f"figures.column.{column}") for column in head]
    return Response(written(titles, rows), media_type="text/csv; charset=utf-8", headers=told)


def _table(
    office: Office, asking: OfficerVisit, words: Words, name: str, since: datetime | None
) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Return a table's columns and rows."""
    names, now = Names(office, words), office.clock.now()
    if name == "opinions":
        said = read_opinions(office, asking.officer, since)
        return ("of", "name", "count", *QUESTIONS), _opinion_rows(words, names, said)
    with office.database.read() as session:
        if name == "applications":
            return ("village", "service", "state", "count"), [
                (one.village, names.service(one.service_id), _state(words, one.state), one.count)
                for one in counting.applications(session, since)
            ]
        if name == "times":
            return ("state", "count", "median_days", "ninety_days", "here", "longest_days"), [
                (
                    _state(words, one.state),
                    one.count,
                    *map(_days, (one.median_s, one.ninety_s)),
                    one.here,
                    _days(one.longest_s),
                )
                for one in counting.stays(session, since, now)
            ]
        if name == "reasons":
            return ("item", "reason", "count"), [
                (names.item(one), one.text or words("figures.reasons.own_words"), one.count)
                for one in counting.reasons(session, since, _listed(office))
            ]
        return (
            "village", "code", "heard", "days_heard", "waiting", "set_aside", "bytes", "speed",
        ), [_kiosk_row(one) for one in kiosks(session, now)]  # fmt: skip


def _kiosk_row(one: KioskFigures) -> Sequence[object]:
    heard = one.heard_at.isoformat(timespec="minutes") if one.heard_at else ""
    facts = (one.waiting, one.set_aside, one.waiting_bytes, one.speed)
    return one.name, one.code, heard, one.days_heard, *facts


def _opinion_rows(words: Words, names: Names, said: Opinions) -> list[Sequence[object]]:
    def row(of: str, name: str, group: Group) -> Sequence[object]:
        means = [round(mean, 2) or "" for mean in group.means]
        return words(f"figures.of.{of}"), name or words("figures.others"), group.count, *means

    return [
        *(row("all", words("figures.all"), group) for group in filter(None, (said.all,))),
        *(row("village", group.name, group) for group in said.by_village),
        *(
            row("service", group.name and names.service(group.name), group)
            for group in said.by_service
        ),
        *(row("month", group.name, group) for group in said.by_month),
    ]


def _since(office: Office, days: int) -> datetime | None:
    if days not in PERIODS:
        raise UserError("request_wrong")
    return office.clock.now() - timedelta(days=days) if days else None


def _listed(office: Office) -> frozenset[str]:
    """Return the texts of the list of reasons in both languages: officers read either."""
    return frozenset(
        text
        for language in LANGUAGES
        for texts in listed(office, load_words(language)).values()
        for text in texts
    )


def _bars(counts: Sequence[Count], by: str, label: Callable[[str], str]) -> list[Bar]:
    found = counting.totals(counts, by)
    most = max((count for _, count in found), default=0)
    return [Bar(label(name), count, charts.share(count, most)) for name, count in found]


def _stay_lines(words: Words, stays: Sequence[Stay]) -> list[StayLine]:
    most = max((one.ninety_s for one in stays), default=0.0)
    return [
        StayLine(
            label=_state(words, one.state),
            stay=one,
            median=lasted(words, one.median_s),
            ninety=lasted(words, one.ninety_s),
            longest=lasted(words, one.longest_s),
            median_share=charts.share(one.median_s, most),
            ninety_share=charts.share(one.ninety_s, most),
        )
        for one in stays
    ]


def lasted(words: Words, seconds: float) -> str:
    """Return a duration as people say it: minutes, hours, or days with one decimal."""
    if seconds < 3600:
        return words("figures.minutes", count=round(seconds / 60))
    if seconds < 48 * 3600:
        return words("figures.hours", count=round(seconds / 3600))
    days = f"{seconds / 86400:.1f}"
    return words("figures.days", count=days.replace(".", ",") if words.language == "id" else days)


def _days(seconds: float) -> float:
    return round(seconds / 86400, 2)


def _state(words: Words, state: str) -> str:
    return words(f"office_state.{state}")


def _month(words: Words, name: str) -> str:
    year, _, month = name.partition("-")
    return f"{words(f'calendar.month_{int(month)}')} {year}"


def _lines(said: Opinions) -> list[tuple[str, tuple[charts.Dot, ...]]]:
    """Return each question's line over the months; none while there are fewer than two."""
    months = [group for group in said.by_month if group.name]
    if len(months) < 2:
        return []
    return [
        (name, charts.line([group.means[number] for group in months], 1, 3))
        for number, name in enumerate(QUESTIONS)
    ]
