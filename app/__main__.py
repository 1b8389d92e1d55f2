"""The front doors: words on the command line become one call; nothing is decided here.

Imports late, so that the kiosk's first picture waits for nothing that it does not need.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date, time
from pathlib import Path

from app.errors import AppError, UserError

_DATA_HELP = "the kiosk's folder (or LOKET_DATA)"


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done; 1 a fault that was told; 2 words on the command line that mean nothing.
    """
    if getattr(sys, "frozen", False):
        import multiprocessing

        multiprocessing.freeze_support()
    arguments = parser().parse_args(argv)
    command = getattr(arguments, "command", None) or "kiosk"
    try:
        return _run(command, arguments)
    except AppError as error:
        _tell(error)
        return 1
    except EOFError:
        # A secret was asked for where nobody can type.
        _tell(UserError("nothing_typed"))
        return 1
    except KeyboardInterrupt:
        return 130


def _run(command: str, arguments: argparse.Namespace) -> int:
    if command == "kiosk":
        from app.bootstrap import draw_home, run_kiosk

        picture: Path | None = getattr(arguments, "picture", None)
        return draw_home(arguments.data, picture) if picture else run_kiosk(arguments.data)
    if command == "demo":
        from app.demo import run_demo

        return run_demo(arguments.folder, offscreen=arguments.offscreen)
    if command == "office":
        from app.office_commands import run

        return run(arguments)
    if command == "courier":
        from app.courier_commands import run

        return run(arguments)
    if command in ("backup", "restore"):
        from app import backup_commands

        return backup_commands.run(command, arguments)
    from app import kiosk_commands

    return kiosk_commands.run(command, arguments)


def _tell(error: AppError) -> None:
    from app.config import terminal_language
    from app.resources import load_words

    title, detail = load_words(terminal_language(os.environ)).error(error)
    sys.stderr.write(f"{title}\n{detail}\n[{error.code}]\n")


def parser() -> argparse.ArgumentParser:
    """Return what the command line may say."""
    loket = argparse.ArgumentParser(
        prog="loket", description="Loket Pulau: offline immigration kiosk"
    )
    loket.add_argument("--data", type=Path, help=_DATA_HELP)
    commands = loket.add_subparsers(dest="command", metavar="COMMAND")
    _add_kiosk_commands(commands)
    _add_courier_commands(commands)
    _add_backup_commands(commands)
    _add_office_commands(commands)
    demo = commands.add_parser("demo", help="an office on this machine and an enrolled kiosk")
    demo.add_argument("--folder", type=Path, help="where the demo keeps its things")
    demo.add_argument(
        "--offscreen", action="store_true", help="the whole journey without a display"
    )
    return loket


def _add_kiosk_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    kiosk = commands.add_parser("kiosk", help="the kiosk's window (the default)")
    _add_data(kiosk)
    kiosk.add_argument("--picture", type=Path, metavar="FILE", help="draw the first screen, end")
    sync = commands.add_parser("sync", help="send what waits, take what the office says")
    _add_data(sync)
    sync.add_argument("--once", action="store_true", help="one cycle, then end")
    sync.add_argument("--json", action="store_true", help="the report as one line of JSON")
    submit = commands.add_parser("submit", help="finalize an application prepared as a folder")
    _add_data(submit)
    submit.add_argument("folder", type=Path, help="holds application.json and the pages")
    submit.add_argument("--json", action="store_true", help="the result as one line of JSON")
    enrol = commands.add_parser("enrol", help="make this device known to an office")
    _add_data(enrol)
    enrol.add_argument("--office", required=True, help="address, such as https://office.example")
    enrol.add_argument("--name", required=True, help="what people call this kiosk")
    enrol.add_argument("--code", help="from the office; asked for when left out")
    operator = commands.add_parser("operator", help="let an operator in who forgot the password")
    _add_data(operator)
    operator.add_argument("--reset", required=True, metavar="NAME", help="set a new password")
    doctor = commands.add_parser("doctor", help="what is well here and what is not")
    _add_data(doctor)
    doctor.add_argument("--json", action="store_true", help="as one line of JSON")


def _add_courier_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    courier = commands.add_parser("courier", help="send and take news by stick")
    parts = courier.add_subparsers(dest="courier_command", metavar="PART", required=True)
    drives = parts.add_parser("drives", help="list the sticks that are plugged in")
    export = parts.add_parser("export", help="write everything without a receipt onto a stick")
    take = parts.add_parser("import", help="read the office's answers")
    take.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="files, or the stick")
    whole = parts.add_parser("exchange", help="read, write, and put down answers, in one go")
    whole.add_argument("--carry", action="store_true", help="take other kiosks' files along")
    for part in (export, whole):
        part.add_argument("--to", type=Path, metavar="FOLDER", help="else the only stick there is")
    for part in (drives, export, take, whole):
        _add_data(part)
        part.add_argument("--json", action="store_true", help="the result as one line of JSON")


def _add_backup_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser("backup", help="copy everything to another disk or a stick")
    backup.add_argument("folder", type=Path, nargs="?", help="else the one chosen under settings")
    backup.add_argument(
        "--new-recovery-code",
        action="store_true",
        help="show a code that opens backups on any computer",
    )
    restore = commands.add_parser("restore", help="put a backup in the place of the kiosk's store")
    restore.add_argument("folder", type=Path, help="where the backup is")
    for part in (backup, restore):
        _add_data(part)
        part.add_argument("--json", action="store_true", help="the result as one line of JSON")


