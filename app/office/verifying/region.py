"""The region in which a NIK was given against where its holder says they live.

People move and regencies are divided, so this is a hint for whoever knows the islands.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.nik import Nik, read_nik
from app.domain.regions import Regions
from app.office.verifying.findings import Case, Finding

_ADDRESS = "address_village"
#: Of the dotted village code: province and regency. Within a regency people move about.
_REGENCY_LETTERS = 5


def check_region(case: Case) -> Iterator[Finding]:
    """Find a NIK of another regency than the address's."""
    nik = read_nik(case.manifest.answers.get("nik", ""))
    village = case.manifest.answers.get(_ADDRESS, "")
    if not isinstance(nik, Nik) or not case.regions.is_village(village):
        return
    given = f"{nik.prefix[:2]}.{nik.prefix[2:4]}"
    if not case.regions.knows_province(nik.province) or given == village[:_REGENCY_LETTERS]:
        return
    params = {
        "nik_region": _place(case.regions, given),
        "address": case.regions.label(village),
        "answer": case.manifest.answers["nik"],
    }
    yield Finding("region", "nik_region_differs", "nik", params)


def _place(regions: Regions, regency: str) -> str:
    """Return the regency's name; a number that is no regency's any more says its province."""
    found = regions.find(regency)
    return found.label if found else f"{regency}, {regions.label(regency[:2])}"
