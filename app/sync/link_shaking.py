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

#: On a line that answers within a quarter of a second there is no other. More would cost a greeting
#: each; where it is spent already, all are listened to.
_MOST_WAYS = 2
#: How often it is looked whether another connection stands.
_LOOK_S = 0.02


def shake_hands(
    first: PatientSocket | PatientTlsSocket, wrap: Callable[[PatientSocket], PatientTlsSocket]
) -> PatientTlsSocket:
    """Return the connection whose hand-shake was done first; the others are closed.

    Args:
        first: where it begins, or has begun; its rivals are used up.
        wrap: makes a TLS socket of a plain one.

    Raises:
        OSError: the office was not proven, or no connection is left.
        Stalled: none gets on.
        Stopped: the program ends.
    """
    rivals, first.rivals = first.rivals, None
    ways: list[PatientTlsSocket] = []
    done = None
    try:
        ways.append(_begun(first, wrap))
        while (done := _first_done(ways, rivals, wrap)) is None:
            select.select(ways, [], [], TICK_S if rivals is None else _LOOK_S)
            ways[0].watch.check(ways[0])
            if rivals is not None:
                ways += _another(rivals, wrap, is_greeted=len(ways) >= _MOST_WAYS)
        return done
    finally:
        if rivals is not None:
            rivals.close(done)
        for way in ways:
            if way is not done:
                way.close()


def _another(
    rivals: Rivals, wrap: Callable[[PatientSocket], PatientTlsSocket], *, is_greeted: bool
) -> list[PatientTlsSocket]:
    rival = rivals.another(is_greeted=is_greeted)
    if rival is None:
        return []
    try:
        # One that was reset meanwhile cannot be wrapped.
        rival.getpeername()
        return [_begun(rival, wrap)]
    except OSError:
        rival.close()
        return []


def _begun(
    sock: PatientSocket | PatientTlsSocket, wrap: Callable[[PatientSocket], PatientTlsSocket]
) -> PatientTlsSocket:
    try:
        return sock if isinstance(sock, PatientTlsSocket) else wrap(sock)
    except OSError:
        sock.close()
        raise


def _first_done(
    ways: list[PatientTlsSocket],
    rivals: Rivals | None,
    wrap: Callable[[PatientSocket], PatientTlsSocket],
) -> PatientTlsSocket | None:
    for way in tuple(ways):
        try:
            if way.shake_hands():
                return way
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            if len(ways) == 1:
                instead = rivals.instead(way) if rivals is not None else None
                if instead is None:
                    raise
                ways.append(_begun(instead, wrap))
            ways.remove(way)
            way.close()
    return None
