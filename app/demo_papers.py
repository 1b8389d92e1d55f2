"""Draws the made-up papers that the demo's person brings: each with the words printed on its kind.

Nothing on them is anybody's; every one says that it is a specimen.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, ImageDraw

from app.domain.catalogue import DocumentType, Look
from app.resources import load_catalogue, resources_path

#: What a scanner gives of each shape, cropped to its edges: pixels, and dots per inch.
_SIZES = {
    "card": ((1011, 638), 300),
    "passport": ((984, 693), 200),
    "a4": ((1240, 1754), 150),
    "any": ((1240, 877), 150),
}
_INK = "#12303d"


def demo_person() -> dict[str, Any]:
    """Return the demo's person as an application that ``loket submit`` would take."""
    path = resources_path() / "demo" / "application.json"
    person: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return person


def draw_papers(folder: Path, person: dict[str, Any]) -> dict[str, list[Path]]:
    """Draw each page that a person brings, unless it lies there; return them by need."""
    folder.mkdir(exist_ok=True)
    catalogue = load_catalogue()
    papers: dict[str, list[Path]] = {}
    for document in person["documents"]:
        kind = catalogue.document_type(document["type"])
        for number, name in enumerate(document["pages"]):
            path = folder / name
            if not path.exists():
                path.write_bytes(draw_paper(kind, number))
            papers.setdefault(document["need"], []).append(path)
    return papers


def draw_paper(kind: DocumentType, number: int, seed: str = "") -> bytes:
    """Return a JPEG of one page of a paper.

    Args:
        kind: what the paper is.
        number: which page, from 0.
        seed: printed on it, so that papers of different people differ.
    """
    look = kind.look.on_page(number)
    (width, height), dpi = _SIZES[look.shape]
    picture = Image.new("RGB", (width, height), "#f7f5ee")
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((0, 0, width, height // 40), fill="#b8cbd6")
    rows = [f"CONTOH {kind.id.upper()} {number + 1}", *_words(look), f"SPESIMEN {seed}".strip()]
    room = height - height // 12
    step = min(room // len(rows), height // 11)
    size = min(int(step * 0.62), width // 26)
    for place, row in enumerate(rows):
        drawing.text((width // 20, height // 18 + place * step), row, _INK, font_size=size)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=88, dpi=(dpi, dpi))
    return written.getvalue()


def _words(look: Look) -> list[str]:
    printed = [*look.labels, *look.shared_labels]
    return printed or ["Dengan ini diterangkan bahwa surat ini", "adalah contoh untuk latihan."]
