"""The kiosk's backup without a screen: make one, make a recovery code, put one back."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

import msgspec

from app.bootstrap import MachineClock, kiosk_folder, make_backups, open_kiosk
from app.config import terminal_language
from app.domain.words import Words
from app.resources import load_words
from app.storage.backup import TellsProgress


def run(command: str, arguments: argparse.Namespace) -> int:
    """Run ``backup`` or ``restore``; 0 when all of it is well, 1 when files are missing."""
    words = load_words(terminal_language(os.environ))
    return _back_up(arguments, words) if command == "backup" else _restore(arguments, words)


def _back_up(arguments: argparse.Namespace, words: Words) -> int:
    with open_kiosk(kiosk_folder(arguments.data)) as opened:
        backups = make_backups(opened)
        if arguments.new_recovery_code:
            code = backups.new_recovery_code()
            sys.stdout.write(words("cli.recovery_code", code=code) + "\n")
            if arguments.folder is None and not backups.status().folder:
                return 0
        report = backups.make(arguments.folder, _line(arguments))
    if arguments.json:
        _say_json(report)
        return 1 if report.missing else 0
    lines = [
        words("cli.backup_made", folder=report.folder, files=report.files, copied=report.copied)
    ]
    if report.missing:
        lines.append(words("cli.backup_missing", missing=report.missing))
    lines += [words("cli.backup_kept", folder=folder) for folder in report.kept]
    if not report.has_recovery_code:
        lines.append(words("cli.backup_without_code"))
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if report.missing else 0


def _restore(arguments: argparse.Namespace, words: Words) -> int:
    from app.security.key_store import MachineKeyRing
    from app.services.backing_up import put_back

    done = put_back(
        kiosk_folder(arguments.data),
        arguments.folder,
        MachineKeyRing(),
        MachineClock(),
        lambda: getpass.getpass(words("cli.ask_recovery_code")),
        _line(arguments),
    )
    if arguments.json:
        _say_json(done)
        return 1 if done.missing else 0
    made_at = words.moment(done.backup_made_at)
    lines = [words("cli.restored", made_at=made_at, missing=done.missing)]
    if done.skipped_serials:
        lines.append(words("cli.restored_serials", count=done.skipped_serials))
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if done.missing else 0


def _line(arguments: argparse.Namespace) -> TellsProgress:
    """Return what counts on one line of a terminal; where nobody looks, what does nothing."""
    is_watched = not arguments.json and sys.stderr.isatty()

    def tell(done: int, of: int) -> None:
        if is_watched:
            sys.stderr.write(f"\r{done}/{of}" + ("\n" if done == of else ""))

    return tell


def _say_json(report: object) -> None:
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
