"""What an applicant asks of the office after sending; each is answered once, whoever carries it.

Shapes only; the kiosk makes them, the office decides.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

#: Priority groups that may be named with wishes for an interview (layanan ramah HAM).
PriorityGroup = Literal["elderly", "disabled", "pregnant", "under_five"]
Words = Annotated[str, msgspec.Meta(max_length=2000)]
Line = Annotated[str, msgspec.Meta(max_length=120)]


class Withdrawn(msgspec.Struct, frozen=True, tag="withdrawn"):
    """The applicant takes the application back (ditarik)."""

    reason: Words = ""


class Written(msgspec.Struct, frozen=True, tag="written"):
    """A message to the office about the application."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class BillingWanted(msgspec.Struct, frozen=True, tag="billing"):
    """The applicant stands ready to pay; a billing code lives two hours, hence on asking."""


class SlotsWished(msgspec.Struct, frozen=True, tag="slots"):
    """Interview slots in order of wish; for one who has a slot already, the wish to move it."""

    #: Ids of slots.
    wishes: Annotated[tuple[Line, ...], msgspec.Meta(min_length=1, max_length=3)]
    groups: tuple[PriorityGroup, ...] = ()


class CollectingChosen(msgspec.Struct, frozen=True, tag="collecting"):
    """How the passport is fetched: by oneself, by a proxy, or by post at one's own cost."""

    how: Literal["self", "proxy", "post"]
    #: The proxy's name, or the name on the parcel.
    name: Line = ""
    #: A relative on the same family card shows it; anybody else a stamped power of attorney.
    relation: Literal["", "family", "other"] = ""
    address: Annotated[str, msgspec.Meta(max_length=400)] = ""
    phone: Line = ""


class NoticesWanted(msgspec.Struct, frozen=True, tag="notices"):
    """Where the applicant agrees to be told of changes; all empty takes the consent back."""

    email: Line = ""
    phone: Line = ""
    language: Literal["id", "en"] = "id"


RequestBody = Withdrawn | Written | BillingWanted | SlotsWished | CollectingChosen | NoticesWanted


class Request(msgspec.Struct, frozen=True):
    """One request as it travels; its id makes a repetition harmless."""

    format: int
    id: str
    device_id: str
    application_id: str
    made_at: datetime
    body: RequestBody


def kind_of(body: RequestBody) -> str:
    """Return the word by which tables and texts know this kind of request."""
    return str(body.__struct_config__.tag)
