"""The kiosks of the bench of the office: their packs, made beforehand, and the process that sends.

A kiosk sends as the product does: one request that makes an upload and brings all of its bytes, its
answer brings the receipt. Raw sockets, so that what sends costs the machine as little as it can.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from pathlib import Path

import msgspec

from app.office.context import Office
from app.office.devices import token_digest
from app.office.tables import DeviceRow
from app.protocol.enrolment import EnrolmentAnswer
from tests.office.house import Village

#: Sizes of an application's papers as the bench of documents finds them, in bytes: 73 KB together.
PAPERS = {"ktp": 14_000, "kk": 21_000, "akta": 20_000, "photo": 18_000}
#: A kiosk that nobody answers for so long is starved.
PATIENCE_S = 60.0
_LETTERS = "ABCDEFGHJKLM"
_CODE = "LETA-AAAA-AAAA-AAAA-AAAA"
_SERVERS_ANSWER = 4 * 1024 * 1024


class Sender(msgspec.Struct, frozen=True):
    """One kiosk: its token, and where its packs stand in the file of all packs."""

    token: str
    #: Name of the upload, offset and length of the bytes.
    packs: tuple[tuple[str, int, int], ...]
    #: Its cursor: how many of the office's events it has heard.
    heard: int


class Load(msgspec.Struct, frozen=True):
    """What one run sends."""

    host: str
    port: int
    #: Whose endpoint: ``office`` or ``bare``.
    kind: str
    file: str
    senders: tuple[Sender, ...]


class Result(msgspec.Struct, frozen=True):
    """What came of a run."""

    seconds: float
    packs: int
    bytes: int
    times: tuple[float, ...]
    starved: int
    #: Answers that put a kiosk off; those among them that did not say until when.
    put_off: int
    put_off_blindly: int
    #: Connections that were refused or cut.
    cut: int


def enrol_many(office: Office, count: int, seed: int) -> list[Village]:
    """Make kiosks known to an office, all in one transaction."""
    dice = random.Random(seed)
    villages = []
    with office.database.write() as session:
        for letters in list(product(_LETTERS, repeat=3))[:count]:
            village = _known(office, "".join(letters), dice)
            villages.append(village)
            keys, answer = village.keys.public(), village.trusted
            session.add(
                DeviceRow(
                    id=answer.device_id,
                    code=answer.device_code,
                    name="Kiosk",
                    signing=keys.signing,
                    recipient=keys.recipient,
                    token_digest=token_digest(village.token),
                    first_serial=1,
                    last_serial=99_999,
                    enrolled_at=office.clock.now(),
                )
            )
    return villages


def _known(office: Office, letters: str, dice: random.Random) -> Village:
    village = Village(_CODE, seed=dice.getrandbits(60))
    village.answer = EnrolmentAnswer(
        device_id=village.new_id(),
        device_code=letters,
        first_serial=1,
        last_serial=99_999,
        sealed_token="",
        office_id=office.keys.office_id,
        office_name="",
        keys=office.keys.keys.public(),
        proof="",
    )
    village.token = dice.randbytes(32).hex()
    return village


def make_packs(
    villages: list[Village], packs_each: int, file: Path, seed: int, heard: Counter[str]
) -> tuple[Sender, ...]:
    """Write the packs of every kiosk into one file and say where each stands.

    Args:
        villages: the kiosks.
        packs_each: of each one.
        file: what they are written to.
        seed: of all that is in them.
        heard: by token, how many events each kiosk has heard; each pack will bring one more.
    """
    dice = random.Random(seed)
    senders = []
    with file.open("wb") as written:
        for village in villages:
            packs = []
            for _ in range(packs_each):
                papers = {
                    need: dice.randbytes(int(size * dice.uniform(0.7, 1.3)))
                    for need, size in PAPERS.items()
                }
                pack = village.submit(papers).pack
                packs.append((village.new_id(), written.tell(), len(pack)))
                written.write(pack)
            senders.append(Sender(village.token, tuple(packs), heard[village.token]))
            heard[village.token] += packs_each
    return tuple(senders)


class _Sending:
    """A run under way."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._content = memoryview(Path(load.file).read_bytes())
        self._times: list[float] = []
        self._bytes = self._starved = self._put_off = self._blindly = self._cut = 0

    async def all(self) -> Result:
        """Let every kiosk connect at the same moment and send what it has."""
        began = time.perf_counter()
        await asyncio.gather(*(self._kiosk(sender) for sender in self._load.senders))
        return Result(
            time.perf_counter() - began, len(self._times), self._bytes, tuple(self._times),
            self._starved, self._put_off, self._blindly, self._cut,
        )  # fmt: skip

    async def _kiosk(self, sender: Sender) -> None:
        line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        heard = sender.heard
        for name, offset, length in sender.packs:
            body = self._content[offset : offset + length]
            head = _head(self._load, sender.token, name, length, heard)
            began = time.perf_counter()
            while True:
                if time.perf_counter() - began > PATIENCE_S:
                    self._starved += 1
                    return
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        line = line or await asyncio.open_connection(
                            self._load.host, self._load.port
                        )
                        code, wait_s, last = await _ask(*line, head, body)
                except (OSError, TimeoutError, asyncio.IncompleteReadError):
                    self._cut += 1
                    line = None
                    await asyncio.sleep(0.2)
                    continue
                if code in (200, 201):
                    heard = last
                    break
                line[1].close()
                line = None
                self._put_off += 1
                self._blindly += wait_s is None
                await asyncio.sleep(1.0 if wait_s is None else wait_s)
            self._times.append(time.perf_counter() - began)
            self._bytes += length
        if line is not None:
            line[1].close()


def _head(load: Load, token: str, name: str, length: int, heard: int) -> bytes:
    lines = [f"Host: {load.host}", f"Content-Length: {length}", f"Authorization: Bearer {token}"]
    if load.kind == "office":
        lines += [
            "Tus-Resumable: 1.0.0", f"Upload-Length: {length}", f"Loket-Upload: {name}",
            "Content-Type: application/offset+octet-stream", f"Loket-Cursor: {heard}",
            "Accept: application/vnd.loket.pack",
        ]  # fmt: skip
    path = "/v1/packs" if load.kind == "office" else f"/store/{name}"
    return (f"POST {path} HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, body: memoryview
) -> tuple[int, float | None, int]:
    """Send one request; return the answer's code, when to come again, and the newest event."""
    writer.write(head)
    writer.write(body)
    await writer.drain()
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    code = int(lines[0].split(" ")[1])
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    await reader.readexactly(min(int(fields.get("content-length", "0")), _SERVERS_ANSWER))
    said = fields.get("retry-after")
    return code, None if said is None else float(said), int(fields.get("loket-last", "0"))


def raise_file_limit() -> None:
    """Allow a thousand connections in one process."""
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))


def _main(read: Callable[[], bytes]) -> None:
    raise_file_limit()
    load = msgspec.json.decode(read(), type=Load)
    result = asyncio.run(_Sending(load).all())
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")


if __name__ == "__main__":
    _main(sys.stdin.buffer.read)
