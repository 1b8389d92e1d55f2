"""TLS hand-shakes that overlap, as the attempts to connect before them do.

A packet of a hand-shake that is lost costs TCP a second or more, in which nothing else may travel.
Over a connection that was answered a moment later it is made as well, and the first one that is
done counts. Never decides whom to trust.
"""

from __future__ import annotations

import select
import ssl
from collections.abc import Callable

from app.sync.link_sockets import TICK_S, PatientSocket, PatientTlsSocket, Rivals

#: On a line that answers within a quarter of a second there is no other.
_MOST_WAYS = 2


def shake_hands(
    plain: PatientSocket, wrap: Callable[[PatientSocket], PatientTlsSocket]
) -> PatientTlsSocket:
    """Return the connection whose hand-shake was done first; the others are closed.

    Args:
        plain: where it begins; its rivals are used up.
        wrap: makes a TLS socket of a plain one.

    Raises:
        OSError: the office was not proven, or no connection is left.
        Stalled: none gets on.
        Stopped: the program ends.
    """
    rivals, plain.rivals = plain.rivals, None
    ways: list[PatientTlsSocket] = []
    done = None
    try:
        ways.append(wrap(plain))
        while (done := _first_done(ways)) is None:
            select.select(ways, [], [], TICK_S)
            plain.watch.check(ways[0])
            if rivals is not None and len(ways) < _MOST_WAYS:
                ways += _another(rivals, wrap)
        return done
    finally:
        if rivals is not None:
            rivals.close()
        for way in ways:
            if way is not done:
                way.close()


def _another(
    rivals: Rivals, wrap: Callable[[PatientSocket], PatientTlsSocket]
) -> list[PatientTlsSocket]:
    plain = rivals.another()
    if plain is None:
        return []
    try:
        # One that was reset meanwhile cannot be wrapped.
        plain.getpeername()
        return [wrap(plain)]
    except OSError:
        plain.close()
        return []


def _first_done(ways: list[PatientTlsSocket]) -> PatientTlsSocket | None:
    for way in tuple(ways):
        try:
            if way.shake_hands():
                return way
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            if len(ways) == 1:
                raise
            ways.remove(way)
            way.close()
    return None
