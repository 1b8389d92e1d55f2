"""tuspy, one file after the other: ENDPOINT CHUNK_BYTES TIMEOUT_S URLS FILE...

Says ``ready``, waits for a line, says ``done``. The library has no time-outs of its own; where a
link is cut it needs some, and then small chunks, because the time-out counts for a whole chunk.
0 and 0: whole files, no time-outs.
"""

from __future__ import annotations

import sys
import time
from functools import partialmethod
from pathlib import Path

import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.storage.filestorage import FileStorage

_RETRIES = 1000


def main() -> None:
    """Send the files."""
    endpoint, chunk_bytes, timeout_s, storage, *files = sys.argv[1:]
    if float(timeout_s):
        limits = (float(timeout_s), float(timeout_s))
        requests.Session.request = partialmethod(  # type: ignore[method-assign,assignment]
            requests.Session.request, timeout=limits
        )
    client = TusClient(endpoint)
    urls = FileStorage(storage)  # type: ignore[no-untyped-call]
    print("ready", flush=True)
    sys.stdin.readline()
    for file in files:
        _send(client, urls, Path(file), int(chunk_bytes))
    print("done", flush=True)


def _send(client: TusClient, urls: FileStorage, file: Path, chunk_bytes: int) -> None:
    sizes = {"chunk_size": chunk_bytes} if chunk_bytes else {}
    while True:
        try:
            # Looking for what was begun and asking for an upload are not retried by the library.
            client.uploader(
                str(file),
                metadata={"filename": file.name},
                retries=_RETRIES,
                retry_delay=1,
                store_url=True,
                url_storage=urls,
                **sizes,
            ).upload()
            return
        except (TusCommunicationError, TusUploadFailed):
            time.sleep(1)


if __name__ == "__main__":
    main()
