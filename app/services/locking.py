"""How wrong PINs and passwords are counted: five close the door for a quarter of an hour.

Pure; the count is made durable by the caller before it looks at what was typed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.errors import UserError

MOST_FAILURES = 5
LOCK_FOR = timedelta(minutes=15)


def count_try(
    failures: int, locked_until: datetime | None, now: datetime, code: str
) -> tuple[int, datetime | None]:
    """Return the count and the lock as they stand should this try be wrong.

    A lock that ran out gives five fresh tries. So does one that ends later than any lock made now
    could: the clock went back, and nobody shall wait for days.

    Raises:
        UserError: ``code`` with ``minutes`` while the lock lasts.
    """
    if locked_until and now < locked_until <= now + LOCK_FOR:
        minutes = int((locked_until - now).total_seconds() // 60) + 1
        raise UserError(code, minutes=minutes)
    counted = 1 if locked_until else failures + 1
    return counted, now + LOCK_FOR if counted >= MOST_FAILURES else None
