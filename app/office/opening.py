"""Opens an office's folder and database.

Makes them at the first start, and never makes new keys for old devices.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.domain.catalogue import Catalogue
from app.domain.clock import Clock, Dice
from app.errors import LocalFault
from app.imaging.pool import ImagingPool
from app.office.agencies.reaching import ministry_of, provider_of, registry_of
from app.office.blobs import Blobs
from app.office.catalogues import Shelf
from app.office.context import Office, OfficeSettings
from app.office.database import Database, open_database
from app.office.keys import OfficeKeys, make_keys, read_keys
from app.office.migrating import migrate
from app.office.noticing.gateways import gateways
from app.office.showing import Shown
from app.office.tables import DeviceRow
from app.office.uploads import Uploads


def open_office(
    settings: OfficeSettings, clock: Clock, dice: Dice, load_shipped: Callable[[], Catalogue]
) -> Office:
    """Open an office, making what its first start lacks.

    Raises:
        LocalFault: ``office_folder_unusable``, ``database_away``, ``office_newer``,
            ``office_keys_lost``, ``office_keys_unreadable``, ``office_id_changed``,
            ``mail_url_wrong``; as ``Asker``.
    """
    try:
        settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        blobs = _blobs(settings)
        uploads = Uploads(settings.folder / "uploads", is_shared=settings.workers > 1)
    except OSError as error:
        raise LocalFault("office_folder_unusable") from error
    outside = (
        provider_of(settings, clock),
        gateways(settings),
        registry_of(settings, clock),
        ministry_of(settings, clock),
    )
    database = open_database(settings.folder, settings.database_url)
    try:
        migrate(database)
        keys = _keys(settings, database, dice)
    except BaseException:
        database.close()
        raise
    return Office(
        settings,
        keys,
        database,
        blobs,
        clock,
        dice,
        Shelf(load_shipped),
        uploads,
        ImagingPool(),
        Shown(),
        *outside,
    )


def _blobs(settings: OfficeSettings) -> Blobs:
    folder = settings.folder / "blobs"
    if not settings.blobs_url:
        return Blobs(folder)
    # Imported here: its library is installed where it is wanted.
    from app.office.bucket import BucketBlobs

    return BucketBlobs(folder, settings.blobs_url, settings.blobs_key, settings.blobs_secret)


def _keys(settings: OfficeSettings, database: Database, dice: Dice) -> OfficeKeys:
    keys = read_keys(settings.folder)
    if keys is None:
        # Every kiosk trusts the lost keys and seals to them: new ones would only hide the loss.
        with database.read() as session:
            if session.scalars(select(DeviceRow.id)).first() is not None:
                raise LocalFault("office_keys_lost")
        return make_keys(settings.folder, settings.office_id, dice)
    if keys.office_id != settings.office_id:
        raise LocalFault("office_id_changed", held=keys.office_id, asked=settings.office_id)
    return keys
