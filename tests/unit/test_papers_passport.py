from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.papers.lines import READ_FIELDS, TextLine
from app.domain.papers.mrz import check_digit, holds, read_mrz
from app.domain.papers.passport import read_passport
from tests.unit.paper_lines import line

#: The specimen of ICAO 9303.
UTOPIA = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
FIRST = "P<IDNCONTOH<<SITI<AMINAH".ljust(44, "<")


def second(number: str = "X1234560", personal: str = "") -> str:
    """Return a second line whose check digits are true."""
    number, personal = number.ljust(9, "<"), personal.ljust(14, "<")
    days = f"870815{check_digit('870815')}F310615{check_digit('310615')}"
    line = f"{number}{check_digit(number)}IDN{days}{personal}{check_digit(personal)}"
    return line + check_digit(line[:10] + line[13:20] + line[21:43])


def test_the_specimen_of_the_standard_is_read() -> None:
    mrz = read_mrz(list(UTOPIA))
    assert mrz is not None
    assert mrz.is_vouched
    assert (mrz.surname, mrz.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (mrz.number, mrz.nationality, mrz.sex) == ("L898902C3", "UTO", "female")
    assert (mrz.birth_date, mrz.expiry_date) == (date(1974, 8, 12), date(2012, 4, 15))


@pytest.mark.parametrize(
    "read",
    [
        second().replace("0", "O"),
        second().replace("IDN", "1DN"),
        second().replace("IDN", "ION"),
        second().replace("IDN", "10N"),
        second().lower(),
        " ".join(second()),
        second().replace("<<<<<<<", "<<<<<<", 1),
        second().replace("<<<<<<<", "<<<<<<<<<", 1),
        second().replace("<<<<<<<", "«««<", 1),
        second().replace("X12", "XI2"),
    ],
)
def test_what_engines_make_of_a_line_is_mended_where_the_check_digits_prove_it(read: str) -> None:
    mrz = read_mrz([FIRST, read])
    assert mrz is not None
    assert mrz.is_vouched
    assert mrz.line2 == second()


def test_an_empty_personal_part_may_have_a_filler_for_its_check_digit() -> None:
    line = second()[:42] + "<" + second()[43]
    mrz = read_mrz([FIRST, line])
    assert mrz is not None
    assert mrz.is_vouched
    assert mrz.line2 == line


@given(
    st.sampled_from([*range(1, 8), *range(13, 20), *range(21, 44)]), st.sampled_from("0123456789")
)
def test_a_wrong_digit_is_never_vouched_for(at: int, digit: str) -> None:
    line = second(personal="99010155088700")
    mrz = read_mrz([FIRST, line[:at] + digit + line[at + 1 :]])
    assert line[at] == digit or mrz is None or not mrz.is_vouched


def _foreign(number: str) -> str:
    line = second(number)
    return f"{line[:10]}UTO{line[13:]}"


def test_a_foreign_number_is_mended_where_only_one_mend_makes_it_true() -> None:
    printed = _foreign("O123A567B")
    mrz = read_mrz([FIRST, printed.replace("O123", "0123")])
    assert mrz is not None
    assert mrz.line2 == printed
    assert mrz.is_vouched


def test_two_mends_that_would_both_do_are_no_proof() -> None:
    # The first and the fourth place weigh the same: O for 0 here or there, nobody can tell.
    printed = _foreign("O120A567B")
    assert holds(printed.replace("O120", "012O"))
    mrz = read_mrz([FIRST, printed.replace("O120", "0120")])
    assert mrz is not None
    assert not mrz.is_vouched


def test_fillers_read_as_letters_do_not_lengthen_the_name() -> None:
    mrz = read_mrz(["P<IDNCONTOH<<SITI<AMINAH<<<<<<KK<<<<<<<<<<<<", second()])
    assert mrz is not None
    assert (mrz.given_names, mrz.surname) == ("SITI AMINAH", "CONTOH")
    assert mrz.line1 == FIRST


def test_somebody_born_before_2000_is_not_born_in_the_future() -> None:
    mrz = read_mrz([FIRST, second()])
    assert mrz is not None
    assert mrz.birth_date == date(1987, 8, 15)


def test_a_page_without_its_second_line_says_nothing() -> None:
    assert read_mrz([FIRST]) is None
    assert read_mrz([second()[:30]]) is None
    assert read_passport([line(FIRST, 0.05, 0.8)]).fields == ()


def page_lines() -> list[TextLine]:
    return [
        line("TGL. LAHIR / DATE OF BIRTH", 0.32, 0.35),
        line("15 AUG 1987", 0.32, 0.39),
        line("TEMPAT LAHIR / PLACE OF BIRTH", 0.32, 0.45),
        line("DABO SINGKEP", 0.32, 0.49),
        line("TGL. PENGELUARAN / DATE OF ISSUE", 0.32, 0.55),
        line("TGL. HABIS BERLAKU / DATE OF EXPIRY", 0.61, 0.55),
        line("15 JUN 2021", 0.32, 0.59),
        line("15 JUN 2031", 0.61, 0.59),
        line("KANTOR YANG MENGELUARKAN/ISSUING OFFICE", 0.32, 0.64),
        line("TANJUNGPINANG", 0.32, 0.68),
        TextLine(FIRST, 0.98, line("", 0.05, 0.79).place),
        TextLine(second(), 0.98, line("", 0.05, 0.87).place),
    ]


def test_print_and_machine_lines_of_a_page_come_together() -> None:
    reading = read_passport(page_lines())
    assert reading.is_vouched
    said = {field.id: field.text for field in reading.fields}
    assert said == {
        "name": "SITI AMINAH CONTOH",
        "surname": "CONTOH",
        "given_names": "SITI AMINAH",
        "number": "X1234560",
        "nationality": "IDN",
        "issuer": "IDN",
        "birth_date": "1987-08-15",
        "sex": "female",
        "expiry_date": "2031-06-15",
        "mrz_line1": FIRST,
        "mrz_line2": second(),
        "birth_place": "DABO SINGKEP",
        "issued_date": "2021-06-15",
        "issuing_office": "TANJUNGPINANG",
    }
    assert said.keys() <= READ_FIELDS["passport"]
