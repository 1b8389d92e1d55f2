"""Figures for those who lead the office: counted right, and never of one person."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.domain.events import ReturnedItem
from app.domain.words import WIB
from app.errors import UserError
from app.office import review
from app.office.figures import counting
from app.office.figures.counting import ninety
from app.office.figures.csv_files import written
from app.office.figures.hearing import hear
from app.office.figures.kiosks import kiosks
from app.office.opinions.tables import OpinionRow
from app.office.opinions.telling import LEAST, grouped, read_opinions
from app.office.tables import AuditRow, DecisionRow
from app.protocol.sealing import seal
from app.protocol.waiting import Waiting, read_waiting
from tests.office.desk import ANSWERS, Desk, new_device, open_desk

RINA = review.Officer("rina", "Rina Pemeriksa", ("adjudicator",))
HADI = review.Officer("hadi", "Hadi Kepala", ("supervisor", "administrator"))
DAY_S = 86_400
PAGE = "/console/figures"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[Desk]:
    """An office after some weeks: four applications, one of them returned, and one for training."""
    folder = tmp_path_factory.mktemp("desk")
    with open_desk(folder, shared_database_url) as opened:
        office, clock = opened.office, opened.clock
        second = new_device(office, folder, "DBO", "=Desa Daik")
        sent = [opened.kiosk.send(papers=[]) for _ in range(2)]
        sent.append(second.send({**ANSWERS, "full_name": "BUDI CONTOH"}, []))
        opened.kiosk.send(papers=[], training=True)
        clock.pass_time(2 * DAY_S)
        for one in sent[:2]:
            review.start_review(office, RINA, one.application_id)
        with office.database.write() as session:
            # A word without a change of state, as when a slot is given back.
            session.add(
                DecisionRow(
                    application_id=sent[2].application_id, revision=1, at=clock.now(),
                    from_state="received", to_state="received",
                )
            )  # fmt: skip
        clock.pass_time(DAY_S)
        review.accept(office, RINA, sent[0].application_id, 1)
        items = (
            ReturnedItem("document", "ktp", "Foto buram atau tidak terbaca"),
            ReturnedItem("field", "phone", "Nomor Pak Rahmat, bukan nomor Anda"),
        )
        review.return_for_correction(office, RINA, sent[1].application_id, 1, items, "")
        hear(office, opened.kiosk.device_id, Waiting(3, 1, 250_000, 8_000))
        yield opened


def told(desk: Desk, village: str, count: int, mark: int, day: date, words: str = "") -> None:
    recipient = desk.office.keys.keys.public().recipient
    with desk.office.database.write() as session:
        for _ in range(count):
            session.add(
                OpinionRow(
                    id=desk.office.dice.bytes(16).hex(),
                    village=village,
                    service_id="passport_new_adult",
                    occasion="slip",
                    day=day,
                    easy=mark,
                    quick=0,
                    kind=mark,
                    sealed_words=seal(words.encode(), recipient) if words else None,
                )
            )


def test_the_page_counts_and_names_nobody(desk: Desk) -> None:
    page = desk.browser("hadi").get(PAGE)
    assert page.status == 200
    assert "Permohonan: 3" in page.text, "training is not counted"
    assert "belum terkirim: 0" in page.text
    assert "Desa Contoh" in page.text
    for secret in ("CONTOH ANAMBAS", "BUDI", "TRM-0000", "Rahmat", ANSWERS["nik"]):
        assert secret not in page.text
    assert page.text.count('<svg class="bar-line"') > 5
    assert "style=" not in page.text, "the policy lets no inline style through"


def test_times_are_those_between_changes_of_state(desk: Desk) -> None:
    with desk.office.database.read() as session:
        found = {one.state: one for one in counting.stays(session, None, desk.clock.now())}
    assert (found["received"].count, found["received"].median_s) == (2, 2 * DAY_S)
    assert (found["received"].here, found["received"].longest_s) == (1, 3 * DAY_S)
    assert (found["in_review"].count, found["in_review"].ninety_s) == (2, DAY_S)
    assert found["returned"].here == 1
    assert "handed_over" not in found
    assert [ninety(range(1, most + 1)) for most in (1, 9, 10, 11)] == [1, 9, 9, 10]


def test_of_reasons_only_those_on_the_list_are_told(desk: Desk) -> None:
    listed = frozenset({"Foto buram atau tidak terbaca"})
    with desk.office.database.read() as session:
        found = counting.reasons(session, None, listed)
    assert [(one.item, one.text, one.count) for one in found] == [
        ("ktp", "Foto buram atau tidak terbaca", 1),
        ("phone", "", 1),
    ]


def test_kiosks_tell_what_waits_and_the_silent_come_first(desk: Desk) -> None:
    with desk.office.database.read() as session:
        found = kiosks(session, desk.clock.now())
        later = kiosks(session, desk.clock.now() + timedelta(days=5))
    by_code = {one.code: one for one in found}
    assert (by_code["TRM"].waiting, by_code["TRM"].waiting_bytes) == (3, 250_000)
    assert by_code["TRM"].days_heard == 1
    assert by_code["TRM"].days[-1]
    assert by_code["DBO"].told_at is None
    assert all(one.is_silent for one in later)
    said = ["3 1 250000 8000", None, "", "1 2 3", "a b c d", "-1 0 0 0", "1 1 1 1\n", "9" * 99]
    assert [read_waiting(one) is not None for one in said] == [True, *[False] * 7]


def test_files_hold_no_person_and_no_formula(desk: Desk) -> None:
    browser = desk.browser("hadi")
    for name in ("applications", "times", "reasons", "kiosks", "opinions"):
        answer = browser.get(f"{PAGE}/{name}.csv?days=0")
        assert answer.status == 200
        text = answer.body.decode("utf-8-sig")
        assert "CONTOH ANAMBAS" not in text
        rows = list(csv.reader(io.StringIO(text)))
        assert len({len(row) for row in rows}) == 1
        assert not any(cell.startswith("=") for row in rows for cell in row)
    assert browser.get(f"{PAGE}/officers.csv").status == 400
    assert browser.get(f"{PAGE}?days=7").status == 400
    assert written(["a"], [["+1"], [-1]]) == "\ufeffa\r\n'+1\r\n-1\r\n".encode()


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/kiosks.csv"])
def test_figures_are_for_those_who_lead(desk: Desk, path: str) -> None:
    assert desk.browser("rina").get(path).status == 403
    with pytest.raises(UserError, match="forbidden"):
        read_opinions(desk.office, RINA, None)


def test_opinions_are_told_of_whole_weeks_and_of_five_or_more(
    tmp_path: Path, database_url: str
) -> None:
    with open_desk(tmp_path, database_url) as desk:
        today = desk.clock.now().astimezone(WIB).date()
        monday = today - timedelta(days=today.weekday())
        told(desk, "Letung", 4, 3, monday - timedelta(days=1), "<b>Rapi</b>")
        told(desk, "Letung", 9, 1, monday)
        assert read_opinions(desk.office, HADI, None).all is None
        told(desk, "Jemaja", 2, 3, monday - timedelta(days=40))
        found = read_opinions(desk.office, HADI, None)
        assert found.all is not None
        assert (found.all.count, found.all.means) == (6, (3.0, 0.0, 3.0))
        assert [(one.name, one.count) for one in found.by_village] == [("", 6)]
        assert found.words == ("<b>Rapi</b>",) * 4
        browser = desk.browser("hadi")
        assert "&lt;b&gt;Rapi" in browser.get(f"{PAGE}?days=0").text
        desk.clock.pass_time(7 * DAY_S)
        found = read_opinions(desk.office, HADI, None)
        assert [(one.name, one.count) for one in found.by_village] == [("", 15)], "two stay hidden"
        told(desk, "Daik", 3, 2, monday - timedelta(days=2))
        found = read_opinions(desk.office, HADI, None)
        assert [(one.name, one.count) for one in found.by_village] == [("Letung", 13), ("", 5)]
        with desk.office.database.read() as session:
            params = [row.params for row in session.query(AuditRow).filter_by(what="open_opinions")]
        assert set(params) == {"{}"}


def test_what_people_said_comes_and_goes_by_whole_weeks(tmp_path: Path, database_url: str) -> None:
    with open_desk(tmp_path, database_url) as desk:
        now = desk.clock.now().astimezone(WIB)
        desk.clock.pass_time((7 - now.weekday()) * DAY_S)
        monday = desk.clock.now().astimezone(WIB).date()
        for back in range(1, 7 * 6):
            told(desk, "Letung", 1, 3, monday - timedelta(days=back))
        counts = set()
        for _day in range(7):
            found = read_opinions(desk.office, HADI, desk.clock.now() - timedelta(days=30))
            assert found.all is not None
            counts.add(found.all.count)
            desk.clock.pass_time(DAY_S)
        # Thirty days before the first days of a week lies one week more.
        assert counts == {35, 28}


@pytest.mark.parametrize(
    "sizes", [(9, 1), (5, 5, 4), (5,), (4, 4), (12, 7, 3, 1), (5, 4), (6, 6, 6), (1, 1, 1)]
)
def test_no_group_told_and_no_rest_of_the_sum_is_smaller_than_five(sizes: Sequence[int]) -> None:
    rows = [
        OpinionRow(easy=1, quick=1, kind=1, village=f"desa {number}")
        for number, size in enumerate(sizes)
        for _ in range(size)
    ]
    found = grouped(rows, [row.village for row in rows])
    assert all(group.count >= LEAST for group in found)
    hidden = len(rows) - sum(group.count for group in found)
    assert hidden == 0 or not found