def _add_office_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    office = commands.add_parser("office", help="the office's server")
    parts = office.add_subparsers(dest="office_command", metavar="PART", required=True)
    serve = parts.add_parser("serve", help="run the server")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8443, help="0 lets the system choose")
    serve.add_argument("--workers", type=_count, default=1, help="processes; needs PostgreSQL")
    serve.add_argument("--tls-certificate", default="", metavar="FILE")
    serve.add_argument("--tls-key", default="", metavar="FILE")
    # For the demo: its office ends with it, however the demo ended.
    serve.add_argument("--until-input-ends", action="store_true", help=argparse.SUPPRESS)
    serve.add_argument("--without-second-factor", action="store_true", help=argparse.SUPPRESS)
    code = parts.add_parser("code", help="make a one-time code that enrols a device")
    code.add_argument("device_code", help="three letters that begin its references, such as LET")
    code.add_argument("device_name", help="what people call the kiosk")
    officer = parts.add_parser("officer", help="add an officer's account")
    officer.add_argument("name")
    officer.add_argument("shown_name")
    officer.add_argument(
        "--role",
        action="append",
        dest="roles",
        help="intake, interviewer, adjudicator, cashier, supervisor or administrator; repeatable",
    )
    _add_simulator(parts)
    rescue = parts.add_parser("rescue", help="let an officer in again: password, phone, lock")
    rescue.add_argument("name")
    publish = parts.add_parser("publish", help="publish a newer catalogue to every device")
    publish.add_argument("folder", type=Path, help="laid out as resources/catalogue")
    backup = parts.add_parser("backup", help="copy database and records to another disk")
    backup.add_argument("folder", type=Path, help="an existing folder there")
    restore = parts.add_parser("restore", help="put a backup into a new folder")
    restore.add_argument("folder", type=Path, help="where the backup is")
    shown = (serve, code, officer, rescue, publish, backup, restore)
    for part in (*shown, *_add_later_life(parts), *_add_office_courier(parts)):
        part.add_argument("--data", type=Path, required=True, help="the office's folder")
        part.add_argument("--database", default="", help="PostgreSQL address; SQLite when left out")
        part.add_argument("--office-id", default="tarempa")
        part.add_argument("--office-name", default="Kantor Imigrasi Kelas II TPI Tarempa")


def _add_later_life(
    parts: argparse._SubParsersAction[argparse.ArgumentParser],
) -> tuple[argparse.ArgumentParser, ...]:
    pay = parts.add_parser("pay", help="tell a payment as the simulated provider would")
    pay.add_argument("code", nargs="+", help="the billing code, in groups or in one")
    pay.add_argument("--rupiah", type=int, help="another sum than the one due")
    hours = parts.add_parser("hours", help="say when people are seen, or close a day")
    hours.add_argument("--place-id", default="TRM", help="capitals and digits, begins slots' names")
    hours.add_argument("--place", default="Kantor Imigrasi", help="what people read")
    hours.add_argument("--weekday", type=int, choices=range(7), help="0 is Monday")
    hours.add_argument("--day", type=date.fromisoformat, help="one day, such as 2026-12-01")
    hours.add_argument("--opens", type=time.fromisoformat, default=time(8))
    hours.add_argument("--closes", type=time.fromisoformat, default=time(11))
    hours.add_argument("--minutes", type=int, default=15)
    hours.add_argument("--places", type=int, default=1)
    hours.add_argument("--priority-places", type=int, default=0)
    hours.add_argument("--closed", metavar="WHY", help="see nobody on --day")
    return hours, pay


def _add_simulator(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    simulate = parts.add_parser("simulate-agencies", help="pretended provider, registry, ministry")
    simulate.add_argument("--port", type=int, default=8600, help="0 lets the system choose")
    simulate.add_argument("--office", default="", help="address that payments are told to")


def _add_office_courier(
    parts: argparse._SubParsersAction[argparse.ArgumentParser],
) -> tuple[argparse.ArgumentParser, ...]:
    courier = parts.add_parser("courier", help="courier files: take them, write the answers")
    verbs = courier.add_subparsers(dest="courier_command", metavar="VERB", required=True)
    take = verbs.add_parser("import", help="take everything that is whole; answers go beside it")
    take.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="files, or the stick")
    take.add_argument("--answers", type=Path, metavar="FOLDER", help="write the answers there")
    export = verbs.add_parser("export", help="write what one device may not have heard")
    export.add_argument("--device", required=True, metavar="CODE", help="such as LET")
    export.add_argument("--to", type=Path, default=Path(), metavar="FOLDER")
    for verb in (take, export):
        verb.add_argument("--json", action="store_true", help="the result as one line of JSON")
    return (take, export)


def _count(typed: str) -> int:
    count = int(typed)
    if count < 1:
        raise ValueError(typed)
    return count


def _add_data(parser: argparse.ArgumentParser) -> None:
    # No default here: it would take the place of a folder that was named before the command.
    parser.add_argument("--data", type=Path, help=_DATA_HELP, default=argparse.SUPPRESS)


if __name__ == "__main__":
    sys.exit(main())
