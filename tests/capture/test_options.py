"""What drivers print about themselves, and how each is asked for a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.capture.sane import read_devices
from app.capture.sane_options import (
    Options,
    arguments,
    bed,
    feeder_word,
    glass_word,
    read_options,
    resolutions,
)
from app.domain.sources import Region, ScanWish

#: As real drivers print them: an office machine, a glass for a desk, a feeder without a glass.
OFFICE = """
All options specific to device `hpaio:/usb/OfficeJet?serial=0':
  Scan mode:
    --mode Lineart|Gray|Color [Lineart]
        Selects the scan mode (e.g., lineart, monochrome, or color).
    --resolution 75|100|200|300|600|1200dpi [75]
    --source Flatbed|ADF|Duplex [Flatbed]
  Geometry:
    -l 0..215.9mm [0]
    -t 0..297.011mm [0]
    -x 0..215.9mm [215.9]
    -y 0..297.011mm [297.011]
"""
DESK = """
    --mode Color|Gray|Lineart [Gray]
    --depth 16|8 [8]
    --resolution 4800|2400|1200|600|300|150|100|75dpi [75]
    --source Flatbed|Transparency Adapter [Flatbed]
    --preview[=(yes|no)] [no]
    -l 0..216.7mm [0]
    -t 0..297.5mm [0]
    -x 0..216.7mm [216.7]
    -y 0..297.5mm [297.5]
    --lamp-off-time 0..60 [15] [inactive]
    --need-calibration[=(yes|no)] [yes] [read-only] [hardware]
"""
SHEETS = """
    --source ADF Duplex|ADF Front|ADF Back [ADF Duplex]
    --mode 24bit Color[Fast]|True Gray|Gray[Error Diffusion]|24bit Color [True Gray]
    --resolution 50..600dpi (in steps of 1) [300]
    --page-width 0..221.121mm (in steps of 0.0211639) [215.872]
    -x 0..215.9mm (in steps of 0.0211639) [215.872]
    -y 0..863.489mm (in steps of 0.0211639) [292.062]
"""


@pytest.fixture
def office() -> Options:
    return read_options(OFFICE)


def test_a_feeder_and_a_glass_are_known_by_their_many_names(office: Options) -> None:
    assert (glass_word(office), feeder_word(office)) == ("Flatbed", "ADF")
    assert (glass_word(read_options(DESK)), feeder_word(read_options(DESK))) == ("Flatbed", "")
    # One side of each sheet, when there is a choice.
    assert (glass_word(read_options(SHEETS)), feeder_word(read_options(SHEETS))) == (
        "",
        "ADF Front",
    )


def test_resolutions_are_those_a_page_has_use_for(office: Options) -> None:
    assert resolutions(office) == (75, 100, 200, 300)
    assert resolutions(read_options(DESK)) == (75, 100, 150, 300)
    assert resolutions(read_options(SHEETS)) == (75, 100, 150, 200, 240, 300)
    assert resolutions(read_options("    --resolution 600|1200dpi [600]")) == (600,)
    assert resolutions(read_options("    --resolution 400..1200dpi [600]")) == (400,)
    assert resolutions({}) == ()


def test_a_page_is_asked_for_in_the_devices_own_words(office: Options) -> None:
    given, dpi = arguments(office, "ADF", ScanWish(dpi=300))
    assert given == [
        "--source=ADF", "--mode=Color", "--resolution=300",
        "-l", "0", "-t", "0", "-x", "215.9", "-y", "297.011",
    ]  # fmt: skip
    assert dpi == 300


def test_the_lowest_resolution_that_is_enough_is_taken(office: Options) -> None:
    assert arguments(office, "", ScanWish(dpi=150))[1] == 200
    assert arguments(office, "", ScanWish(dpi=1200))[1] == 300


def test_eight_bits_are_asked_for_where_there_is_a_choice_and_a_preview_too() -> None:
    desk = read_options(DESK)
    given, dpi = arguments(desk, "Flatbed", ScanWish(is_preview=True, is_color=False))
    assert given[1:5] == ["--mode=Gray", "--depth=8", "--preview=yes", "--resolution=75"]
    assert dpi == 75


def test_the_plain_one_of_several_kinds_of_colour_is_taken() -> None:
    sheets = read_options(SHEETS)
    assert "--mode=24bit Color" in arguments(sheets, "", ScanWish())[0]
    assert "--mode=True Gray" in arguments(sheets, "", ScanWish(is_color=False))[0]


def test_words_with_brackets_and_remarks_of_their_own_are_read() -> None:
    text = """
    --mode Black & White|True Gray|24bit Color|24bit Color[Fast] [24bit Color[Fast]]
    --source FlatBed|ADF(left aligned,Duplex)|ADF(left aligned) [FlatBed] [advanced]
    --resolution 100|300dpi [300] [hardware]
    """
    options = read_options(text)
    assert options["mode"].words[-1] == "24bit Color[Fast]"
    assert options["mode"].current == "24bit Color[Fast]"
    assert options["source"].current == glass_word(options) == "FlatBed"
    assert feeder_word(options) == "ADF(left aligned)"
    assert resolutions(options) == (100, 300)


def test_a_place_is_said_only_where_the_device_knows_places() -> None:
    sheets = read_options(SHEETS)
    given, _ = arguments(sheets, "", ScanWish(region=Region(10, 10, 50, 50)))
    assert given[-4:] == ["-x", "50", "-y", "50"]
    assert arguments({}, "", ScanWish(region=Region(10, 10, 50, 50))) == ([], 0)


def test_what_may_not_be_set_now_is_no_option() -> None:
    desk = read_options(DESK)
    assert "lamp-off-time" not in desk
    assert "need-calibration" not in desk
    assert bed(desk) == (216.7, 297.5)


@pytest.mark.parametrize(
    "text", ["", "\x00\xff", "    --", "    --mode", "    --source |||| [", "-x 0.."]
)
def test_text_that_makes_no_sense_is_no_option_at_all(text: str) -> None:
    options = read_options(text)
    assert arguments(options, feeder_word(options), ScanWish()) == ([], 0)


@given(
    some.lists(
        some.tuples(
            some.sampled_from(["--mode", "--source", "--resolution", "--depth", "-x", "-y", "-l"]),
            some.text(some.sampled_from("0123456789.|-[]() =adfFlatbedColor\x00"), max_size=40),
        ),
        max_size=8,
    )
)
def test_whatever_a_driver_prints_can_be_asked_of_it(lines: list[tuple[str, str]]) -> None:
    options = read_options("\n".join(f"    {name} {rest}" for name, rest in lines))
    for word in (feeder_word(options), glass_word(options)):
        given_, dpi = arguments(options, word, ScanWish(region=Region(1, 2, 3, 4)))
        assert all(word.startswith("-") or word.replace(".", "").isdigit() for word in given_)
        assert dpi >= 0


def test_numbers_without_end_are_no_numbers() -> None:
    text = f"    --resolution {'9' * 400}dpi [75]\n    -x 0..{'9' * 400}mm [0]\n"
    assert resolutions(read_options(text)) == ()


def test_devices_of_one_name_are_counted_and_those_that_are_none_left_out() -> None:
    text = "\n".join(
        "\x1f".join(line)
        for line in (
            ("v4l:/dev/video0", "Noname", "Webcam", "virtual device"),
            ("genesys:libusb:001:005", "Canon", "LiDE 210", "flatbed scanner"),
            ("genesys:libusb:001:006", "Canon", "LiDE 210", "flatbed scanner"),
            ("escl:https://192.0.2.5:443", "HP", "OfficeJet 8010", "adf,flatbed scanner"),
            ("airscan:e0:HP OfficeJet 8010", "eSCL", "HP OfficeJet 8010", "ip=192.0.2.5"),
            ("a line that is none",),
        )
    )
    assert [device.id for device in read_devices(text)] == [
        "sane:genesys:Canon LiDE 210",
        "sane:genesys:Canon LiDE 210 (2)",
        "sane:airscan:HP OfficeJet 8010",
    ]
