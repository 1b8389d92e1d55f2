"""The demo's invented person as a folder for ``loket submit``, with pages that no codec shrinks."""

from __future__ import annotations

import io
import json
import random
import shutil
from pathlib import Path

from PIL import Image, ImageDraw

from app.resources import resources_path

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
        for name in document["pages"]:
            (folder / name).write_bytes(noisy_page(name, f"{seed} {name}"))
    return folder


def noisy_page(title: str, seed: str, size: tuple[int, int] = (500, 360)) -> bytes:
    """Return a JPEG of about 120 KB with a title, different for each seed."""
    noise = random.Random(seed).randbytes(size[0] * size[1])
    page = Image.frombytes("L", size, noise)
    ImageDraw.Draw(page).rectangle((0, 0, size[0], 30), fill="white")
    ImageDraw.Draw(page).text((8, 8), f"CONTOH {title}", fill="black")
    written = io.BytesIO()
    page.save(written, "JPEG", quality=90)
    return written.getvalue()
