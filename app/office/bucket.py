"""Sealed records in an S3-compatible store, named by their SHA-256 as in the folder.

An object is there whole or not at all, and durable once the store has said so. What is still
arriving stays on this machine. Never unseals a record, never changes one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from app.errors import LocalFault
from app.office.blobs import Blobs, at_once
from app.office.disk import disk_faults
from app.office.lots import Stretch
from app.protocol.record import MOST_RECORD_BYTES, read_pack

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

#: A store that is away is told to the kiosk, which comes again: no thread waits for minutes.
_TIMEOUT = "20s"
_RETRIES = 2
#: Records of one pack that are on their way at the same time; larger ones go alone.
_MOST_BYTES_AT_ONCE = 2 * 1024 * 1024


class BucketBlobs(Blobs):
    """The records of an office in a bucket.

    None waits in a lot: another machine of the office would look for it in vain. Lots that are here
    from before there was a bucket are read, and settled into it.

    Args:
        folder: of this machine.
        url: ``s3://bucket/prefix?endpoint=https://...&region=...``.
        key: access key; with an empty one the library looks where it always looks.
        secret: that belongs to it.
    """

    def __init__(self, folder: Path, url: str, key: str = "", secret: str = "") -> None:
        super().__init__(folder)
        self._store = _opened(url, key, secret)

    def _own_size(self, digest: str) -> int | None:
        try:
            with _faults():
                return self._store.head(_name(digest))["size"]
        except FileNotFoundError:
            return None

    def _own_bytes(self, digest: str) -> bytes | None:
        try:
            with _faults():
                found = self._store.get(_name(digest))
                return None if found.meta["size"] > MOST_RECORD_BYTES else bytes(found.bytes())
        except FileNotFoundError:
            return None

    def keep_stretches(self, source: Path, stretches: Sequence[Stretch]) -> int:
        """Put stretches of a file into objects of their own; as in the folder.

        Raises:
            LocalFault: ``blobs_away``, ``office_folder_unusable``; they can be kept later.
        """
        kept = 0
        for some in _portions(stretches):
            whole: dict[str, bytes] = {}
            for one in some:
                content = _stretch_of(source, one)
                if hashlib.sha256(content).hexdigest() != one.digest:
                    break
                whole[one.digest] = content
                kept += 1
            self._put(whole)
            if kept < len(stretches) and stretches[kept] in some:
                break
        return kept

    def keep(self, packs: Sequence[bytes]) -> Callable[[], None]:
        """Put the records of packs into objects of their own; nothing is left to wait for.

        Raises:
            LocalFault: ``blobs_away``; they can be kept later.
        """
        records = (record for pack in packs for record in read_pack(pack))
        self._put({record.digest: record.sealed for record in records})
        return lambda: None

    def _put(self, whole: Mapping[str, bytes]) -> None:
        def put(digest: str) -> None:
            with _faults():
                self._store.put(_name(digest), whole[digest])

        at_once(put, list(whole))


def _opened(url: str, key: str, secret: str) -> S3Store:
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise LocalFault("blobs_library_missing") from error
    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    endpoint = asked.get("endpoint", "")
    if parts.scheme != "s3" or not parts.hostname or set(asked) - {"endpoint", "region"}:
        raise LocalFault("blobs_url_wrong")
    config: S3Config = {"endpoint": endpoint} if endpoint else {}
    if key:
        config |= {"access_key_id": key, "secret_access_key": secret}
    try:
        return S3Store(
            parts.hostname,
            prefix=parts.path.strip("/") or None,
            region=asked.get("region", "us-east-1"),
            # A store of one's own seldom has a name for each bucket.
            virtual_hosted_style_request=not endpoint,
            client_options={"timeout": _TIMEOUT, "allow_http": endpoint.startswith("http://")},
            retry_config={"max_retries": _RETRIES},
            config=config,
        )
    except Exception as error:
        # The library has an error of its own for each way to name a store wrongly.
        raise LocalFault("blobs_url_wrong") from error


def _name(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def _portions(stretches: Sequence[Stretch]) -> Iterator[list[Stretch]]:
    some: list[Stretch] = []
    for one in stretches:
        if some and sum(other.length for other in some) + one.length > _MOST_BYTES_AT_ONCE:
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _stretch_of(source: Path, stretch: Stretch) -> bytes:
    with disk_faults(), source.open("rb") as file:
        file.seek(stretch.start)
        return file.read(stretch.length)


@contextmanager
def _faults() -> Iterator[None]:
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        # Its text may name the bucket and who asks: the kind must do.
        raise LocalFault("blobs_away", kind=type(error).__name__) from None
