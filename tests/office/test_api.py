"""The OpenAPI description and its page; nothing sent to the API may break it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from tests.office.house import Served, Village
from tests.office.postgres import on_postgres

_UNHURRIED = list(HealthCheck)


def test_the_description_and_its_page_need_nothing_from_elsewhere(served: Served) -> None:
    described = requests.get(f"{served.url}/openapi.json", timeout=30).json()
    assert {"/v1/enrolments", "/v1/events", "/v1/packs", "/v1/packs/{upload_id}"} <= set(
        described["paths"]
    )
    page = requests.get(f"{served.url}/docs", timeout=30)
    assert page.status_code == 200
    assert "/v1/packs/{upload_id}" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert "<script" not in page.text
    assert (
        requests.get(f"{served.url}/docs.css", timeout=30)
        .headers["Content-Type"]
        .startswith("text/css")
    )


def test_every_answer_says_whose_office_it_is_and_is_kept_nowhere(served: Served) -> None:
    for path, status in (("/v1/health", 200), ("/v1/nothing", 404), ("/v1/events?after=0", 401)):
        answer = requests.get(served.url + path, timeout=30)
        assert answer.status_code == status
        assert answer.headers["Loket-Office"] == "tarempa"
        assert answer.headers["Cache-Control"] == "no-store"
        # A thin link pays for nothing that only browsers read.
        assert not {"Content-Security-Policy", "Permissions-Policy"} & set(answer.headers)
        if status != 200:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert set(answer.json()) >= {"code", "title"}


# Once: PostgreSQL refuses all that SQLite refuses, and more.
@on_postgres
@pytest.mark.slow
def test_nothing_made_from_the_description_breaks_the_office(
    served: Served, village: Village
) -> None:
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    upload = village.create(served.url, 100_000).rsplit("/", 1)[1]
    statuses: set[int] = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @settings(max_examples=25, deadline=None, database=None, suppress_health_check=_UNHURRIED)
        @given(case=operation.as_strategy(), is_known=st.booleans(), number=st.integers())
        def check(case: schemathesis.Case[Any], is_known: bool, number: int) -> None:
            case.headers.update(village.headers(Upload_Offset=str(number), Upload_Length="5"))
            if is_known and "upload_id" in case.path_parameters:
                case.path_parameters["upload_id"] = upload
            answer = case.call(timeout=30)
            statuses.add(answer.status_code)
            case.validate_response(answer, checks=[not_a_server_error])

        check()
    assert {200, 204, 400, 404} <= statuses
    assert max(statuses) < 500
