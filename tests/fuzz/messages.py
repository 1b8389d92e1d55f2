"""Messages as somebody with a right key and wrong intentions writes them: any shape, any value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone

import msgspec
from hypothesis import strategies as st

from app.domain.answers import Override
from app.domain.events import (
    Event,
    MissingRecords,
    NumberGiven,
    PageAsked,
    PageTaken,
    Receipt,
    Refused,
    RequestTaken,
    Returned,
    ReturnedItem,
    StateChanged,
)
from app.domain.opinions import Opinion, Said
from app.domain.requests import Request, Withdrawn, Written
from app.protocol.courier import CourierNote, ReturnNote
from app.protocol.manifest import (
    Consent,
    Manifest,
    ManifestDocument,
    ManifestFinding,
    ManifestPage,
)
from app.protocol.marks import Mark
from app.protocol.supplement import Supplement
from tests.fuzz.doors import Grounds

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "\0", "ktp", "2026.11.1", "passport_new", "x" * 5000, "../../etc", "<b>", "'; DROP"]
)
_NUMBER = st.sampled_from([-1, 0, 1, 2, 7, 2**31, 2**63, 2**64, -(2**63), 10**30]) | st.integers()
_WHEN = st.sampled_from(
    [
        datetime(2026, 11, 21, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12))),
        datetime(2026, 11, 21),  # noqa: DTZ001 - nobody says where
    ]
)
_IDS = st.sampled_from([f"{number:08d}-0000-7000-8000-000000000000" for number in range(4)]) | _TEXT
_DIGEST = st.sampled_from(["0" * 64, "f" * 64, "A" * 64]) | _TEXT
Message = Callable[[Grounds], st.SearchStrategy[bytes]]


def _encoded(made: st.SearchStrategy[object]) -> st.SearchStrategy[bytes]:
    return made.map(msgspec.json.encode)


def _of_device(
    grounds: Grounds, kind: type[object], *fields: st.SearchStrategy[object]
) -> st.SearchStrategy[bytes]:
    """Build what begins with its format and with who it is of."""
    device = st.sampled_from([grounds.contact.device_id, "\0"])
    return _encoded(st.builds(kind, st.sampled_from([1, 1, 2]), device, *fields))


def _manifest(grounds: Grounds) -> st.SearchStrategy[bytes]:
    document = st.builds(
        ManifestDocument,
        need=_TEXT,
        type=_TEXT,
        blob_digest=_DIGEST,
        content_digest=_DIGEST,
        media_type=st.sampled_from(["image/jpeg", "text/html", ""]),
        page_count=_NUMBER,
        size_bytes=_NUMBER,
        pages=st.lists(st.builds(ManifestPage, source=_TEXT, form=_TEXT), max_size=2).map(tuple),
    )
    return _encoded(
        st.builds(
            Manifest,
            format=st.sampled_from([1, 1, 1, 2]),
            submission_id=_IDS,
            application_id=_IDS,
            revision=_NUMBER,
            reference=st.sampled_from(["LET-00001-E", "LET-00002-C", "TRM-00042-5", "", "\0"]),
            device_id=st.sampled_from([grounds.contact.device_id, "", "0" * 36]),
            service=st.sampled_from(["passport_new", "\0", "nothing"]),
            catalogue_version=_TEXT,
            answers=st.dictionaries(
                st.sampled_from(["full_name", "nik", "birth_date", "\0"]), _TEXT, max_size=3
            ),
            overrides=st.lists(st.builds(Override, _TEXT, _TEXT, _TEXT), max_size=1).map(tuple),
            documents=st.lists(document, max_size=3).map(tuple),
            consent=st.builds(Consent, _TEXT, _TEXT, _WHEN),
            finalized_at=_WHEN,
            clock_offset_s=st.floats(allow_nan=False, allow_infinity=False),
            operator=_TEXT,
            findings=st.lists(st.builds(ManifestFinding, _TEXT, _TEXT), max_size=1).map(tuple),
        )
    )


def _supplement(grounds: Grounds) -> st.SearchStrategy[bytes]:
    page = (_IDS, _IDS, _TEXT, _NUMBER, _DIGEST, _DIGEST, _TEXT, _NUMBER)
    return _of_device(grounds, Supplement, *page)


def _request(grounds: Grounds) -> st.SearchStrategy[bytes]:
    body = st.builds(Withdrawn, _TEXT) | st.builds(Written, _TEXT)
    return _encoded(
        st.builds(
            Request,
            st.sampled_from([1, 1, 2]),
            _IDS,
            st.sampled_from([grounds.contact.device_id, "\0"]),
            _IDS,
            _WHEN,
            body,
        )
    )


def _opinion(grounds: Grounds) -> st.SearchStrategy[bytes]:
    said = st.builds(Said, _NUMBER, _NUMBER, _NUMBER, _TEXT) | st.just(Said(3, 1, 0, "Baik"))
    occasion = st.sampled_from(["slip", "handover", "other"])
    return _of_device(grounds, Opinion, _TEXT, occasion, st.dates(), said)


def _marks() -> st.SearchStrategy[tuple[Mark, ...]]:
    return st.lists(st.builds(Mark, _NUMBER, _TEXT), max_size=3).map(tuple)


def _note(grounds: Grounds) -> st.SearchStrategy[bytes]:
    digests = st.binary(max_size=70)
    return _of_device(grounds, CourierNote, _NUMBER, _NUMBER, _WHEN, _NUMBER, digests, _marks())


def _return_note(grounds: Grounds) -> st.SearchStrategy[bytes]:
    mark = st.builds(Mark, _NUMBER, _TEXT)
    return _of_device(grounds, ReturnNote, _NUMBER, _NUMBER, _NUMBER, _WHEN, mark)


def _event(grounds: Grounds) -> st.SearchStrategy[bytes]:
    item = st.builds(ReturnedItem, st.sampled_from(["field", "document"]), _TEXT, _TEXT)
    digests = st.lists(_DIGEST, max_size=3).map(tuple)
    body = st.one_of(
        st.builds(Receipt, _IDS, _DIGEST, digests, _WHEN, _TEXT, _NUMBER),
        st.builds(Returned, st.lists(item, max_size=3).map(tuple), _TEXT),
        st.builds(StateChanged, _TEXT, _TEXT),
        st.builds(MissingRecords, digests),
        st.builds(Refused, _IDS, _TEXT),
        st.builds(PageAsked, _IDS, _TEXT, _NUMBER),
        st.builds(PageTaken, _DIGEST, _DIGEST),
        st.builds(RequestTaken, _IDS, _DIGEST, _TEXT),
        st.builds(NumberGiven, _TEXT),
    )
    return _encoded(
        st.builds(
            Event,
            st.just(grounds.contact.device_id),
            st.integers(1, 6) | _NUMBER,
            _WHEN,
            body,
            _IDS,
        )
    )


MESSAGES: Mapping[str, Message] = {
    "manifest": _manifest,
    "taken_manifest": _manifest,
    "supplement": _supplement,
    "taken_supplement": _supplement,
    "request": _request,
    "taken_request": _request,
    "taken_opinion": _opinion,
    "courier_note": _note,
    "taken_note": _note,
    "return_note": _return_note,
    "event": _event,
    "events_answer": _event,
}
