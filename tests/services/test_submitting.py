"""An application prepared as a folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.errors import UserError
from app.services import documents, drafts, lists, submitting
from app.services.finalizing import NotComplete
from app.services.kiosk import Kiosk
from app.services.submitting import submit_folder
from app.storage import sending
from tests.builders import ANSWERS, SERVICE, dark_page, enrol, jpeg_page, pdf_file


def _folder(path: Path, **changes: Any) -> Path:  # noqa: ANN401
    path.mkdir()
    (path / "ktp.jpg").write_bytes(jpeg_page("KTP"))
    (path / "akta.pdf").write_bytes(pdf_file(2))
    wanted = {
        "service": SERVICE,
        "answers": dict(ANSWERS),
        "documents": [
            {"need": "ktp", "type": "ktp", "pages": ["ktp.jpg"]},
            {"need": "proof", "type": "akta", "pages": ["akta.pdf"]},
        ],
        "overrides": [{"where": "nik", "code": "nik_specimen", "reason": "contoh"}],
        "consent": {"language": "id"},
    }
    (path / "application.json").write_text(json.dumps(wanted | changes))
    return path


def _refusal(kiosk: Kiosk, folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        submit_folder(kiosk, folder)
    assert lists.list_applications(kiosk) == ()
    assert not list(kiosk.store.folder.glob("blobs/*/*"))
    return caught.value.code


def test_a_prepared_application_is_queued_like_one_from_the_screen(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    enrol(kiosk)
    done = submit_folder(kiosk, _folder(tmp_path / "in"))
    found = lists.details(kiosk, done.application_id)
    assert found.reference == done.reference
    assert [(d.need, d.page_count) for d in found.documents] == [("ktp", 1), ("proof", 2)]


def test_the_same_folder_twice_is_one_application_when_it_has_a_name(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    enrol(kiosk)
    folder = _folder(tmp_path / "in", client_id="village-7/0001")
    one, two = submit_folder(kiosk, folder), submit_folder(kiosk, folder)
    assert (one.application_id, one.reference) == (two.application_id, two.reference)
    with kiosk.store.read() as session:
        assert len(sending.waiting(session)) == 1


def test_wrong_answers_are_named_as_on_the_screen(kiosk: Kiosk, tmp_path: Path) -> None:
    enrol(kiosk)
    folder = _folder(tmp_path / "in", answers=ANSWERS | {"nik": "12"}, documents=[])
    with pytest.raises(NotComplete) as caught:
        submit_folder(kiosk, folder)
    found = [problem.where for problem in caught.value.problems]
    assert found == ["nik", "document:ktp", "document:proof"]
    assert lists.list_applications(kiosk) == ()


def test_a_mended_folder_of_the_same_name_is_taken(kiosk: Kiosk, tmp_path: Path) -> None:
    enrol(kiosk)
    wrong = _folder(tmp_path / "in", client_id="7", documents=[])
    with pytest.raises(NotComplete):
        submit_folder(kiosk, wrong)
    assert submit_folder(kiosk, _folder(tmp_path / "again", client_id="7")).reference


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "/etc/hostname", "a/../../secret.jpg", "sub/x.jpg", "..", "",
             "..\\secret.jpg", "C:\\x.jpg", "C:x.jpg", "x\x00.jpg"],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(kiosk: Kiosk, tmp_path: Path, name: str) -> None:
    enrol(kiosk)
    (tmp_path / "secret.jpg").write_bytes(jpeg_page("SECRET"))
    pages = [{"need": "ktp", "type": "ktp", "pages": [name]}]
    folder = _folder(tmp_path / "in", documents=pages)
    assert _refusal(kiosk, folder) == "folder_file_refused"


def test_links_and_pipes_are_refused(kiosk: Kiosk, tmp_path: Path) -> None:
    enrol(kiosk)
    (tmp_path / "secret.jpg").write_bytes(jpeg_page("SECRET"))
    folder = _folder(tmp_path / "in")
    (folder / "ktp.jpg").unlink()
    (folder / "ktp.jpg").symlink_to(tmp_path / "secret.jpg")
    assert _refusal(kiosk, folder) == "folder_file_refused"
    (folder / "ktp.jpg").unlink()
    os.mkfifo(folder / "ktp.jpg")
    assert _refusal(kiosk, folder) == "folder_file_refused"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"service": "no_such"}, "service_not_offered"),
        ({"answers": {"no_such": "x"}}, "field_not_asked"),
        ({"answers": {"nik": 12}}, "folder_malformed"),
        ({"consent": {"language": "fr"}}, "folder_malformed"),
        ({"surprise": 1}, "folder_malformed"),
        ({"documents": [{"need": "ktp", "type": "akta", "pages": []}]}, "not_complete"),
        ({"documents": [{"need": "ktp", "type": "ktp", "pages": ["no.jpg"]}]},
         "folder_file_missing"),
        ({"documents": [{"need": "ktp", "type": "ktp", "pages": ["ktp.jpg"] * 201}]},
         "too_many_pages"),
    ],
)  # fmt: skip
def test_a_wrong_application_is_refused_whole(
    kiosk: Kiosk, tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    enrol(kiosk)
    assert _refusal(kiosk, _folder(tmp_path / "in", **changes)) == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"service":"\xff"}', "folder_not_json"),
        (b"", "folder_not_json"),
        (b'{"x":' + b"[" * 9000, "folder_malformed"),
    ],
)
def test_a_file_that_breaks_its_reader_is_refused(
    kiosk: Kiosk, tmp_path: Path, content: bytes, code: str
) -> None:
    folder = _folder(tmp_path / "in")
    (folder / "application.json").write_bytes(content)
    assert _refusal(kiosk, folder) == code


def test_pages_are_read_one_after_another(
    kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred files of 25 MiB would not fit into the memory of a kiosk."""
    enrol(kiosk)
    held: list[int] = []
    add_pages = documents.add_pages

    def counted(*arguments: Any) -> Any:  # noqa: ANN401
        held.append(len(read) - len(held))
        return add_pages(*arguments)

    read: list[str] = []
    read_file = submitting._read_file

    def watched(folder: Path, name: str, most_bytes: int) -> bytes:
        if name != "application.json":
            read.append(name)
        return read_file(folder, name, most_bytes)

    monkeypatch.setattr(documents, "add_pages", counted)
    monkeypatch.setattr(submitting, "_read_file", watched)
    submit_folder(kiosk, _folder(tmp_path / "in"))
    assert held == [1, 1]


