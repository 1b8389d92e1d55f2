"""The courier's commands, at the kiosk and at the office, on the same stick."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.domain.catalogue_reading import decode, encode
from app.office.catalogues import publish_catalogue
from app.office.context import Office, OfficeSettings
from app.office.opening import open_office
from tests.builders import small_catalogue
from tests.courier.island import CourierIsland
from tests.courier.test_trips import FOUR
from tests.fakes import FakeClock, FakeDice
from tests.office.house import SERVICE
from tests.sync.island import KEY


@pytest.fixture
def office(met: Path, tmp_path: Path) -> Iterator[Office]:
    """The office with the kiosk's catalogue in its database, where a command finds it."""
    shutil.copytree(met / "office", tmp_path / "office")
    settings = OfficeSettings(tmp_path / "office", least_free_bytes=0)
    opened = open_office(settings, FakeClock(), FakeDice(), lambda: small_catalogue("2026.10.1"))
    known = encode(small_catalogue("2026.11.1")).replace(b"passport_test", SERVICE.encode())
    publish_catalogue(opened, decode(known))
    yield opened
    opened.close()


def say(capsys: pytest.CaptureFixture[str], code: int, *words: str | Path) -> Any:  # noqa: ANN401
    """Run a command and return the JSON it printed."""
    assert main([*map(str, words), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_both_sides_speak_by_commands(
    kiosk: CourierIsland,
    office: Office,
    stick: Path,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    frozen = kiosk.freeze(FOUR)
    (kiosk.folder / "store.key").touch(mode=0o600)
    (kiosk.folder / "store.key").write_text(KEY.hex())
    at_kiosk = ("--data", kiosk.folder)
    at_office = ("--data", tmp_path / "office")
    out = say(capsys, 0, "courier", "export", "--to", stick, *at_kiosk)
    assert out["references"] == [frozen.reference]
    took = say(capsys, 0, "office", "courier", "import", stick, *at_office)
    assert (took["imported"]["received"], took["answer"]) == (1, "LOKET-LET-00001.lpr")
    again = say(
        capsys, 0, "office", "courier", "export", "--device", "let", "--to", stick, *at_office
    )
    assert again["answer_events"] == took["answer_events"]
    back = say(capsys, 0, "courier", "import", stick, *at_kiosk)
    assert back["received"] == [frozen.reference]
    whole = say(capsys, 0, "courier", "exchange", "--to", stick, *at_kiosk)
    assert (whole["written"]["references"], whole["read"]["events"]) == ([], 0)
    assert kiosk.is_received(frozen)


def test_what_is_wrong_is_said_and_the_rest_is_done(
    kiosk: CourierIsland,
    office: Office,
    stick: Path,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    kiosk.freeze(FOUR)
    (name,) = kiosk.write(stick).names
    content = bytearray((stick / name).read_bytes())
    content[-1] ^= 1
    (stick / name).write_bytes(content)
    at_office = ("--data", str(tmp_path / "office"))
    assert main(["office", "courier", "import", str(stick), *at_office]) == 1
    said = capsys.readouterr().out
    assert "catatan nomor 5 ditolak: rusak atau hilang" in said
    assert "3 catatan diambil" in said
    assert main(["office", "courier", "import", str(tmp_path / "none"), *at_office]) == 1
    assert "[courier_path_missing]" in capsys.readouterr().err
