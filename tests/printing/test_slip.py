from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import msgspec
import numpy as np
import pypdfium2
import pytest
import zxingcpp

from app.domain.words import LANGUAGES, Language
from app.printing.slip import Paper, SlipContent, qr_text, slip_pdf
from app.resources import load_words

RECEIPT = SlipContent(
    kind="receipt",
    reference="TRM-00042-5",
    service="Paspor baru, dewasa",
    office="Kantor Imigrasi Tarempa",
    created_at=datetime(2026, 11, 21, 7, 5, tzinfo=UTC),
    steps=("Petugas memeriksa isian dan dokumen.", "Datang untuk foto & wawancara."),
    bring=("KTP elektronik asli", "Kartu Keluarga asli"),
    deadlines=("Bayar dalam 2 jam setelah kode billing keluar.",),
    fees=(("Paspor elektronik, 5 tahun", 650_000),),
    digest="3f7a" * 16,
)
CHECKLIST = msgspec.structs.replace(
    RECEIPT,
    kind="checklist",
    reference="",
    digest="",
    steps=(),
    resume_code="7K3M9Q",
    missing=("Akta kelahiran",),
)
PAPERS: tuple[Paper, ...] = get_args(Paper)
every_paper = pytest.mark.parametrize("paper", PAPERS)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        shown = "\n".join(page.get_textpage().get_text_range() for page in document)
    return " ".join(shown.split())


def barcodes_in(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=203 / 72).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(np.asarray(picture))]


@every_paper
@every_language
def test_a_slip_says_everything_it_was_given(paper: Paper, language: Language) -> None:
    words = load_words(language)
    shown = text_of(slip_pdf(RECEIPT, paper, words))
    for expected in (
        RECEIPT.reference,
        RECEIPT.service,
        RECEIPT.office,
        *RECEIPT.steps,
        *RECEIPT.bring,
        *RECEIPT.deadlines,
        "Rp650.000",
        words("slip.fee_note"),
        words("slip.receipt.keep"),
        "21 November 2026",
    ):
        assert expected in shown


@every_paper
def test_the_code_reads_back_at_a_thermal_printers_resolution(paper: Paper) -> None:
    assert barcodes_in(slip_pdf(RECEIPT, paper, load_words("id"))) == [
        "LP1:TRM-00042-5:3f7a3f7a3f7a3f7a"
    ]


@every_paper
def test_a_checklist_shows_what_is_missing_and_the_resume_code_but_no_qr_code(paper: Paper) -> None:
    words = load_words("id")
    pdf = slip_pdf(CHECKLIST, paper, words)
    shown = text_of(pdf)
    assert "Belum lengkap" in shown
    assert "Akta kelahiran" in shown
    assert "7K3M9Q" in shown
    assert words("slip.resume_note") in shown
    assert barcodes_in(pdf) == []


def test_a_slip_has_no_place_for_a_name_or_a_nik() -> None:
    assert {field.name for field in msgspec.structs.fields(SlipContent)} == {
        "kind",
        "reference",
        "service",
        "office",
        "created_at",
        "steps",
        "bring",
        "code",
        "until",
        "channels",
        "paid_at",
        "rupiah",
        "billing_code",
        "place",
        "missing",
        "deadlines",
        "fees",
        "resume_code",
        "digest",
    }


def test_the_documents_properties_name_nobody() -> None:
    with pypdfium2.PdfDocument(slip_pdf(RECEIPT, "a5", load_words("id"))) as document:
        properties = document.get_metadata_dict()
    assert properties["Title"] == "LOKET PULAU TRM-00042-5"
    assert properties["Author"] == ""


def test_the_code_holds_the_reference_and_sixteen_letters_of_the_digest_only() -> None:
    assert qr_text(RECEIPT) == f"LP1:{RECEIPT.reference}:{RECEIPT.digest[:16]}"
    assert qr_text(CHECKLIST) == ""


def test_a_full_receipt_fits_on_one_a5_sheet() -> None:
    full = msgspec.structs.replace(
        RECEIPT,
        steps=("Petugas memeriksa isian dan dokumen; yang kurang dikembalikan ke kiosk ini.",) * 6,
        deadlines=("Bayar dalam 2 jam setelah kode keluar; mintalah saat siap membayar.",) * 5,
        fees=RECEIPT.fees * 2,
        bring=("Akta kelahiran, ijazah, atau buku nikah asli",) * 5,
    )
    with pypdfium2.PdfDocument(slip_pdf(full, "a5", load_words("id"))) as document:
        assert len(document) == 1


def test_what_does_not_fit_goes_on_on_a_second_sheet_and_nothing_is_lost() -> None:
    lines = tuple(f"Surat keterangan nomor {number} dari desa" for number in range(60))
    pdf = slip_pdf(msgspec.structs.replace(RECEIPT, bring=lines), "a5", load_words("id"))
    shown = text_of(pdf)
    assert all(line in shown for line in lines)
    assert "TRM-00042-5 · halaman 2" in shown


@every_paper
def test_no_letter_stands_outside_the_margins(paper: Paper) -> None:
    margin = 3.5 / 25.4 * 72
    long = msgspec.structs.replace(
        RECEIPT,
        reference="TRM-00042-5" * 3,
        service="Penggantian paspor karena perubahan data " * 3,
        office="Kantor" + "x" * 90,
        bring=("Suratketerangan" * 12,),
    )
    with pypdfium2.PdfDocument(slip_pdf(long, paper, load_words("id"))) as document:
        for page in document:
            width, height = page.get_size()
            text = page.get_textpage()
            for position in range(text.count_rects()):
                left, bottom, right, top = text.get_rect(position)
                assert left >= margin
                assert right <= width - margin
                assert bottom >= margin
                assert top <= height - margin


def test_the_same_content_gives_the_same_bytes() -> None:
    words = load_words("en")
    assert slip_pdf(RECEIPT, "a5", words) == slip_pdf(RECEIPT, "a5", words)


def test_marks_that_mean_something_in_markup_are_printed_as_they_are() -> None:
    content = msgspec.structs.replace(RECEIPT, service="Paspor <b>& KITAS</b>")
    assert "Paspor <b>& KITAS</b>" in text_of(slip_pdf(content, "a5", load_words("id")))
