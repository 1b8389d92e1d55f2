"""How long to wait after a failure (full jitter, up to five minutes), and for a receipt."""

from __future__ import annotations

from datetime import timedelta

from app.domain.clock import Dice
from app.errors import AppError, RemoteError
from app.sync.link_errors import AskedToWait

MOST_S = 300.0
_FIRST_S = 0.5
#: Shorter ones would only keep the machine busy.
_LEAST_S = 0.3


def delay_s(failures: int, dice: Dice) -> float:
    """Return a random wait, whose ceiling doubles with each failure in a row.

    Random over the whole range, so that all kiosks of an island do not come back in the same second
    when the tower does.

    Args:
        failures: how many in a row, from 1.
        dice: chance.
    """
    ceiling = min(MOST_S, _FIRST_S * 2.0 ** min(failures, 20))
    return max(_LEAST_S, _share(dice) * ceiling)


def long_delay_s(dice: Dice) -> float:
    """Return the wait after an error that only a person can mend."""
    return MOST_S * (1 + _share(dice)) / 2


def asked_delay_s(error: AppError, dice: Dice) -> float:
    """Return how long nobody else may ask after an error either; 0 where it says nothing of that.

    The office said how long, or only a person can mend it.
    """
    if isinstance(error, AskedToWait):
        return error.retry_after_s
    if isinstance(error, RemoteError) and not error.is_retryable:
        return long_delay_s(dice)
    return 0.0


def receipt_patience(attempts: int) -> timedelta:
    """Return how long a receipt is waited for before everything is sent again."""
    return timedelta(minutes=10 * 2 ** min(attempts, 7))


def _share(dice: Dice) -> float:
    return int.from_bytes(dice.bytes(4)) / 2**32
