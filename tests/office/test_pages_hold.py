"""Nothing sent to the console or the status page may break it, on either database."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

import pytest
import requests
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.office import status
from app.office.console import administering, applications, deciding, signing_in
from tests.office.desk import Browser, Desk, form_token
from tests.office.house import enrolled

_ROUTES = sorted(
    {
        (method, route.path)
        for room in (signing_in, applications, deciding, administering, status)
        for route in room.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
        # Signing out ends what the others need.
        if route.path != "/console/sign-out"
    }
)
_NUMBERS = st.one_of(st.integers(-3, 5), st.sampled_from([2**31, 2**63, 10**30])).map(str)
_ODD = st.sampled_from(["", "\0", "..", "%", "_", "\\", "'", "é", "\ud7ff", "٣", "1" * 5000])
_TEXT = st.one_of(_ODD, st.text(max_size=12))
_NAMES = st.sampled_from(
    (
        *("reference", "day", "month", "year", "state", "page", "revision", "text", "done"),
        *("notice", "name", "shown_name", "role", "password", "code", "language", "back"),
        *("reason", "note", "field", "document", "reason.field.nik", "reason.document.ktp"),
    )
)


def _address(path: str, parts: Sequence[str]) -> str:
    for name, value in zip(("application_id", "revision", "need"), parts, strict=True):
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def _try(browser: Browser, application_id: str, drawn: st.DataObject, token: str) -> None:
    method, path = drawn.draw(st.sampled_from(_ROUTES))
    parts = [
        drawn.draw(st.one_of(st.just(known), others))
        for known, others in ((application_id, _TEXT), ("1", _NUMBERS), ("ktp", _TEXT))
    ]
    address = _address(path, parts)
    fields = drawn.draw(st.lists(st.tuples(_NAMES, st.one_of(_TEXT, _NUMBERS)), max_size=6))
    if method == "GET":
        answer = browser.get(f"{address}?{urlencode(fields)}")
    else:
        if drawn.draw(st.integers(0, 9)):
            fields = [("form_token", token), *fields]
        together: dict[str, list[str]] = {}
        for name, value in fields:
            together.setdefault(name, []).append(value)
        answer = browser.post(address, together)
    assert answer.status < 500, (method, address, fields)


@pytest.mark.slow
def test_nothing_sent_to_a_page_breaks_it(desk: Desk) -> None:
    sent = desk.kiosk.send()
    browser = desk.browser("hadi")
    token = form_token(browser.get("/console/applications"))

    @settings(
        max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def check(drawn: st.DataObject) -> None:
        desk.clock.pass_time(0.01)
        _try(browser, sent.application_id, drawn, token)

    check()


def test_an_address_that_no_database_can_look_for_is_unknown(desk: Desk) -> None:
    browser = desk.browser("hadi")
    village = enrolled(desk.office, desk.address, "ANB")
    for part in ("%00", "a%00b", "%FF"):
        assert browser.get(f"/console/applications/{part}").status == 404
        upload = f"{desk.address}/v1/packs/{part}"
        assert requests.head(upload, headers=village.headers(), timeout=30).status_code == 404


def test_a_revision_larger_than_any_number_is_unknown(desk: Desk) -> None:
    sent = desk.kiosk.send()
    address = f"/console/applications/{sent.application_id}/revisions/{10**30}/documents/ktp"
    assert desk.browser("hadi").get(address).status == 404
