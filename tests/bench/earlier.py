# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""An earlier version, out of the history, beside which today's is measured in the same run."""

from __future__ import annotations

import subprocess
from pathlib import Path

from country_database import EXPECTED
from log_server import Product, render
from paths import ROOT

COMMIT = "bfd8f02"
"""The main branch before one room followed all logins."""

MISSING = f"The history here has no {COMMIT}, so there is nothing to compare with."


def unpack(directory: Path) -> Product | None:
    """Return it, its rules filled in by its own bench; nothing if the clone is too shallow."""
    git = ["git", "-c", "safe.directory=*", "-C", str(ROOT)]
    known = [*git, "cat-file", "-e", f"{COMMIT}^{{commit}}"]
    if subprocess.run(known, stderr=subprocess.DEVNULL, check=False).returncode:
        return None
    collections = directory / "collections"
    tree = collections / "ansible_collections/loghost/geowatch"
    tree.mkdir(parents=True)
    archive = subprocess.run([*git, "archive", COMMIT], stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "--extract", "--directory", tree], input=archive, check=True)
    variables = {"openvpn_expected_countries": EXPECTED}
    return render(directory / "rendered", variables, tree, collections)
