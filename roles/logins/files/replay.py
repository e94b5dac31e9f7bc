# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts past logs through the rules, and writes what they would have found. Nothing is sent.

The same rules and programs as on a log server, but SEC runs in the logs' own time: windows end when
the logs say so, and every lookup is answered before the next line is read.
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

HERE = Path(__file__).parent


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
    parser.add_argument("--coverage", type=Path, help="write how often each rule matched")
    parser.add_argument("logs", type=Path, nargs="+", help="log files, plain or .gz")
    return parser.parse_args()


def replay(options: argparse.Namespace, work: Path) -> None:
    """Write ``connections.jsonl``, ``sessions.jsonl`` and ``alerts.jsonl`` to the output."""
    geoip_info = options.roles / "geoip/files/geoip_info.py"
    _run([sys.executable, geoip_info, "--check", options.database])
    for number, log in enumerate(options.logs):
        with (
            gzip.open(log) if log.suffix == ".gz" else log.open("rb") as source,
            (work / f"log.{number}").open("wb") as target,
        ):
            shutil.copyfileobj(source, target)
    lookup = [sys.executable, geoip_info, "--answer", "--database", options.database]
    _correlate(options, work, lookup)
    (work / "alerts").touch()
    alerts = _run(
        [sys.executable, options.roles / "alerts/files/send_alerts.py", "render", work / "alerts"],
        python_path=options.roles / "runtime/files",
    )
    options.output.mkdir(parents=True, exist_ok=True)
    for name, found in (("connections", _connections(work)), ("sessions", _sessions(work))):
        with (options.output / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(each) + "\n" for each in found)
    (options.output / "alerts.jsonl").write_bytes(alerts)
    if options.coverage:
        shutil.copy(work / "coverage", options.coverage)


def _correlate(
    options: argparse.Namespace, work: Path, lookup: list[str | Path], context: str = "OPENVPN_LOG"
) -> None:
    """Let SEC read the logs to their ends. What it finds goes to files in the work directory."""
    sec = shutil.which("sec")
    if sec is None:
        raise ReplayError("SEC is not installed here. On Debian: apt install sec")
    shutil.copytree(options.rules, work / "rules")
    shutil.copy(HERE / "99-replay.sec", work / "rules")
    report = _run(
        [
            "perl",
            f"-I{options.roles / 'sec/files/perl'}",
            f"-MReplay={context},{work},{','.join(map(str, lookup))}",
            f"-MQueue={work}",
            "-MMemory",
            "-MSyslog",
            f"-I{HERE / 'perl'}",
            *(f"-M{module.stem}" for module in sorted((HERE / "perl").glob("*.pm"))),
            f"-MInputs={work}/rules/inputs.tsv",
            sec,
            f"--conf={work}/rules/*.sec",
            "--intcontexts",
            "--nochildterm",
            "--notail",
            "--log=-",
            "--debug=2",
        ],
        python_path=options.roles / "runtime/files",
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


if __name__ == "__main__":
    sys.exit(main())
