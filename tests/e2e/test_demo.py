"""The demo's whole journey, as ``dev.py run`` shows it where there is no display."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from tests.e2e.programs import CHECKOUT

pytestmark = pytest.mark.timeout(300)


def test_the_demo_walks_the_whole_way_without_a_display(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "demo", "--offscreen", "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line for line in said if "DEM-00001-2" in line]
    assert said[-1].endswith(str(tmp_path / "journey" / "pictures"))
    pictures = tmp_path / "journey" / "pictures"
    shown = [path.stem.split("-", 1)[1] for path in sorted(pictures.glob("*.png"))]
    for screen in ("home", "form", "document", "check", "consent", "done", "correction"):
        assert screen in shown
    assert shown[-1] == "timeline"
    slip = pdfium.PdfDocument(pictures / "slip-a5.pdf")
    assert "DEM-00001-2" in slip[0].get_textpage().get_text_range()
    slip.close()
