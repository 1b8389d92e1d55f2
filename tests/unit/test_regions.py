from __future__ import annotations

import time

import pytest

from app.domain.regions import Regions
from app.resources import load_regions


@pytest.fixture(scope="module")
def regions() -> Regions:
    return load_regions()


def test_tarempa_finds_terempa(regions: Regions) -> None:
    found = regions.search("Tarempa", 10)
    assert found[0].code == "21.05.01.1001"
    assert {"Terempa Barat", "Tarempa Selatan", "Tarempa Timur"} <= {one.name for one in found}
    assert regions.search("terempa", 10) == found


@pytest.mark.parametrize("begun", ["tar", "tare", "tarem", "tarem anambas", "taremp"])
def test_a_place_is_found_before_its_other_spelling_is_typed_to_the_end(
    regions: Regions, begun: str
) -> None:
    assert "21.05.01.1001" in {one.code for one in regions.search(begun, 7)}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sungai lumpur", "Sungailumpur"),
        ("SEI LUMPUR", "Sungailumpur"),
        ("Dabo Singkep", "Dabo"),
        ("tanjong kelit", "Tanjung Kelit"),
        ("desa Keton", "Keton"),
        ("bukit langkap", "Bukitlangkap"),
        ("letung", "Letung"),
        ("tarempa timur anambas", "Tarempa Timur"),
        ("daik lingga", "Daik"),
    ],
)
def test_villages_are_found_by_what_people_type(regions: Regions, typed: str, first: str) -> None:
    assert regions.search(typed, 5)[0].name == first


def test_the_home_province_comes_before_others(regions: Regions) -> None:
    found = regions.search("air putih", 30)
    home = [one.code.startswith("21.") for one in found]
    assert True in home
    assert False in home
    assert home == sorted(home, reverse=True)


def test_villages_elsewhere_are_found_too(regions: Regions) -> None:
    assert regions.search("Klademak", 3)[0].above[-1] == "Papua Barat Daya"


@pytest.mark.parametrize("typed", ["", "  ", "desa", "tidakadadesa", "':;\n"])
def test_nothing_sensible_finds_nothing(regions: Regions, typed: str) -> None:
    assert regions.search(typed, 5) == ()


def test_a_code_is_told_with_the_names_above_it(regions: Regions) -> None:
    label = "Terempa, Siantan, Kabupaten Kepulauan Anambas, Kepulauan Riau"
    assert regions.label("21.05.01.1001") == label
    assert regions.label("21.05.01.9999") == "21.05.01.9999"


@pytest.mark.parametrize(
    "code", ["", "21", "21.05.01", "2105011001", "21.05.01.1001 ", "21.05.01.100", "21.05.01.\t001"]
)
def test_only_a_village_in_its_dotted_form_is_a_village(regions: Regions, code: str) -> None:
    assert not regions.is_village(code)


def test_one_can_walk_from_province_to_village(regions: Regions) -> None:
    assert len(regions.provinces()) == 38
    assert len(regions.below("21.05")) == 10
    assert len(regions.below("21.04")) == 13
    assert len(regions.below("21.03")) == 17
    anambas = [one for district in regions.below("21.05") for one in regions.below(district.code)]
    lingga = [one for district in regions.below("21.04") for one in regions.below(district.code)]
    assert (len(anambas), len(lingga)) == (54, 84)
    assert all(regions.is_village(one.code) for one in anambas)


def test_prefixes_of_today_are_known_and_old_ones_are_not(regions: Regions) -> None:
    assert regions.knows_nik_prefix("210501")
    assert not regions.knows_nik_prefix("210312")
    assert not regions.knows_nik_prefix("2105")
    assert regions.knows_province("21")
    assert not regions.knows_province("99")


def test_loading_is_quick_enough_to_do_when_the_form_opens() -> None:
    fastest = min(_seconds_to_load() for _ in range(5))
    assert fastest < 0.1


def _seconds_to_load() -> float:
    start = time.perf_counter()
    load_regions()
    return time.perf_counter() - start
