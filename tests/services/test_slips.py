"""Slips of real applications: the right facts, and nobody's name."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest

from app.domain.words import Language
from app.errors import UserError
from app.printing.slip import Paper
from app.resources import load_words
from app.services.finalizing import finalize
from app.services.kiosk import Kiosk
from app.services.slips import checklist_slip, slip
from tests.builders import ANSWERS, enrol, filled_draft, jpeg_page


def _text(content: bytes) -> str:
    with pdfium.PdfDocument(content) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(pages).split())


@pytest.mark.parametrize("paper", ["a5", "roll80"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_slip_says_the_reference_and_the_fee_and_names_nobody(
    kiosk: Kiosk, paper: Paper, language: Language
) -> None:
    enrol(kiosk)
    draft = filled_draft(kiosk)
    done = finalize(kiosk, draft.application_id, language)
    text = _text(slip(kiosk, draft.application_id, paper, load_words(language)))
    assert done.reference in text
    assert "350.000" in text
    for field, value in ANSWERS.items():
        assert field == "has_old_passport" or value not in text
    assert draft.resume_code not in text


def test_a_checklist_says_what_is_missing_and_how_to_go_on(kiosk: Kiosk) -> None:
    draft = filled_draft(kiosk, pages={"ktp": jpeg_page("KTP")})
    text = _text(checklist_slip(kiosk, draft.application_id, "a5", load_words("id")))
    assert "akta / ijazah" in text
    assert draft.resume_code in text.replace(" ", "")
    assert ANSWERS["full_name"] not in text


def test_a_draft_has_no_slip(kiosk: Kiosk) -> None:
    draft = filled_draft(kiosk)
    with pytest.raises(UserError, match="not_finalized"):
        slip(kiosk, draft.application_id, "a5", load_words("id"))
