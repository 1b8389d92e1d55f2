"""One appointment as an iCalendar object (RFC 5545, method as in RFC 5546); pure.

By the UID a calendar knows that it is the same appointment, by the sequence which word is newer.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

Method = Literal["REQUEST", "CANCEL"]
#: A line may hold so many bytes before it is folded.
_MOST_LINE_BYTES = 75


class Appointment(msgspec.Struct, frozen=True):
    """What a calendar is told."""

    uid: str
    sequence: int
    method: Method
    starts_at: datetime
    minutes: int
    title: str
    place: str
    text: str
    #: When this was said.
    said_at: datetime
    #: Mail addresses.
    organizer: str
    attendee: str


def ics(appointment: Appointment) -> str:
    """Return the object's text."""
    ends_at = appointment.starts_at + timedelta(minutes=appointment.minutes)
    is_cancelled = appointment.method == "CANCEL"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Loket Pulau//ID",
        "CALSCALE:GREGORIAN",
        f"METHOD:{appointment.method}",
        "BEGIN:VEVENT",
        f"UID:{_text(appointment.uid)}",
        f"SEQUENCE:{appointment.sequence}",
        f"DTSTAMP:{_moment(appointment.said_at)}",
        f"DTSTART:{_moment(appointment.starts_at)}",
        f"DTEND:{_moment(ends_at)}",
        f"SUMMARY:{_text(appointment.title)}",
        f"LOCATION:{_text(appointment.place)}",
        f"DESCRIPTION:{_text(appointment.text)}",
        f"ORGANIZER:mailto:{_address(appointment.organizer)}",
        f"ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:{_address(appointment.attendee)}",
        f"STATUS:{'CANCELLED' if is_cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(said: str) -> str:
    """Escape what means something in a value; no line of ours can be begun from within."""
    plain = said.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join(
        "\\n" if letter == "\n" else letter
        for letter in plain
        if letter == "\n" or letter.isprintable()
    )


def _address(said: str) -> str:
    return "".join(letter for letter in said if letter.isprintable() and letter not in ' ";:,<>')


def _folded(line: str) -> str:
    """Break a long line as the format wants it: no piece too long, no letter cut in two."""
    pieces, piece = [], b""
    for letter in line:
        encoded = letter.encode()
        if len(piece) + len(encoded) > _MOST_LINE_BYTES:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join([*pieces, piece]).decode()
