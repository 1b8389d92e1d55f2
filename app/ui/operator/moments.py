"""Says when something was or will be, as people do at a counter: *hari ini 14.05*."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.words import WIB, Words


def near(words: Words, moment: datetime, now: datetime) -> str:
    """Return a moment by the islands' clock; days near now by their name."""
    local, today = moment.astimezone(WIB), now.astimezone(WIB).date()
    mark = "." if words.language == "id" else ":"
    time = f"{local.hour:02d}{mark}{local.minute:02d}"
    for name, days in (("today", 0), ("yesterday", -1), ("tomorrow", 1)):
        if local.date() == today + timedelta(days=days):
            return words(f"operator.time.{name}", time=time)
    return words.moment(moment)
