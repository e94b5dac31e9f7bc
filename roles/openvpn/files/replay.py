# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts past logs through the rules, and writes what they would have found. Nothing is sent.

The same correlator, lookup and outbox programs as on a log server, one after the other over whole
files: recognise, locate, judge, render.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

LOCATED = (
    "id",
    "ip",
    "country",
    "reason",
    "country_name",
    "database",
    "database_date",
    "asn",
    "as_owner",
)
CONNECTION = ("source", "time", "server", "user", "raw")
"""The fields of a line in the queue file ``located``, see docs/design.md."""


class ReplayError(Exception):
    """Said to the user as it is."""


def main() -> int:
    """Run the command; return its exit code."""
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="geowatch-replay-") as directory:
            replay(options, Path(directory))
    except (ReplayError, OSError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--roles", type=Path, required=True, help="where the roles are")
    parser.add_argument("--rules", type=Path, required=True, help="the directory of the rules")
    parser.add_argument("--database", type=Path, required=True, help="the country database")
    parser.add_argument("--output", type=Path, required=True, help="the directory of the results")
    parser.add_argument("logs", type=Path, nargs="+", help="log files, plain or .gz")
    return parser.parse_args()


def replay(options: argparse.Namespace, work: Path) -> None:
    """Write ``connections.jsonl`` and ``alerts.jsonl`` into the output directory."""
    program = {
        "geoip_info.py": options.roles / "geoip/files/geoip_info.py",
        "send_alerts.py": options.roles / "alerts/files/send_alerts.py",
    }
    _run([sys.executable, program["geoip_info.py"], "--check", options.database])
    _join(options.logs, work / "log")
    _correlate(options, work, "log", "OPENVPN_LOG")
    (work / "connections").touch()
    _run(
        [
            sys.executable,
            program["geoip_info.py"],
            "--once",
            "--follow",
            work / "connections",
            "--write",
            work / "located",
            "--state",
            work,
            "--database",
            options.database,
        ],
        python_path=options.roles / "runtime/files",
    )
    (work / "located").touch()
    _correlate(options, work, "located", "LOCATED")
    (work / "alerts").touch()
    alerts = _run(
        [sys.executable, program["send_alerts.py"], "render", work / "alerts"],
        python_path=options.roles / "runtime/files",
    )
    options.output.mkdir(parents=True, exist_ok=True)
    with (options.output / "connections.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(connection) + "\n" for connection in _connections(work))
    (options.output / "alerts.jsonl").write_bytes(alerts)


def _join(logs: list[Path], joined: Path) -> None:
    """Join the logs in their order. A torn last line does not swallow the next log's first."""
    with joined.open("wb") as target:
        for log in logs:
            with gzip.open(log) if log.suffix == ".gz" else log.open("rb") as source:
                last = b"\n"
                while block := source.read(1 << 20):
                    target.write(block)
                    last = block[-1:]
                if last != b"\n":
                    target.write(b"\n")


def _correlate(options: argparse.Namespace, work: Path, name: str, context: str) -> None:
    """Let SEC read a file to its end. What it finds goes to queue files in the work directory."""
    sec = shutil.which("sec")
    if sec is None:
        raise ReplayError("SEC is not installed here. On Debian: apt install sec")
    report = _run(
        [
            "perl",
            f"-I{options.roles / 'sec/files/perl'}",
            f"-MQueue={work}",
            "-MSyslog",
            f"-MInputs=/dev/null,{work / 'offsets'}",
            sec,
            f"--conf={options.rules}/*.sec",
            "--intevents",
            "--intcontexts",
            "--nochildterm",
            "--notail",
            "--fromstart",
            f"--input={work / name}={context}",
            "--log=-",
            "--debug=2",
        ]
    )
    # At level 2 SEC says what went wrong, and nothing else.
    problems = [line for line in report.decode(errors="replace").splitlines() if line.strip()]
    if problems:
        raise ReplayError("SEC had a problem with the rules:\n" + "\n".join(problems[:10]))


def _run(command: list[str | Path], python_path: Path | None = None) -> bytes:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    if python_path:
        environment["PYTHONPATH"] = str(python_path)
    result = subprocess.run(command, env=environment, capture_output=True, check=False)
    if result.returncode or result.stderr:
        said = result.stderr.decode(errors="replace").strip()[-2000:]
        raise ReplayError(f"{Path(command[1]).name} ended with {result.returncode}: {said}")
    return result.stdout


def _connections(work: Path) -> Iterator[dict[str, str | None]]:
    for line in (work / "located").read_bytes().split(b"\n")[:-1]:
        texts = [
            field.decode("utf-8", "backslashreplace")
            for field in line.split(b"\t", len(LOCATED) + len(CONNECTION) - 1)
        ]
        field = dict(zip(LOCATED + CONNECTION, texts, strict=True))
        yield {
            "user": field["user"] or None,
            "ip": field["ip"],
            "country": field["country"] or None,
            "server": field["server"] or None,
            "line": field["raw"],
        }


if __name__ == "__main__":
    sys.exit(main())
