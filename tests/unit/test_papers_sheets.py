import pytest

from app.domain.papers.birth_deed import read_birth_deed
from app.domain.papers.family_card import read_family_card
from app.domain.papers.family_rows import relatives
from app.domain.papers.figures import spelled_date
from app.domain.papers.lines import READ_FIELDS, PaperReading, TextLine
from tests.unit.paper_lines import line

_ABOVE = (
    ("AHMAD CONTOH", "9901012405770001", "LAKI-LAKI", "LETUNG", "24-05-1977"),
    ("SITI CONTOH", "9901015508870003", "PEREMPUAN", "DABO SINGKEP", "15-08-1987"),
    ("DEWI CONTOH", "9901016302120002", "PEREMPUAN", "TAREMPA", "23-02-2012"),
)
_BELOW = (
    ("KAWIN TERCATAT", "KEPALA KELUARGA", "USMAN CONTOH", "SALMAH CONTOH"),
    ("KAWIN TERCATAT", "ISTRI", "LUKMAN PULAU", "HALIMAH PULAU"),
    ("BELUM KAWIN", "ANAK", "AHMAD CONTOH", "SITI CONTOH"),
)


def small(text: str, left: float, top: float) -> TextLine:
    """Return one line of a sheet's small print."""
    made = line(text, left, top)
    return TextLine(text, made.score, type(made.place)(left, top, 0.0053 * len(text), 0.014))


def card_lines() -> list[TextLine]:
    lines = [
        small("KARTU KELUARGA", 0.38, 0.04),
        small("No.9901011608190004", 0.43, 0.09),
        small("Nama Kepala Keluarga", 0.04, 0.127),
        small(": AHMAD CONTOH", 0.17, 0.129),
        small("Desa/Kelurahan", 0.62, 0.128),
        small(": TAREMPA", 0.75, 0.129),
        small("Alamat", 0.04, 0.149),
        small(": JL. HANG TUAH", 0.17, 0.15),
        small("Kecamatan", 0.62, 0.149),
        small(": SIANTAN", 0.75, 0.149),
        small("RT/RW", 0.04, 0.17),
        small(": 002/001", 0.17, 0.17),
        small("NIK", 0.285, 0.233),
        small("Ayah", 0.69, 0.523),
        small("lbu", 0.871, 0.523),
    ]
    for number, row in enumerate(_ABOVE):
        top = 0.277 + number * 0.0225
        lines.append(small(str(number + 1), 0.041, top))
        for text, left in zip(row, (0.059, 0.238, 0.356, 0.43, 0.534), strict=True):
            lines.append(small(text, left, top))
    for number, (status, relation, father, mother) in enumerate(_BELOW):
        top = 0.569 + number * 0.0225
        lines.append(small(str(number + 1), 0.041, top))
        for text, left in (
            (status, 0.059), (relation, 0.268), ("WNI", 0.378), (father, 0.615), (mother, 0.794),
        ):  # fmt: skip
            lines.append(small(text, left, top))
    return lines


def test_a_family_cards_head_and_rows_are_read() -> None:
    reading = read_family_card(card_lines())
    assert reading.is_vouched
    assert reading.text_of("kk_number") == "9901011608190004"
    assert reading.text_of("head") == "AHMAD CONTOH"
    assert reading.text_of("street") == "JL. HANG TUAH, RT 002/RW 001"
    assert (reading.text_of("village"), reading.text_of("district")) == ("TAREMPA", "SIANTAN")
    child = {
        field.id.removeprefix("member_3."): field.text
        for field in reading.fields
        if field.id.startswith("member_3.")
    }
    assert child == {
        "name": "DEWI CONTOH",
        "nik": "9901016302120002",
        "sex": "female",
        "birth_place": "TAREMPA",
        "birth_date": "2012-02-23",
        "relation": "ANAK",
        "nationality": "wni",
        "father": "AHMAD CONTOH",
        "mother": "SITI CONTOH",
    }


def test_a_members_nik_that_its_row_contradicts_is_left_out() -> None:
    lines = [
        TextLine(one.text.replace("9901016302120002", "9901016302110002"), one.score, one.place)
        for one in card_lines()
    ]
    reading = read_family_card(lines)
    assert reading.text_of("member_3.name") == "DEWI CONTOH"
    assert reading.text_of("member_3.nik") == ""


def test_a_card_whose_number_was_not_read_is_not_vouched_for() -> None:
    reading = read_family_card([one for one in card_lines() if not one.text.startswith("No.")])
    assert reading.text_of("kk_number") == ""
    assert not reading.is_vouched


def test_rows_of_the_lower_table_are_not_given_away_when_one_is_missing() -> None:
    reading = read_family_card([one for one in card_lines() if one.text != "ISTRI"])
    assert not any(field.id.endswith((".mother", ".relation")) for field in reading.fields)


@pytest.mark.parametrize("answers", [{"nik": "9901016302120002"}, {"full_name": "Dewi  Contoh"}])
def test_the_applicant_and_both_parents_are_found_on_the_card(answers: dict[str, str]) -> None:
    found = {field.id: field.text for field in relatives(read_family_card(card_lines()), answers)}
    assert found["own.birth_place"] == "TAREMPA"
    assert found["own.mother"] == "SITI CONTOH"
    assert found["mother.birth_place"] == "DABO SINGKEP"
    assert found["father.birth_date"] == "1977-05-24"
    assert "spouse.name" not in found
    assert {
        name for name in found if name.split(".")[1] not in ("relation", "mother", "father")
    } <= (READ_FIELDS["family_card"])


