# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts lines through the rules of a log server, in the lines' own time. Nothing is sent.

The logs are in a work directory as ``log.0`` and so on, each with a row in ``logs``: see Replay.pm.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

NO_SEC = "SEC is not installed here. On Debian and Ubuntu: sudo apt install sec"

FIRST = ["Memory", "Address", "Event", "Times"]
NOT_HERE = {"Feed", "Replay", "Queue", "Inputs", *FIRST}
"""What reads the inputs of a log server, and what is named by itself."""


class ReplayError(Exception):
    """Said to the user as it is."""


def correlate(
    perl: Sequence[Path],
    context: str,
    work: Path,
    rules: Path,
    lookup: Sequence[str | Path],
    *more: str,
    python_path: Path | None = None,
) -> None:
    """Let SEC read the logs to their ends. What it finds goes to files in the work directory.

    The modules that the rules call are all of the last directory of ``perl``.
    """
    sec = shutil.which("sec")
    if sec is None:
        raise ReplayError(NO_SEC)
    modules = sorted({module.stem for module in perl[-1].glob("*.pm")} - NOT_HERE)
    report = run(
        [
            "perl",
            *(f"-I{directory}" for directory in perl),
            f"-MReplay={context},{work},{','.join(map(str, lookup))}",
            f"-MQueue={work}",
            *(f"-M{module}" for module in [*FIRST, *modules]),
            *more,
            f"-MInputs={rules}/inputs.tsv",
            sec,
            f"--conf={rules}/*.sec",
            "--intcontexts",
            "--nochildterm",
            "--notail",
            "--log=-",
            "--debug=2",
        ],
        python_path=python_path,
    )
    # At level 2 SEC says what went wrong, and nothing else.
    problems = [line for line in report.decode(errors="replace").splitlines() if line.strip()]
    if problems:
        raise ReplayError("SEC had a problem with the rules:\n" + "\n".join(problems[:10]))


def run(command: list[str | Path], python_path: Path | None = None) -> bytes:
    """Run a program; return what it printed."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    if "TZ" in os.environ:
        environment["TZ"] = os.environ["TZ"]
    if python_path:
        environment["PYTHONPATH"] = str(python_path)
    result = subprocess.run(command, env=environment, capture_output=True, check=False)
    if result.returncode or result.stderr:
        said = result.stderr.decode(errors="replace").strip()[-2000:]
        raise ReplayError(f"{Path(command[1]).name} ended with {result.returncode}: {said}")
    return result.stdout
