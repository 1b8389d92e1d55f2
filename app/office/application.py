"""The office's ASGI application: intake, console and status page behind one set of headers.

Makes no state itself.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.errors import AppError
from app.office.accepting import sweep
from app.office.agencies.changes import take_changes
from app.office.agencies.orders import queue_orders, send_orders
from app.office.api_page import mount_api_page
from app.office.billing.bills import expire_bills
from app.office.billing.issuing import issue_wanted
from app.office.billing.webhook import payments_router
from app.office.console.door import Door
from app.office.courier_intake import COURIER_PATH, courier_router
from app.office.disk import disk_faults
from app.office.guessing import forget_guesses
from app.office.headers import Headers
from app.office.incoming import EarlyReading
from app.office.intake import intake_router, intake_schemas
from app.office.noticing.reminding import queue_reminders
from app.office.noticing.sending import send_notices
from app.office.packs import PACKS_PATH, TUS_VERSION, packs_router
from app.office.problems import install_problems
from app.office.records import catch_up
from app.office.slots.publishing import publish_due
from app.office.verifying.likening import look_at_papers

if TYPE_CHECKING:
    from app.office.context import Office

_SWEEP_S = 60.0
#: A chore that is under way when the office ends has so long to end as well.
_ENDING_S = 5.0
#: When nobody has brought anything for so long, there is time for what was put off.
_QUIET_S = 10.0
#: Below these, bodies are read as they come.
_LARGE = (PACKS_PATH, COURIER_PATH)


#: In this order, each by itself: one that breaks stops no other.
_CHORES = (
    catch_up,
    sweep,
    issue_wanted,
    expire_bills,
    publish_due,
    queue_reminders,
    send_notices,
    queue_orders,
    send_orders,
    take_changes,
    look_at_papers,
    forget_guesses,
)
_log = logging.getLogger(__name__)


def create_app(office: Office, *, closes: bool = False) -> FastAPI:
    """Return the application over an opened office.

    Args:
        office: ours.
        closes: the office ends with the application, instead of with its opener.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        is_stopping, end = threading.Event(), asyncio.Event()
        sweeping = asyncio.create_task(_keep_house(office, is_stopping, end))
        yield
        is_stopping.set()
        end.set()
        await asyncio.wait([sweeping], timeout=_ENDING_S)
        sweeping.cancel()
        await asyncio.wait([sweeping])
        if closes:
            office.close()

    app = FastAPI(
        title="Loket Pulau",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    install_problems(app)
    # Looked through in this order: most requests bring packs.
    app.include_router(packs_router(office))
    app.include_router(intake_router(office))
    app.include_router(courier_router(office))
    app.include_router(payments_router(office))
    mount_api_page(app)
    _describe(app)
    app.add_middleware(Door, office=office)
    app.add_middleware(EarlyReading, idle_s=office.settings.idle_read_s, prefixes=_LARGE)
    app.add_middleware(
        Headers,
        office_id=office.keys.office_id,
        below={path: {"Tus-Resumable": TUS_VERSION} for path in _LARGE},
        is_https=office.settings.is_https,
    )
    return app


async def _keep_house(office: Office, is_stopping: threading.Event, end: asyncio.Event) -> None:
    """Finish at the start, and then every minute, what a kill or a fault left undone."""
    while not end.is_set():
        await to_thread.run_sync(_do_chores, office, is_stopping)
        with suppress(TimeoutError):
            async with asyncio.timeout(_SWEEP_S):
                await end.wait()


def _do_chores(office: Office, is_stopping: threading.Event) -> None:
    """Do what is due, unless another worker is at it: no notice is sent by two at once."""
    _do(_forget_gone, office)
    try:
        with office.database.alone() as is_alone:
            for chore in (*_CHORES, _settling(is_stopping)) if is_alone else ():
                if is_stopping.is_set():
                    return
                _do(chore, office)
    except AppError as error:
        _log.error("chores put off: %s", error)


def _forget_gone(office: Office) -> None:
    with disk_faults():
        office.uploads.forget_gone()


def _settling(is_stopping: threading.Event) -> Callable[[Office], None]:
    """Return what gives records that came together files of their own, once it is quiet."""

    def settle_blobs(office: Office) -> None:
        office.blobs.settle(_QUIET_S, is_stopping.is_set)

    return settle_blobs


def _do(chore: Callable[[Office], None], office: Office) -> None:
    try:
        chore(office)
    except AppError as error:
        _log.error("%s put off: %s", chore.__name__, error)
    except Exception:  # the top of the office's own loop: it must outlive any one chore
        _log.exception("%s broke", chore.__name__)


def _describe(app: FastAPI) -> None:
    """Add to the OpenAPI description what the framework cannot know."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = get_openapi(title=app.title, version=app.version, routes=app.routes)
            components = described.setdefault("components", {})
            components.setdefault("schemas", {}).update(intake_schemas())
            components["securitySchemes"] = {"device": {"type": "http", "scheme": "bearer"}}
            app.openapi_schema = described
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
