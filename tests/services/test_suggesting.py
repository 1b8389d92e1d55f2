"""What a kiosk's papers say of an application, out of its store."""

from __future__ import annotations

import msgspec
import pytest

from app.domain.answers import Problem
from app.domain.papers.lines import PaperReading
from app.domain.papers.reading import read_paper
from app.domain.papers.suggesting import Suggestion
from app.errors import UserError
from app.services import documents, drafts
from app.services.drafts import Draft
from app.services.finalizing import check_draft
from app.services.kiosk import Kiosk
from app.services.suggesting import suggestions
from app.storage import pages as stored_pages
from tests.builders import ANSWERS, PIN, SERVICE, jpeg_page
from tests.unit.paper_lines import NIK, ktp_lines


@pytest.fixture
def draft(kiosk: Kiosk) -> Draft:
    return drafts.start_draft(kiosk, SERVICE, PIN)


def _add_read(kiosk: Kiosk, draft: Draft, need: str, reading: PaperReading) -> str:
    """Add a page and write down what was read on it, as the engine's lane would."""
    (page,) = documents.add_pages(kiosk, draft.application_id, need, "ktp", jpeg_page(need))
    with kiosk.store.write() as session:
        stored = stored_pages.page(session, page.id)
        assert stored
        read = msgspec.structs.replace(stored, reading=reading)
        stored_pages.set_picture(session, page.id, read)
    return page.id


def _warnings(kiosk: Kiosk, draft: Draft) -> list[Problem]:
    found = check_draft(kiosk, draft.application_id)
    return [problem for problem in found if problem.code == "differs_from_paper"]


def test_a_page_that_was_read_suggests_an_answer_until_there_is_one(
    kiosk: Kiosk, draft: Draft
) -> None:
    assert suggestions(kiosk, draft.application_id) == ()
    page = _add_read(kiosk, draft, "ktp", read_paper("ktp", ktp_lines()))
    assert suggestions(kiosk, draft.application_id) == (Suggestion("nik", NIK, "ktp", page),)
    drafts.save_answer(kiosk, draft.application_id, "nik", ANSWERS["nik"])
    assert suggestions(kiosk, draft.application_id) == ()


def test_looking_at_suggestions_answers_nothing(kiosk: Kiosk, draft: Draft) -> None:
    _add_read(kiosk, draft, "ktp", read_paper("ktp", ktp_lines()))
    suggestions(kiosk, draft.application_id)
    assert drafts.load_draft(kiosk, draft.application_id).answers == {}


def test_an_answer_that_differs_is_a_warning_which_a_reason_settles(
    kiosk: Kiosk, draft: Draft
) -> None:
    _add_read(kiosk, draft, "ktp", read_paper("ktp", ktp_lines()))
    drafts.save_answer(kiosk, draft.application_id, "nik", ANSWERS["nik"])
    (problem,) = _warnings(kiosk, draft)
    assert (problem.where, problem.params) == ("nik", {"paper": "ktp", "read": NIK})
    drafts.keep_warning(kiosk, draft.application_id, "nik", "differs_from_paper", "KTP lama")
    assert _warnings(kiosk, draft) == []


def test_a_page_not_read_yet_and_one_of_which_nothing_was_read_say_nothing(
    kiosk: Kiosk, draft: Draft
) -> None:
    documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", jpeg_page("1"))
    drafts.save_answer(kiosk, draft.application_id, "nik", ANSWERS["nik"])
    assert _warnings(kiosk, draft) == []
    _add_read(kiosk, draft, "proof", PaperReading("ktp"))
    assert _warnings(kiosk, draft) == []
    assert suggestions(kiosk, draft.application_id) == ()


def test_a_paper_that_is_no_longer_asked_for_says_nothing(kiosk: Kiosk, draft: Draft) -> None:
    drafts.save_answer(kiosk, draft.application_id, "has_old_passport", "yes")
    _add_read(kiosk, draft, "old", read_paper("ktp", ktp_lines()))
    assert suggestions(kiosk, draft.application_id) != ()
    drafts.save_answer(kiosk, draft.application_id, "has_old_passport", "no")
    assert suggestions(kiosk, draft.application_id) == ()


def test_an_application_that_is_not_there_is_told(kiosk: Kiosk) -> None:
    with pytest.raises(UserError, match="application_unknown"):
        suggestions(kiosk, "nowhere")
