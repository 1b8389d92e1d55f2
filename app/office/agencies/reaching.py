"""Makes what the settings name of other machines; an empty address makes nothing.

Asks nobody: whether a server is there shows when something is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.office.agencies.clients import HttpMinistry, HttpRegistry
from app.office.agencies.simulated import SimulatedMinistry, SimulatedRegistry
from app.office.billing.provider_client import HttpProvider
from app.office.billing.simulator import SimulatedProvider
from app.office.ways.asking import Asker

if TYPE_CHECKING:
    from app.domain.clock import Clock
    from app.office.agencies.contract import CivilRegistry, Ministry
    from app.office.billing.provider import Provider
    from app.office.context import OfficeSettings

#: Stands in the settings instead of an address: made up within the office itself, for the demo.
SIMULATOR = "simulator"


def provider_of(settings: OfficeSettings, clock: Clock) -> Provider | None:
    """Return who issues billing codes; errors as ``Asker``."""
    if not settings.payments:
        return None
    if settings.payments == SIMULATOR:
        return SimulatedProvider(clock)
    secret, ca_file = settings.payment_secret, settings.agency_ca_file
    return HttpProvider(Asker("payments", settings.payments, secret, clock, ca_file))


def registry_of(settings: OfficeSettings, clock: Clock) -> CivilRegistry | None:
    """Return the civil registry; errors as ``Asker``."""
    if not settings.registry_url:
        return None
    if settings.registry_url == SIMULATOR:
        return SimulatedRegistry()
    url, secret = settings.registry_url, settings.registry_secret
    return HttpRegistry(Asker("registry", url, secret, clock, settings.agency_ca_file))


def ministry_of(settings: OfficeSettings, clock: Clock) -> Ministry | None:
    """Return the ministry's system; errors as ``Asker``."""
    if not settings.ministry_url:
        return None
    if settings.ministry_url == SIMULATOR:
        return SimulatedMinistry(clock)
    url, secret = settings.ministry_url, settings.ministry_secret
    return HttpMinistry(Asker("ministry", url, secret, clock, settings.agency_ca_file))
