"""An appointment as calendars read it, whatever stands in its words."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.domain.calendar_file import Appointment, ics
from app.domain.words import WIB

PLAIN = Appointment(
    uid="interview-1@imigrasi.example",
    sequence=2,
    method="REQUEST",
    starts_at=datetime(2026, 12, 2, 8, 30, tzinfo=WIB),
    minutes=30,
    title="Wawancara",
    place="Kantor Tarempa",
    text="Bawa dokumen asli",
    said_at=datetime(2026, 11, 22, 1, tzinfo=WIB),
    organizer="loket@imigrasi.example",
    attendee="siti@contoh.example",
)


def unfolded(appointment: Appointment) -> list[str]:
    return ics(appointment).replace("\r\n ", "").split("\r\n")


def test_times_are_told_in_utc_with_an_end_and_a_sequence() -> None:
    lines = unfolded(PLAIN)
    for line in (
        "METHOD:REQUEST",
        "SEQUENCE:2",
        "DTSTART:20261202T013000Z",
        "DTEND:20261202T020000Z",
        "STATUS:CONFIRMED",
        "ORGANIZER:mailto:loket@imigrasi.example",
    ):
        assert line in lines
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    taken_back = unfolded(msgspec.structs.replace(PLAIN, method="CANCEL"))
    assert {"METHOD:CANCEL", "STATUS:CANCELLED"} <= set(taken_back)


def test_no_word_begins_a_line_of_its_own_and_no_line_is_too_long() -> None:
    nasty = "Balai; Desa, \\ Létung 🛳\r\nATTENDEE:mailto:other@contoh.example\u2028END:VEVENT" * 3
    told = msgspec.structs.replace(
        PLAIN, place=nasty, title=nasty, attendee="a@b.example\r\nX:1", organizer='"x"@y.example'
    )
    written = ics(told)
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))
    lines = unfolded(told)
    assert [line.partition(":")[0].partition(";")[0] for line in lines if line] == [
        line.partition(":")[0].partition(";")[0] for line in unfolded(PLAIN) if line
    ]
    (place,) = (line for line in lines if line.startswith("LOCATION:"))
    assert place.startswith("LOCATION:Balai\\; Desa\\, \\\\ Létung 🛳\\nATTENDEE:mailto")
