# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source file sshd.yml finds what sshd's lines say, as Perl reads it."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.loghost.geowatch.plugins.plugin_utils.sources import normalise
from ansible_collections.loghost.geowatch.tests.unit.plugins.plugin_utils.perl import first_match

ROOT = Path(__file__).resolve().parents[4]
MEANS = {"login": "established", "failure": "failed", "end": "ended", "noise": None}

with (ROOT / "tests/rules/corpus/sources/sshd.tsv").open(encoding="utf-8") as corpus:
    ROWS = list(csv.DictReader(corpus, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def sshd() -> dict[str, Any]:
    items = [{"source": "sshd", "files": ["/var/log/remote/*/auth.log"]}]
    return normalise(items, str(ROOT / "roles/logins/sources"))[0]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["raw"][:60])
def test_each_line_of_the_corpus(row: dict[str, str], sshd: dict[str, Any]) -> None:
    program, message = re.findall(r" ([\w-]+)\[\d+\]: (.*)", row["raw"])[0]
    assert (program in sshd["programs"]) is (row["proof"] != "another program")
    found = first_match(sshd["messages"], message)
    if program in sshd["programs"]:
        assert found.get("means") == MEANS[row["kind"]]
        # Whose session it is says the address then, not the line.
        user = "" if row["proof"].startswith("by address and port") else row["user"]
        assert (found.get("user", ""), found.get("ip", "")) == (user, row["ip"])
    read = any(word in message for word in sshd["words"])
    assert read or not found


@pytest.mark.parametrize(
    ("message", "means", "user"),
    [
        (
            "Accepted publickey for a from 198.51.100.7 port 1 ssh2: X ID b from 192.0.2.1 port 1 "
            "ssh2",
            "established",
            "a",
        ),
        ("Connection closed by user anna 198.51.100.7 port 4711", "ended", "anna"),
        ("Connection reset by user anna 198.51.100.7 port 4711", "ended", "anna"),
        ("Timeout, client not responding from user a b 198.51.100.7 port 4711", "ended", "a b"),
        ("Connection closed by authenticating user anna 198.51.100.7 port 4711", None, None),
        ("Disconnected from invalid user anna 198.51.100.7 port 4711", None, None),
        ("Postponed publickey for anna from 198.51.100.7 port 4711 ssh2", None, None),
        ("Failed none for invalid user  from 198.51.100.7 port 4711 ssh2", "failed", ""),
    ],
)
def test_other_lines(message: str, means: str | None, user: str | None, sshd: Any) -> None:
    found = first_match(sshd["messages"], message)
    assert (found.get("means"), found.get("user")) == (means, user)
