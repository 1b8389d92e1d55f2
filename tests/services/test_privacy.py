"""Nobody who takes the disk reads a name, a NIK or an answer; nor does the log's reader."""

from __future__ import annotations

import base64
import logging
import tempfile
from pathlib import Path

import pytest

from app.errors import AppError
from app.security.redaction import Redaction
from app.services import documents, drafts, lists
from app.services.finalizing import finalize
from tests.builders import ANSWERS, PIN, close_kiosk, enrol, filled_draft, make_kiosk, pdf_file


def _spellings(word: str) -> list[bytes]:
    return [
        word.encode(),
        word.lower().encode(),
        word.encode("utf-16-le"),
        base64.b64encode(word.encode())[:-4],
    ]


def test_nothing_personal_is_readable_anywhere_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "tmp").mkdir()
    log = logging.FileHandler(tmp_path / "loket.log")
    log.addFilter(Redaction())
    logging.getLogger().addHandler(log)
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    kiosk = make_kiosk(tmp_path / "kiosk")
    try:
        enrol(kiosk)
        draft = filled_draft(kiosk)
        documents.add_pages(kiosk, draft.application_id, "ktp", "ktp", pdf_file(2))
        finalize(kiosk, draft.application_id, "id")
        open_draft = filled_draft(kiosk)
        for page in open_draft.pages:
            documents.page_picture(kiosk, page.id, 300)
        lists.list_applications(kiosk, "siti")
        with pytest.raises(AppError):
            drafts.open_draft(kiosk, open_draft.resume_code, "000000")
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        names = {path.name for path in files}
        assert {"store.db", "store.db-wal", "store.db-shm", "loket.log"} <= names
        words = [*ANSWERS["full_name"].split(), PIN, "JFIF", "%PDF", open_draft.resume_code]
        words += [value for field, value in ANSWERS.items() if field != "has_old_passport"]
        for path in files:
            content = path.read_bytes()
            for word in words:
                for spelling in _spellings(word):
                    assert spelling not in content, (path.name, word)
                assert word not in path.name
    finally:
        logging.getLogger().removeHandler(log)
        log.close()
        close_kiosk(kiosk)


def test_only_the_owner_may_look_into_the_folder(tmp_path: Path) -> None:
    kiosk = make_kiosk(tmp_path / "kiosk")
    filled_draft(kiosk)
    assert (tmp_path / "kiosk").stat().st_mode & 0o077 == 0
    close_kiosk(kiosk)
