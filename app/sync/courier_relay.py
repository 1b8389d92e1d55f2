"""Other kiosks' courier files on their way through this machine, and the office's answers to them.

Cannot read what it carries: it knows names, lengths and digests. Own work always goes first.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.domain.courier import CourierProgress, CourierStep, IsEnding, TellCourier, WrongFile
from app.errors import LocalFault, RemoteError, UserError
from app.protocol.courier import CourierName, read_name
from app.protocol.record import RecordKind
from app.security.durable import write_private
from app.security.sticks import files_on_stick, remove_from_stick, stick_faults, write_to_stick
from app.storage import settings
from app.storage.faults import as_faults
from app.storage.store import Store
from app.sync.courier_files import CourierFile, courier_files, records_in

_log = logging.getLogger(__name__)
RELAY_FOLDER = "relay"
#: All that a machine carries for others, and what must stay free on its disk for itself.
MOST_CARRIED_BYTES = 4 * 1024**3
LEAST_FREE_BYTES = 1024**3
_DONE = "relay_done"
#: A stick may still hold what was handed in long ago.
_MOST_REMEMBERED = 1000


class Held(msgspec.Struct, frozen=True):
    """A file that waits here for the link."""

    path: Path
    name: CourierName
    #: Of its note, which is how the office knows the file.
    note_digest: str
    size_bytes: int

    @property
    def upload_note(self) -> Path:
        """Where it is written which upload of the office takes it."""
        return self.path.with_suffix(".upload")


class RelayBox:
    """The folder of what is carried; one to a store.

    Args:
        store: remembers what was handed in.
        most_bytes: no more than this is carried at once.
        least_free_bytes: what stays free for the kiosk itself.
    """

    def __init__(
        self,
        store: Store,
        most_bytes: int = MOST_CARRIED_BYTES,
        least_free_bytes: int = LEAST_FREE_BYTES,
    ) -> None:
        self._store = store
        self._most_bytes = most_bytes
        self._least_free_bytes = least_free_bytes
        self.folder = store.folder / RELAY_FOLDER
        self._answers = self.folder / "answers"

    def held(self) -> tuple[Held, ...]:
        """Return what waits for the link, by name."""
        if not self.folder.is_dir():
            return ()
        return tuple(held for path in files_on_stick(self.folder) if (held := _held(path)))

    def answers(self) -> tuple[CourierFile, ...]:
        """Return the answers that wait for their kiosk's stick."""
        return courier_files(self._answers) if self._answers.is_dir() else ()

    def take(
        self, files: tuple[CourierFile, ...], tell: TellCourier, stop: IsEnding
    ) -> tuple[int, tuple[WrongFile, ...]]:
        """Copy files of other kiosks from a stick; what is torn, or was here before, stays there.

        What is true if it dies: as for ``write_to_stick``, with this machine's disk as the stick.
        The stick's own file is left as it is: its kiosk decides when it may go. What this machine
        has no room for stays as well, and never keeps own work from the stick.

        Returns:
            How many were taken, and which were not, because nobody believes them or for want of
            room.
        """
        if self.folder.is_dir():
            remove_from_stick(path for path in files_on_stick(self.folder) if path.suffix == ".tmp")
        known = {*self._remembered(), *(held.note_digest for held in self.held())}
        taken, wrong = 0, []
        for file in files:
            try:
                digest = _note_digest(file.path)
                if digest not in known:
                    self._copy(file, digest, tell, stop)
                    known.add(digest)
                    taken += 1
            except (RemoteError, LocalFault) as error:
                record = int(error.params.get("record", 0))
                wrong.append(WrongFile(file.path.name, error.code, record))
        return taken, tuple(wrong)

    def give(self, stick: Path, tell: TellCourier, stop: IsEnding) -> int:
        """Put every answer onto a stick that does not have it yet; return how many were put."""
        there = {path.name.upper() for path in files_on_stick(stick)}
        given = 0
        for file in self.answers():
            if str(file.name).upper() in there:
                continue
            with as_faults(self._store.folder):
                try:
                    content = file.path.read_bytes()
                except FileNotFoundError:
                    # A newer one came over the link meanwhile and took its place.
                    continue
            _write(stick, str(file.name), iter((content,)), len(content), "giving", tell, stop)
            given += 1
        return given

    def keep_answer(self, untrusted_name: str, content: bytes) -> None:
        """Keep an answer for its kiosk; an older one to the same kiosk is needless then.

        Raises:
            LocalFault: ``disk_full``, ...; the office gives the answer again.
        """
        name = read_name(untrusted_name)
        if name is None or not name.is_return:
            return
        with as_faults(self._store.folder):
            self._answers.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._answers / str(name), content)
        remove_from_stick(
            file.path
            for file in self.answers()
            if file.name.device_code == name.device_code and file.name != name
        )

    def keep_upload(self, held: Held, upload: str) -> None:
        """Write down which upload of the office takes a file.

        Raises:
            LocalFault: ``disk_full``, ...; the next attempt begins another upload.
        """
        with as_faults(self._store.folder):
            write_private(held.upload_note, upload.encode("ascii"))

    def let_go(self, held: Held) -> None:
        """Forget a file that the office has, or will never take; it is not taken again."""
        with self._store.write() as session:
            digests = [*self._read_remembered(settings.read_setting(session, _DONE))]
            digests = [*(one for one in digests if one != held.note_digest), held.note_digest]
            value = msgspec.json.encode(digests[-_MOST_REMEMBERED:]).decode()
            settings.write_setting(session, _DONE, value)
        remove_from_stick((held.path, held.upload_note))

    def _copy(self, file: CourierFile, digest: str, tell: TellCourier, stop: IsEnding) -> None:
        with stick_faults():
            size = file.path.stat().st_size
        carried = sum(held.size_bytes for held in self.held())
        with as_faults(self._store.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self.folder).free - self._least_free_bytes
        if carried + size > self._most_bytes or size > free:
            raise LocalFault("relay_full")

        def pieces() -> Iterator[bytes]:
            for record in records_in(file.path):
                yield record.header().encode() + record.sealed

        name = f"{file.name.device_code}-{file.name.serial:05d}-{digest}.lpk"
        try:
            _write(self.folder, name, pieces(), size, "taking", tell, stop)
        except LocalFault as fault:
            # What is full is this machine's disk; reading never fills a stick.
            if fault.code == "stick_full":
                raise LocalFault("relay_full") from fault
            raise

    def _remembered(self) -> list[str]:
        with self._store.read() as session:
            return self._read_remembered(settings.read_setting(session, _DONE))

    @staticmethod
    def _read_remembered(written: str | None) -> list[str]:
        return msgspec.json.decode(written, type=list[str]) if written else []


def _write(
    folder: Path,
    name: str,
    pieces: Iterator[bytes],
    size: int,
    step: CourierStep,
    tell: TellCourier,
    stop: IsEnding,
) -> None:
    def told(written: int, checked: int) -> None:
        if stop.is_set():
            raise UserError("courier_cancelled")
        tell(CourierProgress(step, checked or written, size))

    write_to_stick(folder, name, pieces, told)


def _held(path: Path) -> Held | None:
    code, _, rest = path.name.partition("-")
    serial, _, digest = rest.removesuffix(".lpk").partition("-")
    name = read_name(f"LOKET-{code}-{serial}.lpk")
    if name is None or len(digest) != 64 or path.suffix != ".lpk":
        return None
    try:
        return Held(path, name, digest, path.stat().st_size)
    except FileNotFoundError:
        # The sync thread handed it in and let it go after the folder was read.
        return None


def _note_digest(path: Path) -> str:
    """Return what names a file: the digest of its note, which must be whole."""
    first = next(records_in(path), None)
    if first is None or first.kind is not RecordKind.COURIER_NOTE:
        raise RemoteError("pack_torn", is_retryable=False, record=1)
    return first.digest
