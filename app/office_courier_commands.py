"""The office's courier without a browser: takes files from sticks and writes the answers."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.config import terminal_language
from app.domain.words import Words
from app.errors import AppError, UserError
from app.office import audit
from app.office.courier_import import Imported, import_file
from app.office.courier_returns import ReturnFile, return_for_device, return_for_note
from app.office_commands import office_settings, opened_office
from app.protocol.courier import CourierName, read_name
from app.resources import load_words
from app.security.sticks import files_on_stick, write_to_stick

if TYPE_CHECKING:
    from app.office.context import Office


class FileDone(msgspec.Struct, frozen=True):
    """What ``--json`` says of one file."""

    name: str
    imported: Imported | None = None
    #: Why nothing of it was looked at.
    error: str = ""
    answer: str = ""
    answer_events: int = 0
    #: Every event is in the answer.
    is_answer_whole: bool = True


def run(arguments: argparse.Namespace) -> int:
    """Import files or export an answer; 0 when everything was whole, 1 when something was not."""
    words = load_words(terminal_language(os.environ))
    with opened_office(office_settings(arguments)) as office:
        if arguments.courier_command == "export":
            done = [_export(office, arguments.device, arguments.to)]
        else:
            files = _files(arguments.paths)
            done = [_import(office, path, arguments.answers or path.parent) for path in files]
    for one in done:
        if arguments.json:
            sys.stdout.write(msgspec.json.encode(one).decode() + "\n")
        else:
            sys.stdout.write("\n".join(_lines(words, one)) + "\n")
    return 0 if all(_is_whole(one) for one in done) else 1


def _files(paths: list[Path]) -> list[Path]:
    """Return the files that were named, and those of kiosks in the folders that were named.

    Raises:
        UserError: ``courier_path_missing``, ``courier_files_missing``.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UserError("courier_path_missing")
        if not path.is_dir():
            found.append(path)
            continue
        for file in files_on_stick(path):
            name = read_name(file.name)
            if name is not None and not name.is_return:
                found.append(file)
    if not found:
        raise UserError("courier_files_missing")
    return found


def _import(office: Office, path: Path, answers: Path) -> FileDone:
    try:
        imported = import_file(office, path, audit.OFFICE)
        if not imported.note_digest:
            return FileDone(path.name, imported)
        answer = return_for_note(office, imported.note_digest)
        _put(answers, answer)
    except AppError as error:
        return FileDone(path.name, error=error.code)
    return _with_answer(FileDone(path.name, imported), answer)


def _export(office: Office, device_code: str, folder: Path) -> FileDone:
    answer = return_for_device(office, device_code)
    _put(folder, answer)
    return _with_answer(FileDone(answer.name), answer)


def _with_answer(done: FileDone, answer: ReturnFile) -> FileDone:
    return msgspec.structs.replace(
        done,
        answer=answer.name,
        answer_events=answer.events,
        is_answer_whole=answer.is_whole,
    )


def _put(folder: Path, answer: ReturnFile) -> None:
    """Write an answer; an older one of the same name says less."""
    write_to_stick(folder, answer.name, (answer.content,), lambda _written, _checked: None)


def _is_whole(done: FileDone) -> bool:
    if done.error:
        return False
    return done.imported is None or not (done.imported.code or done.imported.refused)


def _lines(words: Words, done: FileDone) -> list[str]:
    lines = []
    if done.error:
        reason = words.error(AppError(done.error))[0]
        lines.append(words("office_courier.unknown", name=done.name, reason=reason))
    if done.imported:
        lines += _lines_of(words, done.name, done.imported)
    if done.answer:
        events = done.answer_events
        lines.append(words("office_courier.answer", name=done.answer, events=events))
        if not done.is_answer_whole:
            lines.append(words("office_courier.more"))
    return lines


def _lines_of(words: Words, name: str, imported: Imported) -> list[str]:
    if imported.made_at is None:
        reason = words.error(AppError(imported.code))[0]
        lines = [words("office_courier.unknown", name=name, reason=reason)]
    else:
        serial = CourierName(imported.device_code, imported.serial)
        made = words.moment(imported.made_at)
        lines = [
            words(
                "office_courier.of",
                name=name, device=imported.device_code, serial=serial.serial, made=made,
            )
        ]  # fmt: skip
    lines.append(
        words(
            "office_courier.taken",
            taken=imported.taken,
            known=imported.known,
            received=imported.received,
            submissions=imported.submissions,
        )
    )
    for refused in imported.refused:
        reason = reason_of(words, refused.code)
        lines.append(words("office_courier.refused", number=refused.number, reason=reason))
    return lines


def reason_of(words: Words, code: str) -> str:
    """Return why a record was refused."""
    key = f"office_courier.reason.{code}"
    return words(key) if words.has(key) else words.error(AppError(code))[0]