def test_a_wife_is_the_husbands_spouse_and_he_is_hers() -> None:
    reading = read_family_card(card_lines())
    of_him = {f.id: f.text for f in relatives(reading, {"full_name": "AHMAD CONTOH"})}
    of_her = {f.id: f.text for f in relatives(reading, {"nik": "9901015508870003"})}
    assert of_him["spouse.name"] == "SITI CONTOH"
    assert of_her["spouse.birth_place"] == "LETUNG"


def test_nobody_on_a_card_is_a_stranger() -> None:
    reading = read_family_card(card_lines())
    assert list(relatives(reading, {"full_name": "ZULKIFLI PULAU"})) == []
    assert list(relatives(reading, {})) == []
    assert list(relatives(PaperReading(), {"nik": "9901016302120002"})) == []


def test_of_two_with_one_name_nobody_is_taken_for_the_applicant() -> None:
    lines = [
        TextLine(one.text.replace("SITI CONTOH", "DEWI CONTOH"), one.score, one.place)
        for one in card_lines()
    ]
    reading = read_family_card(lines)
    assert list(relatives(reading, {"full_name": "DEWI CONTOH"})) == []
    assert list(relatives(reading, {"nik": "9901016302120002"})) != []


def deed_lines(spelled: str = "(dua puluh tiga februari dua ribu dua belas)") -> list[TextLine]:
    parts = (
        ("Berdasarkan Akta Kelahiran Nomor 9901-LU-01032012-0042", 0.14, 0.358),
        ("bahwa di", 0.14, 0.388), ("TAREMPA", 0.29, 0.389),
        ("pada tanggal", 0.14, 0.416), ("23 FEBRUARI 2012", 0.29, 0.416),
        (spelled, 0.29, 0.437),
        ("telah lahir", 0.14, 0.463), ("DEWI CONTOH", 0.38, 0.497),
        ("anak ke", 0.14, 0.541), ("SATU", 0.29, 0.54),
        ("jenis kelamin", 0.14, 0.566), ("PEREMPUAN", 0.29, 0.567),
        ("dari ayah", 0.14, 0.594), ("AHMAD CONTOH", 0.29, 0.594),
        ("dan ibu", 0.14, 0.621), ("SITI CONTOH", 0.29, 0.621),
        ("Kutipan ini dikeluarkan di", 0.14, 0.662), ("PULAU SPESIMEN", 0.39, 0.663),
        ("pada tanggal", 0.14, 0.684), ("1 MARET 2012", 0.39, 0.684),
    )  # fmt: skip
    ornament = [small("0000000000", 0.03, 0.1 + n / 10) for n in range(8)]
    return [*ornament, *(small(text, left, top) for text, left, top in parts)]


def test_a_birth_deeds_sentence_is_taken_apart() -> None:
    reading = read_birth_deed(deed_lines())
    said = {field.id: field.text for field in reading.fields}
    assert said == {
        "deed_number": "9901-LU-01032012-0042",
        "name": "DEWI CONTOH",
        "birth_place": "TAREMPA",
        "birth_date": "2012-02-23",
        "sex": "female",
        "father_name": "AHMAD CONTOH",
        "mother_name": "SITI CONTOH",
    }
    assert said.keys() == READ_FIELDS["birth_deed"]
    assert reading.is_vouched


def test_an_older_deed_in_one_run_of_words_is_taken_apart() -> None:
    text = (
        "bahwa di LETUNG pada tanggal dua belas Mei tahun seribu sembilan ratus delapan puluh "
        "tujuh telah lahir SITI CONTOH anak kesatu, perempuan dari ayah LUKMAN PULAU dan ibu "
        "HALIMAH PULAU"
    )
    words = text.split()
    lines = [small(" ".join(words[n : n + 6]), 0.14, 0.3 + n / 100) for n in range(0, 40, 6)]
    reading = read_birth_deed([one for one in lines if one.text])
    said = {field.id: field.text for field in reading.fields}
    assert said == {
        "name": "SITI CONTOH",
        "birth_place": "LETUNG",
        "birth_date": "1987-05-12",
        "sex": "female",
        "father_name": "LUKMAN PULAU",
        "mother_name": "HALIMAH PULAU",
    }


def test_a_deed_whose_two_dates_differ_is_not_vouched_for() -> None:
    reading = read_birth_deed(deed_lines("(dua puluh tiga maret dua ribu dua belas)"))
    assert reading.text_of("birth_date") == "2012-02-23"
    assert not reading.is_vouched


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("satu januari dua ribu", "2000-01-01"),
        ("SEBELAS NOVEMBER TAHUN DUA RIBU SEBELAS", "2011-11-11"),
        ("tiga puluh satu desember seribu sembilan ratus sembilan puluh sembilan", "1999-12-31"),
        ("sepuluh mei seribu sembilan ratus enam puluh", "1960-05-10"),
        ("tanggal dua puluh Juni tahun dua ribu dua puluh", "2020-06-20"),
    ],
)
def test_dates_in_words_are_read(words: str, day: str) -> None:
    found = spelled_date(words)
    assert found is not None
    assert found.isoformat() == day


@pytest.mark.parametrize("words", ["", "mei", "tiga puluh dua mei dua ribu", "dua ribu", "31 mei"])
def test_words_that_spell_no_date_are_none(words: str) -> None:
    assert spelled_date(words) is None
