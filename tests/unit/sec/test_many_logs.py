# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any number of logs, with the descriptors that there are, and what is no log of its own."""

from __future__ import annotations

import gzip
import os
import resource
from pathlib import Path

import pytest
from correlator import ROLE, Correlator, wait_for
from reader import read


def test_more_logs_than_descriptors(tmp_path: Path) -> None:
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tbeginning\t{tmp_path}/*/a.log\n")
    for number in range(300):
        (tmp_path / f"vpn{number}").mkdir()
        (tmp_path / f"vpn{number}/a.log").write_text("line 1\n")
    again = 'for each in */a.log; do echo "line 2" >>$each; done'
    rotated = "for each in */a.log; do mv $each $each.1; echo line 3 >$each; done"
    late = 'for each in */a.log; do echo "late" >>$each.1; done'
    steps = ["look", again, "look", rotated, "look", late, "later 61", "look", "look", "save"]
    heard = read(tmp_path, *steps, descriptors=128)
    assert sorted(heard.texts()) == sorted(
        text for text in ("line 1", "line 2", "line 3", "late") for _log in range(300)
    )
    assert heard.news == []
    assert read(tmp_path, "look").lines == []


def test_the_descriptors_of_the_unit_are_enough() -> None:
    """For 5,000 logs that are all written to, so that no log is closed and opened all the time."""
    unit = (ROLE / "templates/geowatch-sec.service.j2").read_text()
    (limit,) = (line.split("=")[1] for line in unit.splitlines() if line.startswith("LimitNOFILE="))
    assert int(limit) > 5_000 + 64


def test_no_descriptor_is_left(sec: Correlator) -> None:
    """It rings, and all is read when there are some again."""
    sec.start()
    assert sec.process is not None
    wait_for(lambda: (sec.directory / "offsets.tsv").exists())
    sec.log("a.log", "line 1")
    sec.log("b\x01.log", "nobody reads it, and that is news")
    wait_for(lambda: sec.seen() == ["line 1"] and len(sec.news()) == 1)
    open_now = len(list(Path(f"/proc/{sec.process.pid}/fd").iterdir()))
    limits = resource.prlimit(sec.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(sec.process.pid, resource.RLIMIT_NOFILE, (open_now, limits[1]))
    sec.log("c.log", "line 2")
    wait_for(lambda: len(sec.news()) == 2)
    resource.prlimit(sec.process.pid, resource.RLIMIT_NOFILE, limits)
    wait_for(lambda: "line 2" in sec.seen() and len(sec.news()) == 3)
    about = [(kind, path, what) for kind, _server, path, what in sec.news()[1:]]
    assert about == [
        (
            *("closed", str(sec.logs)),
            "cannot be looked into (Too many open files): logs in it are not seen",
        ),
        ("open", str(sec.logs), "can be looked into again"),
    ]


ROTATED = [
    *("log.1", "log.10", "log.0", "log-20261127", "log.20261127", "log-20261127-1795741200"),
    *("log-2026-11-27", "log_2026-11-27_12:00:00", "log.2026-11-27T12", "log.old", "log.bak"),
    *("log.1.old", "log~", "log.1.xz", "log.zst", "log-20261127.bz2", "log.1.lz4", "log.zip"),
]


@pytest.mark.parametrize("glob", ["*", "openvpn*", "openvpn.log*", "{openvpn.log*,*.gz}"])
def test_what_was_rotated_is_no_log_of_its_own(tmp_path: Path, glob: str) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tbeginning\t{logs}/{glob}\n")
    (logs / "openvpn.log").write_text("line 1\n")
    for name in ROTATED:
        (logs / f"openvpn.{name}").write_text("old\n")
        os.utime(logs / f"openvpn.{name}", (0, 0))
    (logs / "openvpn.log.3.gz").write_bytes(gzip.compress(b"old\n"))
    (logs / "gone.log.1.gz").write_bytes(gzip.compress(b"old\n"))
    rotate = "mv logs/openvpn.log logs/openvpn.log.2; echo line 2 >>logs/openvpn.log.2"
    compress = "gzip -k logs/openvpn.log.2; rm logs/openvpn.log.2; echo line 3 >logs/openvpn.log"
    heard = read(tmp_path, "look", rotate, "look", compress, "look", "look", "save")
    assert heard.texts() == ["line 1", "line 2", "line 3"]
    assert read(tmp_path, "look").lines == []


@pytest.mark.parametrize(
    "names", [("10.0.0.1", "10.0.0.12"), ("vpn", "vpn-2"), ("log-20261127", "log-20261128")]
)
def test_what_only_looks_like_it_is_one(tmp_path: Path, names: tuple[str, ...]) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tbeginning\t{tmp_path}/logs/*\n")
    for name in names:
        (tmp_path / "logs" / name).write_text(f"{name}\n")
    assert sorted(read(tmp_path, "look").texts()) == list(names)


def test_it_is_said_once(sec: Correlator) -> None:
    sec.watch("now", f"{sec.logs}/*")
    for name in ("a.log", "a.log.1", "b.log", "b.log.1"):
        sec.log(name, "old")
    sec.start()
    sec.log("a.log", "line")
    wait_for(lambda: sec.seen() == ["line"])
    assert sec.journal().count("also means what is left by a rotation") == 1


def test_a_pipe_is_no_log(tmp_path: Path) -> None:
    """Nobody waits for its other end."""
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tnow\t{tmp_path}/*.log\n")
    assert read(tmp_path, "mkfifo a.log", "look", "echo line >b.log", "look").texts() == ["line"]
