# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the country of an address: once for a person, or resident for the queue files."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from pathlib import Path

from geowatch.geoip.answer import answer
from geowatch.geoip.asn import AsnDatabase
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.mmdb import DatabaseError, opened, printable

DIRECTORY = Path("/var/lib/geowatch/database")

EXIT_CODES = {
    "found": 0,
    "not_found": 1,
    "internal": 1,
    "bad_address": 3,
    "no_database": 4,
    "bad_database": 4,
}
"""By reason. 2 is a wrong command line, 5 a queue file that cannot be read or written."""

EXIT_QUEUE_FILE = 5

PROBLEMS = {
    "not_found": "in no country, as far as the database knows",
    "internal": "an address of an internal network, in no country",
    "bad_address": "not an IPv4 or IPv6 address",
}
"""What is said by reason; of the others the database says more."""

EPILOG = """\
exit codes: 0 found; 1 in no country; 2 wrong command line; 3 not an address;
4 no usable database; 5 a queue file cannot be read or written.
Put -- before an EVENT that may start with a dash.
"""


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.check:
        return _check(options.check)
    if options.answer:
        return _answer(options)
    if options.follow:
        if not options.write or not options.state or options.event is not None:
            parser.error("--follow needs --write and --state, and no EVENT")
        return _follow(options)
    if options.ip is None:
        parser.error("EVENT and IP are required")
    return _look_up(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        usage="%(prog)s [--database FILE] [--format text|json] EVENT IP\n"
        "       %(prog)s --check FILE\n"
        "       %(prog)s --answer [--database FILE]\n"
        "       %(prog)s --follow CONNECTIONS --write LOCATED --state DIR\n"
        "           [--database FILE] [--health FILE] [--ageing-days N] [--stale-days N]",
        description="Print EVENT:IP:CC, where CC is the country of the address IP.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("event", metavar="EVENT", nargs="?", help="any text; printed back")
    parser.add_argument("ip", metavar="IP", nargs="?", help="an IPv4 or IPv6 address")
    parser.add_argument(
        "--database",
        metavar="FILE",
        type=Path,
        default=DIRECTORY / "country.mmdb",
        help="a Country, City or Enterprise database (default: %(default)s)",
    )
    parser.add_argument(
        "--asn-database",
        metavar="FILE",
        type=Path,
        default=DIRECTORY / "asn.mmdb",
        help="an ASN database, which need not be there (default: %(default)s)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--check", metavar="FILE", type=Path, help="only check a database")
    parser.add_argument(
        "--answer",
        action="store_true",
        help="answer lines of a queue file from standard input, each at once",
    )
    parser.add_argument(
        "--follow", metavar="CONNECTIONS", type=Path, help="stay, and answer this queue file"
    )
    parser.add_argument("--write", metavar="LOCATED", type=Path, help="the queue file of answers")
    parser.add_argument(
        "--state", metavar="DIR", type=Path, help="where the position in CONNECTIONS is kept"
    )
    parser.add_argument(
        "--health", metavar="FILE", type=Path, help="the queue file of the databases' health"
    )
    parser.add_argument("--ageing-days", metavar="N", type=int, default=14)
    parser.add_argument("--stale-days", metavar="N", type=int, default=30)
    return parser


def _check(path: Path) -> int:
    database = opened(CountryDatabase, path)
    if isinstance(database, DatabaseError):
        return _fail(str(database), EXIT_CODES[database.reason])
    print(_text(f"{path}: {database}"))
    return 0


def _look_up(options: argparse.Namespace) -> int:
    database = opened(CountryDatabase, options.database)
    found = answer(options.ip, database, opened(AsnDatabase, options.asn_database))
    code = EXIT_CODES[found.reason]
    if options.format == "json":
        fields = {"event": options.event, **found._asdict()}
        print(json.dumps({name: _text(value) for name, value in fields.items()}))
    elif code == 0:
        # Bytes: the event may be anything that a command line can hold.
        line = f"{options.event}:{found.ip}:{found.country}\n"
        sys.stdout.buffer.write(os.fsencode(line))
    if code:
        problem = PROBLEMS.get(found.reason, str(database))
        return _fail(f"{_text(found.ip)}: {problem}", code)
    return 0


def _answer(options: argparse.Namespace) -> int:
    from geowatch.geoip.follow import located_line

    database = opened(CountryDatabase, options.database)
    if isinstance(database, DatabaseError):
        return _fail(str(database), EXIT_CODES[database.reason])
    asn_database = opened(AsnDatabase, options.asn_database)
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(located_line(line.rstrip(b"\n"), database, asn_database) + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _follow(options: argparse.Namespace) -> int:
    # Imported here because the command for people needs no queue files.
    from geowatch.geoip.follow import Follower
    from geowatch.geoip.health import HealthWriter, Thresholds
    from geowatch.journal import log_to_journal

    log_to_journal()
    try:
        health = None
        if options.health:
            thresholds = Thresholds(options.ageing_days, options.stale_days)
            health = HealthWriter(options.health, DIRECTORY / "update.json", thresholds)
        queue_files = options.follow, options.write, options.state
        Follower(*queue_files, options.database, options.asn_database, health).run()
    except OSError as error:
        logging.error("%s", error)
        return EXIT_QUEUE_FILE
    return 0


def _fail(text: str, code: int) -> int:
    print(f"geoip_info.py: {printable(text)}", file=sys.stderr)
    return code


def _text(argument: str) -> str:
    """Return an argument as text that can be encoded; bytes that are not UTF-8 are escaped."""
    return os.fsencode(argument).decode("utf-8", "backslashreplace")
