"""The office's commands: serve, enrolment codes, officers, catalogues, backup and restore."""

from __future__ import annotations

import argparse
import getpass
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.bootstrap import MachineClock, MachineDice
from app.config import terminal_language
from app.domain.words import Words
from app.office.context import OfficeSettings
from app.resources import load_catalogue, load_words, read_catalogue_folder

if TYPE_CHECKING:
    from app.domain.words import Words
    from app.office.context import Office

#: A new officer's password for scripts; asked for at the terminal otherwise.
PASSWORD_VARIABLE = "LOKET_OFFICER_PASSWORD"


def run(arguments: argparse.Namespace) -> int:
    """Run one of the office's commands; 0 when it is done."""
    part = arguments.office_command
    if part == "serve":
        return _serve(arguments)
    if part == "courier":
        from app.office_courier_commands import run as run_courier

        return run_courier(arguments)
    if part == "simulate-agencies":
        from app.office_agency_commands import run as run_simulator

        return run_simulator(arguments)
    words = load_words(terminal_language(os.environ))
    if part == "restore":
        from app.office.backup import restore

        restored = restore(office_settings(arguments), arguments.folder)
        lines = [words("cli.office_restored", folder=restored.folder)]
        if restored.missing:
            lines.append(words("cli.office_restore_missing", missing=restored.missing))
        sys.stdout.write("\n".join(lines) + "\n")
        return 1 if restored.missing else 0
    with opened_office(office_settings(arguments)) as office:
        if part == "backup":
            return _back_up(office, arguments.folder, words)
        if part == "pay":
            # As the kiosk shows it: in groups, which a shell hands over one by one.
            outcome = _pay(office, "".join("".join(arguments.code).split()), arguments.rupiah)
            sys.stdout.write(words(f"cli.paid_{outcome}") + "\n")
            return 1 if outcome == "unknown_code" else 0
        if part == "code":
            from app.office.enrolling import new_enrolment_code

            code = new_enrolment_code(office, arguments.device_name, arguments.device_code)
            said = words("cli.office_code", code=code)
        elif part == "officer":
            from app.office.officers import add_officer

            roles = arguments.roles or ("adjudicator",)
            add_officer(office, arguments.name, arguments.shown_name, _password(words), roles)
            said = words("cli.officer_added", name=arguments.name)
        elif part == "hours":
            said = words("cli.hours_set", count=_set_hours(office, arguments))
        elif part == "rescue":
            from app.office.officers import rescue_officer

            rescue_officer(office, arguments.name, _password(words))
            said = words("cli.officer_rescued", name=arguments.name)
        else:
            from app.office.catalogues import publish_catalogue

            catalogue = read_catalogue_folder(arguments.folder)
            publish_catalogue(office, catalogue)
            said = words("cli.catalogue_published", version=catalogue.version)
    sys.stdout.write(said + "\n")
    return 0


def _password(words: Words) -> str:
    return os.environ.get(PASSWORD_VARIABLE) or getpass.getpass(words("cli.officer_password"))


def _back_up(office: Office, folder: Path, words: Words) -> int:
    from app.office.backup import back_up

    done = back_up(office, folder)
    facts = {"folder": done.folder, "files": done.files, "copied": done.copied}
    lines = [words("cli.office_backup_made", **facts)]
    if done.missing:
        lines.append(words("cli.office_backup_missing", missing=done.missing))
    if not done.has_database:
        lines.append(words("cli.office_backup_without_database"))
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if done.missing else 0


@contextmanager
def opened_office(settings: OfficeSettings) -> Iterator[Office]:
    """Open an office's folder for one command, beside a running server or without one."""
    from app.office.opening import open_office

    office = open_office(settings, MachineClock(), MachineDice(), load_catalogue)
    try:
        yield office
    finally:
        office.close()


