import msgspec
import pytest

from app.domain.papers.ktp import read_ktp
from app.domain.papers.labels import after_label
from app.domain.papers.lines import READ_FIELDS
from app.domain.papers.reading import read_paper
from tests.unit.paper_lines import NIK, ktp_lines, line


def test_every_line_of_a_card_becomes_an_answer_as_answers_are_kept() -> None:
    reading = read_paper("ktp", ktp_lines(), ("a code",))
    assert {field.id: field.text for field in reading.fields} == {
        "province": "KEPULAUAN RIAU",
        "regency": "KEPULAUAN ANAMBAS",
        "nik": NIK,
        "name": "SITI CONTOH",
        "birth_place": "TAREMPA",
        "birth_date": "1987-08-15",
        "sex": "female",
        "blood_type": "O",
        "address": "JL. HANG TUAH NO. 5",
        "rt_rw": "002/001",
        "street": "JL. HANG TUAH NO. 5, RT 002/RW 001",
        "village": "TAREMPA",
        "district": "SIANTAN",
        "religion": "ISLAM",
        "marital_status": "married",
        "occupation": "KARYAWAN SWASTA",
        "nationality": "wni",
        "valid_until": "SEUMUR HIDUP",
        "valid_for_life": "yes",
        "issued_place": "KEPULAUAN ANAMBAS",
        "issued_date": "2018-03-12",
    }
    assert {field.id for field in reading.fields} <= READ_FIELDS["ktp"]
    assert reading.is_vouched
    assert reading.codes == ("a code",)


@pytest.mark.parametrize(
    "changes",
    [
        {"Tempat": "TAREMPA, 16-08-1987"},
        {"Tempat": "TAREMPA, 15-08-1988"},
        {"Tempat": "TAREMPA"},
        {"Jenis": "LAKI-LAKI"},
        {"NIK": "990101550887003"},
        {"NIK": "9901015513870003"},
    ],
)
def test_a_nik_is_not_vouched_for_unless_date_and_sex_agree(changes: dict[str, str]) -> None:
    assert not read_ktp(ktp_lines(**changes)).is_vouched


def test_letters_that_look_like_digits_are_mended_in_the_nik() -> None:
    reading = read_ktp(ktp_lines(NIK="99O1O1 55O887OOO3"))
    assert reading.text_of("nik") == NIK


def test_digits_that_look_like_letters_are_mended_in_names() -> None:
    reading = read_ktp(ktp_lines(Nama="S1T! C0NTOH", Tempat="TAREMPA, 15-08-1987"))
    assert reading.text_of("name") == "SITI CONTOH"


def test_a_number_that_lacks_a_digit_is_no_nik() -> None:
    assert read_ktp(ktp_lines(NIK=NIK[:-1])).text_of("nik") == ""


def test_misread_labels_and_rows_cut_anywhere_are_understood() -> None:
    reading = read_ktp(
        [
            line("NlK :" + NIK, 0.04, 0.2),
            line("Nema:SITI CONTOH", 0.04, 0.26),
            line("Tempat/TgI Lahir : TAREMPA,", 0.04, 0.32),
            line("15-08-1987", 0.45, 0.32),
            line("Status Perkawinar", 0.04, 0.38),
            line("BELUM KAWIN", 0.26, 0.38),
            line("KewarganegaraanWNI", 0.04, 0.44),
        ]
    )
    read = [reading.text_of(name) for name in ("nik", "name", "birth_date", "birth_place")]
    assert read == [NIK, "SITI CONTOH", "1987-08-15", "TAREMPA"]
    assert reading.text_of("marital_status") == "single"
    assert reading.text_of("nationality") == "wni"


def test_an_address_goes_on_in_the_row_below() -> None:
    lines = [
        line("Alamat", 0.04, 0.4),
        line(": JL. RAJA ALI HAJI GANG MELATI", 0.25, 0.4),
        line("NO. 12", 0.27, 0.44),
        line("RT/RW", 0.06, 0.49),
        line(": 003/002", 0.25, 0.49),
    ]
    assert read_ktp(lines).text_of("address") == "JL. RAJA ALI HAJI GANG MELATI NO. 12"


def test_a_dated_card_is_not_valid_for_life() -> None:
    reading = read_ktp(ktp_lines(Berlaku="15-08-2017"))
    assert reading.text_of("valid_until") == "2017-08-15"
    assert reading.text_of("valid_for_life") == "no"


def test_a_day_that_no_calendar_has_is_left_out() -> None:
    assert read_ktp(ktp_lines(Tempat="TAREMPA, 31-02-1987")).text_of("birth_date") == ""


def test_a_field_is_as_certain_as_the_box_in_which_it_stands() -> None:
    lines = [line("Nama", 0.04, 0.3, score=0.4), line(": SITI CONTOH", 0.25, 0.3, score=0.97)]
    (field,) = read_ktp(lines).fields
    assert field.score == 0.97
    assert field.place.left == 0.25


def test_a_label_is_not_taken_for_a_similar_one() -> None:
    assert after_label("Agama : ISLAM", "Nama") is None
    assert after_label("Nama : SITI", "Nama") == (0, "SITI")


@pytest.mark.parametrize("reads", ["ktp", "passport", "family_card", "birth_deed", "", "unheard"])
def test_text_that_makes_no_sense_gives_a_reading_without_fields(reads: str) -> None:
    noise = [line(text, 0.1, n / 40) for n, text in enumerate(("", "ß", "@@@", "9" * 60, "<" * 90))]
    assert read_paper(reads, noise).fields == ()
    assert read_paper(reads, []).fields == ()
    assert not read_paper(reads, noise * 400).is_vouched


def test_a_nik_that_was_read_unsurely_is_not_vouched_for() -> None:
    lines = [
        msgspec.structs.replace(one, score=0.85) if NIK in one.text else one for one in ktp_lines()
    ]
    assert read_ktp(lines).text_of("nik") == NIK
    assert not read_ktp(lines).is_vouched
