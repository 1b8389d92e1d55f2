"""Files posted with a form, straight from the wire to the disk, bounded in number and in size.

Never holds a file in memory, never believes a file's name for anything but to show it, and reads
no file before the form's own token has come.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import BinaryIO

import msgspec
from anyio import to_thread
from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.errors import LocalFault, UserError
from app.office.console.visitors import Form, is_from_elsewhere
from app.office.context import Office
from app.office.disk import disk_faults

_FOLDER = "courier"
_MOST_FILES = 50
_MOST_BYTES = 4 * 1024**3
_MOST_FIELD_BYTES = 1024
_MOST_HEADER_BYTES = 4096
_MOST_NAME_LETTERS = 80


class PostedFile(msgspec.Struct, frozen=True):
    """One file as it came."""

    #: What the browser called it.
    untrusted_name: str
    path: Path


def clear_posted(office: Office) -> None:
    """Remove what a kill left; for the one process that serves, at its start."""
    shutil.rmtree(office.settings.folder / _FOLDER, ignore_errors=True)


@asynccontextmanager
async def posted_files(
    office: Office, request: Request, check: Callable[[Form], None]
) -> AsyncIterator[tuple[PostedFile, ...]]:
    """Give the files of a form; they are gone at the end.

    Args:
        office: on whose disk.
        request: with the form.
        check: told the fields before the first file; raises to refuse.

    Raises:
        UserError: ``form_old``, ``request_wrong``, ``courier_upload_too_large``.
        LocalFault: ``office_full``, ``office_folder_unusable``.
    """
    if is_from_elsewhere(request.headers):
        raise UserError("form_old")
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise UserError("request_wrong")
    _check_room(office, request)
    folder = office.settings.folder / _FOLDER
    with disk_faults():
        folder.mkdir(mode=0o700, exist_ok=True)
        holder = TemporaryDirectory(dir=folder, ignore_cleanup_errors=True)
    with holder as place:
        reading = _Reading(Path(place), options[b"boundary"], check)
        try:
            async for chunk in request.stream():
                await to_thread.run_sync(reading.take, chunk)
            files = reading.end()
        finally:
            reading.close()
        yield files


def _check_room(office: Office, request: Request) -> None:
    said = request.headers.get("content-length", "")
    length = int(said) if said.isascii() and said.isdigit() and len(said) < 15 else _MOST_BYTES
    if length > _MOST_BYTES:
        raise UserError("courier_upload_too_large")
    needed = 2 * length + office.settings.least_free_bytes
    if shutil.disk_usage(office.settings.folder).free < needed:
        raise LocalFault("office_full")


class _Reading:
    """The parts of one form as they come."""

    def __init__(self, folder: Path, boundary: bytes, check: Callable[[Form], None]) -> None:
        self._folder = folder
        self._check = check
        self._fields: list[tuple[str, str]] = []
        self._files: list[PostedFile] = []
        self._open: BinaryIO | None = None
        self._value = bytearray()
        self._name = ""
        self._headers: dict[bytes, bytes] = {}
        self._header = (bytearray(), bytearray())
        self._is_whole = False
        self._taken_bytes = 0
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data,
                    "on_part_end": self._part_end,
                    "on_end": self._form_end,
                },
            )
        except MultipartParseError:
            raise UserError("request_wrong") from None

    def take(self, chunk: bytes) -> None:
        """Take what came."""
        self._taken_bytes += len(chunk)
        if self._taken_bytes > _MOST_BYTES:
            raise UserError("courier_upload_too_large")
        try:
            with disk_faults():
                self._parser.write(chunk)
        except MultipartParseError:
            raise UserError("request_wrong") from None

    def end(self) -> tuple[PostedFile, ...]:
        """Return the files once the whole form has come."""
        if not self._is_whole:
            raise UserError("request_wrong")
        if not self._files:
            self._check(Form(tuple(self._fields)))
        return tuple(self._files)

    def close(self) -> None:
        """Close what a broken form left open."""
        if self._open is not None:
            with suppress(OSError):
                self._open.close()

    def _begin(self) -> None:
        self._headers, self._value = {}, bytearray()

    def _header_field(self, content: bytes, start: int, end: int) -> None:
        self._add(self._header[0], content[start:end], _MOST_HEADER_BYTES)

    def _header_value(self, content: bytes, start: int, end: int) -> None:
        self._add(self._header[1], content[start:end], _MOST_HEADER_BYTES)

    def _header_end(self) -> None:
        field, value = self._header
        self._headers[bytes(field).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            return
        self._check(Form(tuple(self._fields)))
        if len(self._files) >= _MOST_FILES:
            raise UserError("courier_upload_too_large")
        shown = options[b"filename"].decode("utf-8", "replace")
        path = self._folder / f"{len(self._files)}.lpk"
        self._open = path.open("xb")
        # Some browsers tell the whole path.
        self._files.append(PostedFile(PureWindowsPath(shown).name[:_MOST_NAME_LETTERS], path))

    def _data(self, content: bytes, start: int, end: int) -> None:
        if self._open is not None:
            self._open.write(content[start:end])
        else:
            self._add(self._value, content[start:end], _MOST_FIELD_BYTES)

    def _part_end(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
            if self._files[-1].path.stat().st_size == 0 and not self._files[-1].untrusted_name:
                # An empty choice travels as a file without a name.
                self._files.pop().path.unlink()
            return
        value = self._value.decode("utf-8", "replace")
        self._fields.append((self._name, value))
        if len(self._fields) > _MOST_FILES:
            raise UserError("request_wrong")

    def _form_end(self) -> None:
        self._is_whole = True

    def _add(self, to: bytearray, content: bytes, most_bytes: int) -> None:
        to += content
        if len(to) > most_bytes:
            raise UserError("request_wrong")