def office_settings(arguments: argparse.Namespace) -> OfficeSettings:
    """Return the settings named on the command line and in the environment.

    What needs a secret is named in the environment: everybody on a machine sees its command lines.
    """
    certificate = getattr(arguments, "tls_certificate", "")
    host = getattr(arguments, "host", "127.0.0.1")
    # Nobody but the demo asks for it, and nobody else's office is reached on loopback without TLS.
    is_demo = getattr(arguments, "without_second_factor", False) and host == "127.0.0.1"
    return OfficeSettings(
        folder=arguments.data,
        office_id=arguments.office_id,
        office_name=arguments.office_name,
        host=host,
        port=getattr(arguments, "port", 0),
        database_url=arguments.database,
        workers=getattr(arguments, "workers", 1),
        blobs_url=os.environ.get("LOKET_BLOBS_URL", ""),
        blobs_key=os.environ.get("LOKET_BLOBS_KEY", ""),
        blobs_secret=os.environ.get("LOKET_BLOBS_SECRET", ""),
        tls_certificate=certificate,
        tls_key=getattr(arguments, "tls_key", ""),
        is_https=bool(certificate),
        has_second_factor=not is_demo,
        payments=os.environ.get("LOKET_PAYMENTS", ""),
        payment_secret=os.environ.get("LOKET_PAYMENT_SECRET", ""),
        registry_url=os.environ.get("LOKET_REGISTRY_URL", ""),
        registry_secret=os.environ.get("LOKET_REGISTRY_SECRET", ""),
        ministry_url=os.environ.get("LOKET_MINISTRY_URL", ""),
        ministry_secret=os.environ.get("LOKET_MINISTRY_SECRET", ""),
        agency_ca_file=os.environ.get("LOKET_AGENCY_CA_FILE", ""),
        mail_url=os.environ.get("LOKET_MAIL_URL", ""),
        mail_from=os.environ.get("LOKET_MAIL_FROM", ""),
        sms_url=os.environ.get("LOKET_SMS_URL", ""),
        sms_token=os.environ.get("LOKET_SMS_TOKEN", ""),
    )


def _set_hours(office: Office, arguments: argparse.Namespace) -> int:
    """Add hours, or close a day; return how many slots there are now."""
    from app.office.slots.calendar import open_slots
    from app.office.slots.rules import Hours, add_hours, close_day

    if arguments.closed:
        close_day(office, arguments.day, arguments.closed)
    else:
        add_hours(
            office,
            Hours(
                arguments.place_id,
                arguments.place,
                arguments.weekday,
                arguments.day,
                arguments.opens,
                arguments.closes,
                arguments.minutes,
                arguments.places,
                arguments.priority_places,
            ),
        )
    with office.database.read() as session:
        return len(open_slots(session, office.clock.now()))


def _pay(office: Office, code: str, rupiah: int | None) -> str:
    """Be the simulated provider: tell one payment as the real one would, signature and all.

    Raises:
        UserError: ``billing_off`` at an office without the simulator.
    """
    from app.errors import UserError
    from app.office.billing.bills import sum_of
    from app.office.billing.notices import PaymentNotice, read_notice, take_notice
    from app.office.ways.signing import sign

    if office.settings.payments != "simulator":
        raise UserError("billing_off")
    now = office.clock.now()
    name = office.dice.bytes(8).hex()
    due = sum_of(office, code) if rupiah is None else rupiah
    notice = PaymentNotice(name, code, due, now, name.upper())
    body = msgspec.json.encode(notice)
    secret = office.settings.payment_secret or name
    return take_notice(office, read_notice(body, sign(body, secret, now), secret, now))


def _serve(arguments: argparse.Namespace) -> int:
    from app.office.serving import log_to_stderr, run_office

    log_to_stderr()
    if arguments.until_input_ends:
        threading.Thread(target=_stop_when_input_ends, name="input", daemon=True).start()
    run_office(office_settings(arguments), MachineClock(), MachineDice(), load_catalogue)
    return 0


def _stop_when_input_ends() -> None:
    """Stop the server, as its service would, once whoever holds the other end of the input is gone.

    Not as Ctrl+C does: what a shell starts in the background is told to ignore that.
    """
    sys.stdin.buffer.read()
    signal.raise_signal(signal.SIGTERM)
