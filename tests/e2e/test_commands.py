"""The commands for scripts: what they answer when all is well and when it is not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.alone import only_one
from app.bootstrap import open_kiosk
from app.services.operators import add_operator, sign_in
from tests.e2e.programs import CHECKOUT, loket_json
from tests.e2e.specimen import submit_folder


def test_submit_names_every_field_that_is_wrong(tmp_path: Path) -> None:
    folder = submit_folder(tmp_path / "application", seed=1)
    wanted = json.loads((folder / "application.json").read_text("utf-8"))
    wanted["answers"]["nik"] = "99010145089"
    del wanted["answers"]["birth_place"]
    wanted["documents"] = wanted["documents"][1:]
    (folder / "application.json").write_text(json.dumps(wanted), "utf-8")
    said = loket_json("submit", folder, "--data", tmp_path / "kiosk", must_do=False)
    assert said["error"] == "not_complete"
    assert {(one["where"], one["code"]) for one in said["problems"]} == {
        ("nik", "nik_length"),
        ("birth_place", "answer_missing"),
        ("document:ktp", "document_missing"),
    }


def test_doctor_says_what_is_weak_and_ends_well(tmp_path: Path) -> None:
    said = loket_json("doctor", "--data", tmp_path / "kiosk")
    assert said["is_well"]
    states = {one["code"]: one["state"] for one in said["findings"]}
    assert states["store"] == "well"
    assert states["not_enrolled"] == "weak"


def test_doctor_tells_a_store_whose_key_is_gone(tmp_path: Path) -> None:
    kiosk = tmp_path / "kiosk"
    # Before the command's name is as good as after it.
    assert loket_json("--data", kiosk, "doctor")["folder"] == str(kiosk)
    key = kiosk / "store.key"
    if not key.exists():
        key = kiosk / "store.keyname"
    key.unlink()
    said = loket_json("doctor", "--data", kiosk, must_do=False)
    assert not said["is_well"]
    assert {"code": "fault", "state": "broken", "params": {"code": "key_missing"}} in said[
        "findings"
    ]


def test_a_forgotten_password_is_set_anew_by_command(tmp_path: Path) -> None:
    with open_kiosk(tmp_path / "kiosk") as opened:
        add_operator(opened.kiosk, "Rina", "", "perahu-biru")
    done = subprocess.run(
        [sys.executable, "-m", "app", "operator", "--reset", "Rina", "--data", tmp_path / "kiosk"],
        cwd=CHECKOUT,
        input="kapal-putih\n",
        capture_output=True,
        text=True,
        timeout=300,
        # Without a terminal of its own it reads what is handed in.
        start_new_session=True,
    )
    assert (done.returncode, "rina" in done.stdout.casefold()) == (0, True), done.stderr
    assert "kapal-putih" not in done.stdout + done.stderr
    with open_kiosk(tmp_path / "kiosk") as opened:
        assert sign_in(opened.kiosk, "Rina", "kapal-putih").name == "rina"


def test_sync_without_an_enrolment_says_so(tmp_path: Path) -> None:
    said = loket_json("sync", "--once", "--data", tmp_path / "kiosk", must_do=False)
    assert said["error"] == "not_enrolled"


def test_sync_says_in_words_what_it_did_and_what_stopped_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", "--once", "--data", str(tmp_path / "kiosk")]) == 1
    told = capsys.readouterr()
    assert "0 pengajuan terkirim" in told.out
    assert "Kiosk ini belum terdaftar" in told.err
    assert "[not_enrolled]" in told.err


def test_a_billing_code_is_taken_as_the_kiosk_shows_it_and_an_unknown_one_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOKET_PAYMENTS", "simulator")
    groups = ["82026", "11221", "43959"]
    assert main(["office", "pay", *groups, "--data", str(tmp_path)]) == 1
    assert "Kode billing ini tidak dikenal" in capsys.readouterr().out
    assert main(["office", "pay", " ".join(groups), "--data", str(tmp_path)]) == 1


def test_files_that_cannot_be_used_are_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_bytes(b"no folder, and no certificate")
    tls = ["--tls-certificate", str(taken), "--tls-key", str(taken)]
    assert main(["office", "serve", "--data", str(tmp_path / "office"), "--port", "0", *tls]) == 1
    told = capsys.readouterr()
    assert "[certificate_unusable]" in told.err
    assert told.out == "", "nobody is sent to an address where nobody listens"
    assert main(["demo", "--offscreen", "--folder", str(taken)]) == 1
    assert "[demo_folder_unusable]" in capsys.readouterr().err


def test_a_secret_that_nobody_can_type_ends_in_words(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "office", "officer", "budi", "Budi"]
    done = subprocess.run(
        [*command, "--data", tmp_path],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert done.returncode == 1
    assert "[nothing_typed]" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_window_on_a_folder_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "--data", str(tmp_path)]
    with only_one(tmp_path, "window.lock", "kiosk_in_use"):
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "[kiosk_in_use]" in done.stderr
