"""The whole error tree; every error carries a stable code and never a word of personal data.

    AppError                        a code, and parameters for the text shown to a person
    +- UserError                    the person in front can fix it now
    +- LocalFault                   the machine or room: disk full, scanner, locked key store
    +- RemoteError (is_retryable)   the office or the road
    +- BugError                     an invariant of ours is broken

The words live in ``resources/translations/*/errors.json`` under ``errors.<code>``: a ``title``
(what happened) and a ``detail`` (that nothing was lost, and what to do next).
``app.domain.words`` joins them.
"""

from __future__ import annotations


class AppError(Exception):
    """Anything a person may be told about.

    Args:
        code: stable name of the error in snake case; for logs, support and the text tables.
        params: values for the text. They reach logs too, so no personal data goes in here.
    """

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in sorted(self.params.items()))
        return f"{self.code} ({shown})" if shown else self.code


class UserError(AppError):
    """The person in front can fix it now."""


class LocalFault(AppError):
    """The machine or the room is at fault: disk, device, key store."""


class RemoteError(AppError):
    """The office or the road to it failed.

    Args:
        code: as in AppError.
        is_retryable: whether trying the same thing again later can help.
        params: as in AppError.
    """

    def __init__(self, code: str, *, is_retryable: bool = True, **params: str | int) -> None:
        super().__init__(code, **params)
        self.is_retryable = is_retryable


class BugError(AppError):
    """An invariant of our own is broken."""
