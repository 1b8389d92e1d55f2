"""A catalogue published at the office reaches the kiosk; what was begun stays with its version."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.bootstrap import open_kiosk
from app.resources import load_catalogue, resources_path
from app.services.drafts import load_draft, start_draft
from tests.e2e.programs import OfficeProgram, loket, loket_json

NEWER = "2099.1.1"


def test_a_service_changed_in_data_alone_reaches_the_kiosk(tmp_path: Path) -> None:
    shipped = load_catalogue().version
    office = OfficeProgram(tmp_path / "office")
    kiosk = tmp_path / "kiosk"
    code = office.enrolment_code("LET")
    office.start()
    try:
        enrol = ("enrol", "--office", office.url, "--name", "Letung", "--code", code)
        loket(*enrol, "--data", kiosk)
        with open_kiosk(kiosk) as opened:
            before = start_draft(opened.kiosk, "passport_new_adult", "271828")
        assert before.catalogue_version == shipped

        loket("office", "publish", changed_catalogue(tmp_path), "--data", office.folder)
        report = loket_json("sync", "--once", "--data", kiosk)
        assert report["error"] is None
        assert report["received_events"] == 1
    finally:
        office.kill()
    with open_kiosk(kiosk) as opened:
        after = start_draft(opened.kiosk, "passport_new_adult", "271828")
        stayed = load_draft(opened.kiosk, before.application_id)
    assert after.catalogue_version == NEWER
    assert after.service.label.en == "A passport, as changed"
    assert stayed.catalogue_version == shipped
    assert stayed.service.label == before.service.label


def changed_catalogue(folder: Path) -> Path:
    """Copy the shipped data and change a version and a label by hand."""
    changed = folder / "changed"
    shutil.copytree(resources_path() / "catalogue", changed)
    for path, old, new in (
        (changed / "catalogue.toml", load_catalogue().version, NEWER),
        (
            changed / "services" / "passport_new_adult.toml",
            load_catalogue().service("passport_new_adult").label.en,
            "A passport, as changed",
        ),
    ):
        written = path.read_text("utf-8")
        assert old in written
        path.write_text(written.replace(old, new, 1), "utf-8")
    return changed
