# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts past logs through the rules, and writes what they would have found. Nothing is sent.

The same rules and programs as on a log server, but SEC runs in the logs' own time: windows end when
the logs say so, and every lookup is answered before the next line is read.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from geowatch.logins.correlate import NO_SEC, ReplayError, correlate, run
from replay_logs import LogError, write_plain
from replay_summary import Input, summary

HERE = Path(__file__).parent
ZONES = Path("/usr/share/zoneinfo")

NO_GEOIP2 = """\
The Python that runs Ansible, {python}, has no geoip2.
If Ansible is Debian's or Ubuntu's own: sudo apt install python3-geoip2
if it is of pipx: pipx inject ansible-core geoip2 (or ansible, whichever "pipx list" shows)
otherwise: {python} -m pip install geoip2"""


def main() -> int:
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="geowatch-replay-") as directory:
            replay(options, Path(directory))
    except (ReplayError, LogError, OSError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--roles", type=Path, required=True, help="where the roles are")
    parser.add_argument("--rules", type=Path, required=True, help="the directory of the rules")
    parser.add_argument("--database", type=Path, required=True, help="the country database")
    parser.add_argument("--output", type=Path, required=True, help="the directory of the results")
    parser.add_argument("--coverage", type=Path, help="write how often each rule matched")
    parser.add_argument("--zone", default="", help="the zone of time stamps that do not say theirs")
    parser.add_argument("logs", type=Path, nargs="+", help="log files, plain or compressed")
    return parser.parse_args()


def replay(options: argparse.Namespace, work: Path) -> None:
    """Write what was found to the output, and print the summary."""
    _check(options)
    geoip_info = options.roles / "geoip/files/geoip_info.py"
    run([sys.executable, geoip_info, "--check", options.database])
    with (work / "logs").open("w", encoding="utf-8", errors="surrogateescape") as rows:
        for number, log in enumerate(options.logs):
            write_plain(log, work / f"log.{number}")
            rows.write(f"{os.path.normpath(log)}\t{int(log.stat().st_mtime)}\t{options.zone}\n")
    lookup = [sys.executable, geoip_info, "--answer", "--database", options.database]
    _correlate(options, work, lookup, _context(options.rules))
    (work / "alerts").touch()
    alerts = run(
        [sys.executable, options.roles / "alerts/files/send_alerts.py", "render", work / "alerts"],
        python_path=options.roles / "runtime/files",
    )
    sessions = list(_sessions(work))
    not_understood = list(_not_understood(work))
    options.output.mkdir(parents=True, exist_ok=True)
    for name, found in (
        ("connections", _connections(work)),
        ("sessions", sessions),
        ("not_understood", not_understood),
    ):
        with (options.output / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(each) + "\n" for each in found)
    (options.output / "alerts.jsonl").write_bytes(alerts)
    if options.coverage:
        shutil.copy(work / "coverage", options.coverage)
    raised = [json.loads(line) for line in alerts.splitlines()]
    print("\n".join(summary(list(_inputs(work)), sessions, raised, not_understood)))


def _check(options: argparse.Namespace) -> None:
    if shutil.which("sec") is None:
        raise ReplayError(NO_SEC)
    if importlib.util.find_spec("geoip2") is None:
        raise ReplayError(NO_GEOIP2.format(python=sys.executable))
    is_zone = re.fullmatch(r"[A-Za-z][\w+-]*(/[\w+-]+)*", options.zone)
    if options.zone and not (is_zone and (ZONES / options.zone).is_file()):
        raise ReplayError(
            f"replay_timezone: {options.zone!r} is no time zone that this machine knows. "
            "Write one such as Europe/Helsinki or UTC"
        )
    seen = set()
    for log in options.logs:
        if log.resolve() in seen:
            raise ReplayError(f"replay_logs: {log} is there twice: its logins would count twice")
        seen.add(log.resolve())
        if re.search(r"[\x00-\x1f\x7f]", str(log)):
            raise ReplayError(f"replay_logs: {str(log)!r} has a control character in its name")


def _context(rules: Path) -> str:
    """Return the context of the source: the first input is of it."""
    rows = (rules / "inputs.tsv").read_text("utf-8").splitlines()
    return next(row.split("\t")[1] for row in rows if row.startswith("file\t"))


def _correlate(
    options: argparse.Namespace, work: Path, lookup: list[str | Path], context: str
) -> None:
    """Let SEC read the logs, with a rule more that writes down what was found."""
    shutil.copytree(options.rules, work / "rules")
    own = (HERE / "99-replay.sec").read_text().replace("SOURCES", context)
    (work / "rules/99-replay.sec").write_text(own)
    perl = [options.roles / "sec/files/perl", HERE / "perl"]
    python_path = options.roles / "runtime/files"
    correlate(perl, context, work, work / "rules", lookup, python_path=python_path)


def _found(work: Path, kind: str) -> Iterator[list[str]]:
    """Yield the fields of what 99-replay.sec wrote down, as text."""
    for line in (work / "found").read_bytes().split(b"\n")[:-1]:
        fields = [field.decode("utf-8", "backslashreplace") for field in line.split(b"\t")]
        if fields[0] == kind:
            yield fields[1:]


def _connections(work: Path) -> Iterator[dict[str, str | None]]:
    """Yield every connection, whatever became of it."""
    for user, ip, country, server, *line in _found(work, "connected"):
        yield {
            "user": user or None,
            "ip": ip,
            "country": country or None,
            "server": server or None,
            "line": "\t".join(line),
        }


def _sessions(work: Path) -> Iterator[dict[str, str | None]]:
    """Yield every login that was judged, with its end where the log has one."""
    ends = dict(_found(work, "end"))
    for identifier, ip, country, *_found_out, start, server, user, _peer, proof in (
        login[:15] for login in _found(work, "login")
    ):
        yield {
            "user": user or None,
            "ip": ip,
            "country": country or None,
            "server": server or None,
            "proof": proof,
            "start": start,
            "end": ends.get(identifier),
        }


def _not_understood(work: Path) -> Iterator[dict[str, str | int]]:
    """Yield every line that may be a login and was not understood."""
    for log, number, why, *line in _found(work, "not_understood"):
        yield {"line": "\t".join(line), "log": log, "number": int(number), "why": why}


def _inputs(work: Path) -> Iterator[Input]:
    """Yield what became of each log."""
    for row in (work / "inputs").read_bytes().split(b"\n")[:-1]:
        *counts, path = row.split(b"\t")
        yield Input(path.decode("utf-8", "backslashreplace"), *map(int, counts))


if __name__ == "__main__":
    sys.exit(main())
