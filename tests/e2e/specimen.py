"""The demo's invented person as a folder for ``loket submit``, with papers of some weight."""

from __future__ import annotations

import io
import json
import random
import shutil
from pathlib import Path

from PIL import Image

from app.demo_papers import draw_paper
from app.resources import load_catalogue, resources_path

APPLICATION = resources_path() / "demo" / "application.json"


def submit_folder(folder: Path, seed: int, *, client_id: str = "") -> Path:
    """Write ``application.json`` and its pages; another seed gives other pages."""
    folder.mkdir(parents=True)
    wanted = json.loads(APPLICATION.read_text("utf-8"))
    if client_id:
        wanted["client_id"] = client_id
        (folder / "application.json").write_text(json.dumps(wanted), "utf-8")
    else:
        shutil.copy(APPLICATION, folder / "application.json")
    for document in wanted["documents"]:
        for number, name in enumerate(document["pages"]):
            page = heavy_page(document["type"], number, f"{seed} {name}")
            (folder / name).write_bytes(page)
    return folder


def heavy_page(kind: str, number: int, seed: str) -> bytes:
    """Return a page as a scanner gives it, with a patch that no codec shrinks far."""
    drawn = Image.open(io.BytesIO(draw_paper(load_catalogue().document_type(kind), number, seed)))
    side = drawn.width // 5
    coarse = Image.frombytes("L", (60, 60), random.Random(seed).randbytes(60 * 60))
    patch = coarse.resize((side, side), Image.Resampling.BICUBIC)
    drawn.paste(patch, (drawn.width - side - 60, drawn.height - side - 60))
    written = io.BytesIO()
    drawn.save(written, "JPEG", quality=90, dpi=drawn.info["dpi"])
    return written.getvalue()
