"""Automatic verification: what is found, with which evidence, and what officers say of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache

import msgspec
import pytest
from PIL import Image
from sqlalchemy import select

from app.domain.ids import new_id
from app.office.console.findings import ShownFinding, shown_findings
from app.office.console.reading import read_dossier
from app.office.review import Officer
from app.office.tables import (
    ApplicationRow,
    AuditRow,
    JudgementRow,
    LikenessRow,
    PassportMarkRow,
    RecordRow,
)
from app.office.verifying.likening import look_at_papers
from app.protocol.manifest import Manifest, ManifestFinding, ManifestPage, encode_manifest
from app.resources import load_words
from tests.office.desk import ANSWERS, Desk, Paper, card, open_desk, usual_papers
from tests.specimens import make

LIST = "/console/applications"
RINA = Officer("rina", "Rina Pemeriksa", ("adjudicator",))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> Iterator[Desk]:
    """One office for all: each test sends people of its own."""
    with open_desk(tmp_path_factory.mktemp("desk"), shared_database_url) as opened:
        yield opened


def found(desk: Desk, manifest: Manifest) -> dict[tuple[str, str], ShownFinding]:
    words = load_words("id")
    dossier = read_dossier(desk.office, RINA, words, manifest.application_id)
    shown = shown_findings(desk.office, dossier)
    return {(one.check, one.says): one for one in shown}


def says(desk: Desk, manifest: Manifest, check: str) -> list[str]:
    return [text for its, text in found(desk, manifest) if its == check]


def person(number: int, **answers: str) -> dict[str, str]:
    """Return the answers of somebody with a NIK of their own."""
    return {**ANSWERS, "nik": f"999901450890{number:04d}", **answers}


def renewal(desk: Desk, number: int) -> Manifest:
    """Send a renewal of one and the same passport by somebody."""
    answers = person(number, old_passport_number="X9999999")
    plain = desk.kiosk.send(person(number), [])
    with desk.office.database.write() as session:
        session.get_one(ApplicationRow, plain.application_id).state = "cancelled"
    return desk.kiosk.send_as_is(
        msgspec.structs.replace(plain, service="passport_replace_full", answers=answers)
    )


def test_a_nik_is_held_against_birth_date_and_sex_by_the_office_itself(desk: Desk) -> None:
    sent = desk.kiosk.send(person(101, birth_date="1990-08-06", sex="male"))
    texts = " ".join(says(desk, sent, "form"))
    words = load_words("id")
    for code in ("nik_birth_date_differs", "nik_sex_differs"):
        assert words(f"problems.{code}") in texts
    shown = desk.browser("rina").get(f"{LIST}/{sent.application_id}").text
    assert "Di formulir: 9999014508900101" in shown


def test_a_nik_of_another_regency_than_the_address_is_found_with_both_places(desk: Desk) -> None:
    natuna = desk.kiosk.send(person(120, nik="2103014508909999"), [])
    assert says(desk, natuna, "region") == [
        "NIK ini diberikan di Kabupaten Natuna, Kepulauan Riau; alamat di formulir: "
        "Terempa, Siantan, Kabupaten Kepulauan Anambas, Kepulauan Riau."
    ]
    # Of the same regency, of a regency that is none any more, of a province that never was.
    for number, nik, is_found in (
        (121, "2105044508909999", False),
        (122, "2199014508909999", True),
        (123, "9999014508900123", False),
    ):
        sent = desk.kiosk.send(person(number, nik=nik), [])
        assert bool(says(desk, sent, "region")) is is_found
    nowhere = desk.kiosk.send(person(124, nik="2103014508909998", address_village="21.05"), [])
    assert says(desk, nowhere, "region") == []


def test_a_second_application_in_force_is_named_with_its_reference(desk: Desk) -> None:
    first, second = desk.kiosk.send(person(102), []), desk.kiosk.send(person(102), [])
    other = desk.kiosk.send(person(103), [])
    key = ("twice", load_words("id")("review.finding.same_nik"))
    assert [one.reference for one in found(desk, second)[key].others] == [first.reference]
    assert [one.reference for one in found(desk, first)[key].others] == [second.reference]
    assert key not in found(desk, other)
    with desk.office.database.write() as session:
        session.get_one(ApplicationRow, first.application_id).state = "withdrawn"
    assert key not in found(desk, second)


def test_the_same_passport_number_is_found_by_a_digest_that_follows_the_newest_revision(
    desk: Desk,
) -> None:
    first, second = renewal(desk, 104), renewal(desk, 105)
    key = ("twice", load_words("id")("review.finding.same_passport"))
    with desk.office.database.read() as session:
        marks = session.scalars(select(PassportMarkRow.digest)).all()
    assert len(marks) == 2
    assert "X9999999" not in " ".join(marks)
    assert [one.reference for one in found(desk, second)[key].others] == [first.reference]
    corrected = msgspec.structs.replace(
        first,
        revision=2,
        submission_id=new_id(desk.clock.now(), desk.kiosk.dice),
        answers={**first.answers, "old_passport_number": "X8888888"},
    )
    recipient = desk.office.keys.keys.public().recipient
    desk.kiosk.deliver(encode_manifest(corrected, desk.kiosk.keys, recipient))
    assert key not in found(desk, second)


def test_the_same_file_under_another_person_is_found_and_under_the_same_is_not(desk: Desk) -> None:
    paper = Paper("ktp", "ktp", "image/jpeg", card("KTP", "MILIK SATU ORANG"))
    first = desk.kiosk.send(person(106), [paper])
    again = desk.kiosk.send(person(106), [paper])
    key = ("twice", load_words("id")("review.finding.same_paper"))
    assert key not in found(desk, again)
    stranger = desk.kiosk.send(person(107), [paper])
    shown = found(desk, stranger)[key]
    assert {one.reference for one in shown.others} == {first.reference, again.reference}
    assert shown.anchor == "paper-ktp"


def test_what_the_kiosk_read_and_how_it_judged_the_picture_is_passed_on(desk: Desk) -> None:
    read = (ManifestFinding("full_name", "differs_from_paper", {"paper": "ktp", "read": "SITI C"}),)
    pages = (ManifestPage(findings=("blurred",), kept_reason="Kamera rusak"),)
    papers = [Paper("ktp", "ktp", "image/jpeg", card("KTP", "BURAM"), pages=pages)]
    sent = desk.kiosk.send(person(108), papers, findings=read)
    differing = found(desk, sent)
    assert [text for check, text in differing if check == "differing"] == [
        "Di dokumen (KTP elektronik) terbaca: SITI C"
    ]
    quality = [one for (check, _), one in differing.items() if check == "quality"]
    assert [(one.anchor, one.says) for one in quality] == [
        ("paper-ktp-1", load_words("id")("judgement.blurred.title"))
    ]


def test_a_paper_that_runs_out_while_it_waits_is_found_on_that_day(desk: Desk) -> None:
    answers = person(109, ktp_valid_for_life="no", ktp_valid_until="2027-06-01")
    sent = desk.kiosk.send(answers, [])
    assert says(desk, sent, "expiring") == []
    days = (desk.clock.now().replace(year=2027, month=5, day=20) - desk.clock.now()).days
    desk.clock.pass_time(days * 86400)
    try:
        assert says(desk, sent, "expiring") == ["Habis masa berlakunya dalam 30 hari."]
        desk.clock.pass_time(20 * 86400)
        assert says(desk, sent, "expiring") == ["Sudah tidak berlaku lagi."]
    finally:
        desk.clock.pass_time(-(days + 20) * 86400)


def test_an_officer_dismisses_one_with_a_word_that_stands_until_the_evidence_changes(
    desk: Desk,
) -> None:
    sent = desk.kiosk.send(person(110, birth_date="1990-08-06"), usual_papers()[:1])
    browser = desk.browser("rina")
    page = f"{LIST}/{sent.application_id}"
    text = load_words("id")("problems.nik_birth_date_differs")
    name = found(desk, sent)["form", text].name
    address = f"{page}/findings/{name}"
    assert browser.send_form(LIST, address, {"verdict": "dismissed", "word": ""}).status == 409
    assert browser.send_form(LIST, address, {"verdict": "maybe", "word": "x"}).status >= 400
    unknown = browser.send_form(LIST, f"{page}/findings/0", {"verdict": "dismissed", "word": "x"})
    assert unknown.status == 409
    said = {"verdict": "dismissed", "word": "KTP Siti salah cetak"}
    assert browser.send_form(LIST, address, said).location == f"{page}?done=finding#findings"
    assert "KTP Siti salah cetak" in browser.get(page).text
    with desk.office.database.read() as session:
        assert b"Siti" not in session.scalars(select(JudgementRow.sealed_word)).one()
        row = session.scalars(select(AuditRow).where(AuditRow.what == "judge_finding")).one()
    assert (row.who, "Siti" in row.params) == ("officer:rina", False)
    again = desk.kiosk.send({**sent.answers, "phone": "+6281299999999"}, after=sent)
    kept = found(desk, again)["form", text].judgement
    assert kept is not None
    assert kept.word == "KTP Siti salah cetak"
    changed = desk.kiosk.send({**again.answers, "nik": "9999014508900199"}, after=again)
    assert found(desk, changed)["form", text].judgement is None


_specimen = cache(lambda seed: make("ktp", seed))


def scan(seed: int, longest_px: int = 1000, quality: int = 90) -> bytes:
    """Return one picture of somebody's specimen card as a machine of its own takes it."""
    drawn = Image.fromarray(_specimen(seed).pixels)
    drawn.thumbnail((longest_px, longest_px))
    written = io.BytesIO()
    drawn.save(written, "JPEG", quality=quality)
    return written.getvalue()


