"""What the public status page tells, and what it never tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.domain.ids import make_reference
from app.domain.lifecycle import OFFICE_STATES
from app.domain.words import LANGUAGES
from app.office.guessing import take
from app.office.status import OF_ADDRESS, OF_ALL, OF_REFERENCE
from app.office.tables import ApplicationRow
from app.resources import load_words
from tests.office.desk import ANSWERS, Answer, Browser, Desk

UNKNOWN = make_reference("ZZZ", 7)


def ask(
    browser: Browser, reference: str, born: str = ANSWERS["birth_date"], **headers: str
) -> Answer:
    year, month, day = born.split("-")
    fields = {"reference": reference, "day": day, "month": month, "year": year}
    return browser.post("/status", fields, **headers)


def test_state_and_dates_are_told_and_nothing_else(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser()
    answer = ask(browser, sent.reference.lower().replace("-", " "))
    assert answer.status == 200
    assert "Sudah diterima kantor" in answer.text
    assert "21 November 2026 09.00" in answer.text
    assert sent.reference in answer.text
    for private in ("SITI", ANSWERS["nik"], ANSWERS["phone"], "1990", sent.application_id):
        assert private not in answer.text
    assert not browser.cookies


def test_a_wrong_birth_date_and_an_unknown_reference_differ_in_nothing(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser()
    with _statements(desk) as for_wrong:
        wrong = ask(browser, sent.reference, "1990-08-06")
    with _statements(desk) as for_unknown:
        unknown = ask(browser, UNKNOWN, "1990-08-06")
    assert wrong.status == unknown.status == 200
    assert wrong.text.replace(sent.reference, UNKNOWN) == unknown.text
    assert _named(wrong) == _named(unknown)
    assert for_wrong == for_unknown
    assert len(for_wrong) == 1


def test_a_mistyped_reference_or_date_is_told_before_anything_is_looked_up(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser()
    with _statements(desk) as looked_up:
        mistyped = ask(browser, sent.reference[:-1] + "?")
        undated = ask(browser, sent.reference, "1990-02-30")
    assert not looked_up
    assert mistyped.status == undated.status == 422
    assert "Nomor permohonan salah ketik" in mistyped.text
    assert "Tanggal lahir belum benar" in undated.text


def test_an_address_may_ask_so_often_a_minute(desk: Desk) -> None:
    browser = desk.browser()
    references = [make_reference("ZZZ", number + 1) for number in range(OF_ADDRESS.most + 1)]
    answers = [ask(browser, reference) for reference in references]
    assert [answer.status for answer in answers] == [200] * OF_ADDRESS.most + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61
    assert "Terlalu banyak percobaan" in answers[-1].text
    assert ask(browser, UNKNOWN, X_Forwarded_For="203.0.113.9").status == 200
    desk.clock.pass_time(61)
    assert ask(browser, UNKNOWN).status == 200


def test_all_addresses_together_may_ask_so_often_a_minute(desk: Desk) -> None:
    browser = desk.browser()
    for number in range(OF_ALL.most - 3):
        take(desk.office, (OF_ADDRESS, f"203.0.113.{number}"), (OF_ALL, ""))
    statuses = [
        browser.post("/status", {}, X_Forwarded_For=f"198.51.100.{number}").status
        for number in range(4)
    ]
    assert OF_ALL.most == 300
    assert statuses == [422] * 3 + [429]


def test_guessing_birth_dates_closes_a_reference_for_the_day_known_or_not(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser()
    for reference in (sent.reference, UNKNOWN):
        for number in range(OF_REFERENCE.most):
            ask(browser, reference, f"19{number + 10}-01-01")
            desk.clock.pass_time(61)
        # The right date no longer helps whoever guesses.
        assert ask(browser, reference).status == 429
    desk.clock.pass_time(24 * 3600)
    assert ask(browser, sent.reference).status == 200


def test_the_right_date_asked_often_closes_nothing(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser()
    for _ in range(OF_REFERENCE.most + 2):
        assert ask(browser, sent.reference).status == 200
        desk.clock.pass_time(61)


def test_neighbours_on_one_ipv6_network_count_as_one(desk: Desk) -> None:
    browser = desk.browser()
    statuses = [
        ask(
            browser,
            make_reference("ZZZ", number + 1),
            X_Forwarded_For=f"2001:db8:1:2::{number:x}",
        ).status
        for number in range(OF_ADDRESS.most + 1)
    ]
    assert statuses == [200] * OF_ADDRESS.most + [429]


def test_another_site_cannot_ask_through_a_visitors_browser(desk: Desk) -> None:
    browser = desk.browser()
    assert ask(browser, UNKNOWN, Sec_Fetch_Site="cross-site").status == 403
    assert ask(browser, UNKNOWN, Origin="null").status == 403


def test_every_state_has_words_and_a_next_step(desk: Desk) -> None:
    sent = desk.kiosk.send(papers=[])
    browser = desk.browser()
    for state in sorted(OFFICE_STATES):
        with desk.office.database.write() as session:
            session.get_one(ApplicationRow, sent.application_id).state = state
        for language in LANGUAGES:
            browser.cookies["loket_language"] = language
            words = load_words(language)
            shown = ask(browser, sent.reference).text
            assert words(f"public_status.state.{state}.title") in shown
            assert words(f"public_status.state.{state}.next") in shown
        desk.clock.pass_time(61)


def _named(answer: Answer) -> set[str]:
    return {name.lower() for name in answer.headers}


@contextmanager
def _statements(desk: Desk) -> Iterator[list[str]]:
    """Collect what the database is asked beside how often somebody has asked."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:  # noqa: ANN401
        if statement.startswith("SELECT") and "FROM guesses" not in statement:
            asked.append(statement)

    engine = desk.office.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