def test_a_folder_without_its_file_is_told(kiosk: Kiosk, tmp_path: Path) -> None:
    assert _refusal(kiosk, tmp_path) == "application_file_missing"
    assert _refusal(kiosk, tmp_path / "mistyped") == "application_file_missing"


def test_a_broken_page_is_named_by_its_document(kiosk: Kiosk, tmp_path: Path) -> None:
    enrol(kiosk)
    folder = _folder(tmp_path / "in")
    (folder / "ktp.jpg").write_bytes(b"\xff\xd8\xff broken")
    with pytest.raises(UserError) as caught:
        submit_folder(kiosk, folder)
    assert str(caught.value) == "file_unreadable (document=ktp)"


def test_a_page_that_is_not_good_needs_a_reason_in_the_folder(kiosk: Kiosk, tmp_path: Path) -> None:
    enrol(kiosk)
    folder = _folder(tmp_path / "in")
    (folder / "ktp.jpg").write_bytes(dark_page("KTP"))
    with pytest.raises(NotComplete) as caught:
        submit_folder(kiosk, folder)
    assert [p.code for p in caught.value.problems] == ["page_not_good"]
    wanted = json.loads((folder / "application.json").read_text())
    wanted["documents"][0]["kept_reason"] = "lampu mati"
    (folder / "application.json").write_text(json.dumps(wanted))
    done = submit_folder(kiosk, folder)
    pages = drafts.load_draft(kiosk, done.application_id).pages
    assert [page.kept_reason for page in pages] == ["lampu mati", "", ""]
