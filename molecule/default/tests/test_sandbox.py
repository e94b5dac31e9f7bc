# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each unit can do its work, and nothing else. Tried from the inside, not only scored."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from scenario import EVERY_HOST
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

HERE = Path(__file__).parent
ROLES = HERE.parents[2] / "roles"

EXPOSURE = {"sec": 9, "geoip": 9, "alerts": 14, "watch": 11}
"""The highest that is allowed, in tenths of systemd's exposure level: 0 is best, 100 worst."""

UPDATER_EXPOSURE = 14
MEGABYTES = {"sec": 512, "geoip": 256, "alerts": 256, "watch": 128}
WITH_DATABASES = MEGABYTES | {"geoip": 768}
"""Files that are held in memory count for the unit, not for the process."""

OWN = {room: f"/var/lib/geowatch/{room}/probe" for room in EXPOSURE}
ELSEWHERE = [
    *(
        "/etc/probe",
        "/etc/geowatch/sec/probe.sec",
        "/opt/geowatch/lib/probe",
        "/usr/local/bin/probe",
    ),
    *("/var/lib/geowatch/database/country.mmdb", "/var/log/probe", "/run/probe", "/root/probe"),
    *("/run/lock/probe", "/dev/shm/probe"),
]
SECRETS = "/etc/geowatch/alerts/send_alerts.json"

NO_SUCH_FAMILY = str(errno.EAFNOSUPPORT)
DENIED = {str(number) for number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT)}
NO_CAPABILITY = "0000000000000000"

Answers = dict[str, str]


def write(host: Host, path: str, text: str) -> None:
    """Write a file that everybody may read."""
    host.check_output("printf %%s %s >%s && chmod 0644 %s", text, path, path)


@pytest.fixture(scope="module", params=list(EXPOSURE))
def room(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def answers(host: Host, room: str) -> Iterator[Answers]:
    """Run the probe in a copy of the unit, where only the command is another."""
    probe, program = (
        ("pl", "/usr/bin/perl") if room == "sec" else ("py", "/opt/geowatch/venv/bin/python")
    )
    units, real = "/run/systemd/system", f"geowatch-{room}.service"
    unit = f"geowatch-probe-{room}.service"
    paths = [OWN[room], *(OWN[other] for other in OWN if other != room), *ELSEWHERE, SECRETS]
    write(host, f"/run/probe.{probe}", (HERE / f"probe.{probe}").read_text())
    host.check_output(f"mkdir -p {units}/{unit}.d && cp /etc/systemd/system/{real} {units}/{unit}")
    command = f"{program} /run/probe.{probe} {2 * MEGABYTES[room]} {' '.join(paths)}"
    drop_in = (
        "[Service]\nType=oneshot\nRestart=no\nExecReload=\nExecStart=\n"
        f"ExecStart={command}\nStandardOutput=truncate:/run/{unit}.out\nStandardError=journal\n"
    )
    write(host, f"{units}/{unit}.d/probe.conf", drop_in)
    started = host.run(f"systemctl daemon-reload && systemctl start {unit}")
    assert started.rc == 0, host.check_output(f"journalctl --no-pager --unit {unit} --lines 20")
    lines = host.check_output(f"cat /run/{unit}.out").splitlines()
    yield dict(line.split("\t") for line in lines)
    host.check_output(
        f"rm -rf {units}/{unit} {units}/{unit}.d /run/{unit}.out {OWN[room]} {OWN[room]}-copy"
        " && systemctl daemon-reload"
    )


def test_the_exposure_is_low(host: Host, room: str) -> None:
    command = f"systemd-analyze security --no-pager --threshold={EXPOSURE[room]}"
    check = host.run(f"{command} geowatch-{room}.service")
    assert check.rc == 0, check.stdout


def test_the_exposure_of_the_updater_is_low(host: Host) -> None:
    """It is installed only where databases are downloaded; the unit is judged as a file."""
    name = "geowatch-geoip-update.service"
    write(host, f"/run/{name}", (ROLES / "geoip/files" / name).read_text())
    command = f"systemd-analyze security --no-pager --offline=true --threshold={UPDATER_EXPOSURE}"
    check = host.run(f"{command} /run/{name}")
    assert check.rc == 0, check.stdout


def test_it_writes_its_own_directory_and_nothing_else(answers: Answers, room: str) -> None:
    assert answers[f"write {OWN[room]}"] == "ok"
    others = [f"write {path}" for path in [*OWN.values(), *ELSEWHERE] if path != OWN[room]]
    assert {other: answers[other] for other in others if answers[other] not in DENIED} == {}


def test_only_the_sender_reads_the_secrets(answers: Answers, room: str) -> None:
    assert answers[f"write {SECRETS}"] in DENIED
    assert (answers[f"read {SECRETS}"] == "ok") == (room == "alerts")


def test_only_the_sender_has_a_network(host: Host, answers: Answers, room: str) -> None:
    sockets = {name: answers[f"socket {name}"] for name in ("inet", "inet6")}
    assert sockets == dict.fromkeys(sockets, "ok" if room == "alerts" else NO_SUCH_FAMILY)
    assert answers["socket unix"] == "ok"  # to tell systemd that it lives
    pid = host.check_output(f"systemctl show --property MainPID --value geowatch-{room}")
    interfaces = host.check_output(
        f"nsenter --net=/proc/{pid}/ns/net ip -oneline link"
    ).splitlines()
    assert (len(interfaces) == 1) == (room != "alerts")


def test_it_runs_no_other_program(answers: Answers) -> None:
    """Not one of the system's, and none that it could bring."""
    programs = {name: answer for name, answer in answers.items() if name.startswith("run ")}
    assert len(programs) == 6
    assert {name: answer for name, answer in programs.items() if answer not in DENIED} == {}


def test_it_has_no_capability_and_gets_none(answers: Answers) -> None:
    capabilities = {name: value for name, value in answers.items() if name.startswith("Cap")}
    assert capabilities == dict.fromkeys(
        ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"], NO_CAPABILITY
    )
    assert answers["NoNewPrivs"] == "1"


def test_its_system_calls_are_filtered(answers: Answers) -> None:
    assert answers["Seccomp"] == "2"


def test_it_gets_no_memory_above_its_limit(answers: Answers) -> None:
    """By the limit of the process, which every host enforces."""
    assert answers["memory"] == "refused"


def test_the_limit_holds_for_the_whole_unit(host: Host, room: str) -> None:
    """By the memory controller. A host that hands none out, such as some containers, has none."""
    limit = str(WITH_DATABASES[room] << 20)
    shown = host.check_output(f"systemctl show --property MemoryMax --value geowatch-{room}")
    assert shown == limit
    group = host.check_output(f"systemctl show --property ControlGroup --value geowatch-{room}")
    controllers = host.check_output("cat /sys/fs/cgroup/cgroup.controllers").split()
    file = host.file(f"/sys/fs/cgroup{group}/memory.max")
    assert file.exists == ("memory" in controllers)
    assert not file.exists or file.content_string.strip() == limit