def test_a_second_scan_of_one_paper_under_another_person_is_found_on_both_sides(
    desk: Desk,
) -> None:
    def sent(number: int, content: bytes, type_: str = "ktp") -> Manifest:
        return desk.kiosk.send(person(number), [Paper("ktp", type_, "image/jpeg", content)])

    first, stranger = sent(130, scan(81)), sent(131, scan(82))
    rescanned = scan(81, 820, 70)
    second, same_person = sent(132, rescanned), sent(130, scan(81, 900, 80))
    family = [sent(133, scan(81, 700, 60), "kk"), sent(135, scan(81, 760, 70), "kk")]
    broken = sent(134, b"no picture at all")
    # The papers of earlier tests wait as well, and a round looks at some.
    for _ in range(2):
        look_at_papers(desk.office)
    key = ("twice", load_words("id")("review.finding.alike_paper", paper="KTP elektronik"))
    assert {one.reference for one in found(desk, second)[key].others} == {
        first.reference,
        same_person.reference,
    }
    assert [one.reference for one in found(desk, first)[key].others] == [second.reference]
    assert found(desk, second)[key].anchor == "paper-ktp-1"
    for other in (stranger, *family, broken):
        assert "paper-ktp-1" not in {one.anchor for one in found(desk, other).values()}
    # Another paper in a newer revision takes the finding away on both sides.
    mended = desk.kiosk.send(
        person(132), [Paper("ktp", "ktp", "image/jpeg", scan(83))], after=second
    )
    look_at_papers(desk.office)
    assert key not in found(desk, mended)
    assert key not in found(desk, first)


def test_papers_that_the_disk_has_lost_are_asked_for_and_hold_up_no_others(desk: Desk) -> None:
    lost = [Paper(f"p{number}", "ktp", "image/jpeg", b"%d" % number) for number in range(21)]
    sent = desk.kiosk.send(person(140), lost)
    for paper in sent.documents:
        desk.office.blobs.path(paper.blob_digest).unlink()
    for _ in range(3):
        look_at_papers(desk.office)
    with desk.office.database.read() as session:
        asked = session.scalars(
            select(RecordRow.digest).where(RecordRow.missing_since.is_not(None))
        ).all()
        seen = select(LikenessRow.need).where(LikenessRow.application_id == sent.application_id)
        assert session.scalars(seen).all() == []
    assert set(asked) >= {paper.blob_digest for paper in sent.documents}
