"""Files that nobody honest makes: each its words, and none more memory and time than is stated."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.domain.catalogue import Look
from app.domain.documents import PAGES_TYPE
from app.errors import UserError
from app.imaging.limits import MOST_DRAWN_PIXELS
from app.imaging.pool import ImagingPool
from tests.imaging import hostile

#: What the worker may hold in memory whatever it is given; its address space is bounded above that.
_MOST_RESIDENT_MB = 900
_DEADLINE_S = 60.0
_CODES = {
    "",
    "file_unreadable",
    "file_kind_unknown",
    "pdf_encrypted",
    "picture_too_large",
    "too_many_pages",
    "file_too_large",
}


@pytest.fixture(scope="module")
def pool() -> Iterator[ImagingPool]:
    made = ImagingPool(_DEADLINE_S, has_engine=False)
    yield made
    made.close()


def _refusal(pool: ImagingPool, untrusted: bytes) -> str:
    with pytest.raises(UserError) as caught:
        pool.read_pages(untrusted)
    return caught.value.code


def _outcome(pool: ImagingPool, untrusted: bytes) -> str:
    """Read and draw a file; return the words it was refused with, nothing when it was not."""
    try:
        for page in pool.read_pages(untrusted):
            pool.picture(page, 64)
    except UserError as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("kind", sorted(hostile.valid()))
def test_a_file_of_each_kind_cut_anywhere_is_refused_in_words(pool: ImagingPool, kind: str) -> None:
    whole = hostile.valid()[kind]
    assert pool.read_pages(whole)
    for share in (0.2, 0.5, 0.9):
        # A PDF is mended as far as its pages reach, of a TIFF the first picture may be whole.
        outcome = _outcome(pool, whole[: int(share * len(whole))])
        assert outcome == "file_unreadable" or (kind in ("pdf", "tiff") and outcome == "")


def test_nothing_at_all_is_refused(pool: ImagingPool) -> None:
    assert _refusal(pool, b"") == "file_kind_unknown"


def test_a_picture_that_unpacks_to_200_million_pixels_is_refused(pool: ImagingPool) -> None:
    bomb = hostile.png_bomb(20_000, 10_000)
    assert len(bomb) < 100_000
    assert _refusal(pool, bomb) == "picture_too_large"


@pytest.mark.parametrize(("width", "height"), [(20_000, 10_000), (65_000, 65_000)])
def test_a_heic_that_claims_too_many_pixels_is_refused_before_it_is_decoded(
    pool: ImagingPool, width: int, height: int
) -> None:
    code = _refusal(pool, hostile.heic_that_claims(width, height))
    assert code in ("picture_too_large", "file_unreadable")


def test_a_picture_of_one_endless_row_is_refused(pool: ImagingPool) -> None:
    row = hostile.saved(Image.new("1", (50_000, 100)), "PNG")
    assert _refusal(pool, row) == "picture_too_large"


def test_a_password_is_told_apart(pool: ImagingPool) -> None:
    assert _refusal(pool, hostile.pdf_with_a_password()) == "pdf_encrypted"


def test_a_script_neither_runs_nor_stays(pool: ImagingPool) -> None:
    assert b"JavaScript" in hostile.pdf_with_a_script()
    (page,) = pool.read_pages(hostile.pdf_with_a_script())
    (prepared,) = pool.prepare(page, Look())
    assert prepared.content.startswith(b"\xff\xd8\xff")
    shown = pool.present(hostile.pdf_with_a_script(), "application/pdf", "pdf")
    assert b"JavaScript" not in shown


def test_a_file_that_is_two_kinds_is_the_picture_it_begins_as(pool: ImagingPool) -> None:
    (page,) = pool.read_pages(hostile.jpeg_and_pdf())
    assert page.media_type == "image/jpeg"
    assert b"PDF" not in page.content
    assert b"JavaScript" not in page.content


def test_pictures_that_follow_each_other_in_a_ring_end(pool: ImagingPool) -> None:
    assert len(pool.read_pages(hostile.endless_tiff())) == 1


def test_a_page_as_long_as_a_road_is_drawn_coarsely(pool: ImagingPool) -> None:
    (page,) = pool.read_pages(hostile.pdf_of_enormous_paper())
    (prepared,) = pool.prepare(page, Look())
    assert prepared.width * prepared.height <= 1.01 * MOST_DRAWN_PIXELS


def test_a_document_of_nonsense_is_refused(pool: ImagingPool) -> None:
    for untrusted in (b"", b"LOKETPG1", b"LOKETPG1" + b"\x91" * 500, hostile.heic()):
        with pytest.raises(UserError, match="file_unreadable"):
            pool.present(untrusted, PAGES_TYPE, "pdf")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_largest_pictures_that_are_taken_stay_within_the_stated_memory() -> None:
    others = {child.pid for child in multiprocessing.active_children()}
    pool = ImagingPool(_DEADLINE_S, has_engine=False)
    noise = Image.effect_noise((810, 617), 60)
    for kind, mode in (("JPEG", "RGB"), ("PNG", "1"), ("TIFF", "1")):
        options = {"compression": "group4"} if kind == "TIFF" else {}
        whole = noise.resize((8100, 6170)).convert(mode)
        (page,) = pool.read_pages(hostile.saved(whole, kind, **options))
        assert pool.prepare(page, Look())
    assert _refusal(pool, hostile.png_bomb(20_000, 10_000)) == "picture_too_large"
    (worker,) = [child for child in multiprocessing.active_children() if child.pid not in others]
    status = Path(f"/proc/{worker.pid}/status").read_text("ascii")
    peak_kb = next(int(row.split()[1]) for row in status.splitlines() if row.startswith("VmHWM"))
    pool.close()
    assert peak_kb < _MOST_RESIDENT_MB * 1024, peak_kb


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kind=st.sampled_from(sorted(hostile.valid())),
    wounds=st.lists(
        st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6), st.booleans()),
        min_size=1,
        max_size=8,
    ),
)
def test_a_wounded_file_gives_pages_or_words(
    pool: ImagingPool, kind: str, wounds: list[tuple[float, bytes, bool]]
) -> None:
    untrusted = bytearray(hostile.valid()[kind])
    for share, new, is_inserted in wounds:
        at = int(share * len(untrusted))
        untrusted[at : at if is_inserted else at + len(new)] = new
    assert _outcome(pool, bytes(untrusted)) in _CODES
