# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every incident rings, by mail too, is cleared after its repair, and loses no login."""

from __future__ import annotations

from functools import partial

import pytest
from eventually import eventually
from scenario import (
    BROKEN,
    LOG,
    OTHER_LOG,
    Incident,
    alert_server,
    judged,
    log_in,
    log_server,
    mails,
    play,
)

RULES = "/etc/geowatch/sec/50-judge-logins.sec"
DATABASE = "/var/lib/geowatch/database/country.mmdb"
VENV = "/opt/geowatch/venv"
DROP_IN = "/run/systemd/system/geowatch-geoip.service.d"
SLEEP = '/usr/bin/python3 -c "import time; time.sleep(5)"'
CRASH = f"'[Service]\\nType=exec\\nExecStart=\\nExecStart={SLEEP}\\n'"
RESTART = "systemctl daemon-reload && systemctl restart geowatch-geoip"
UNITS = ["geowatch-sec", "geowatch-geoip", "geowatch-alerts", "geowatch-watch"]
STATE = "/var/lib/geowatch"

INCIDENTS = {
    "commands": {
        "rsyslog is stopped": Incident(
            "systemctl stop syslog.socket rsyslog", BROKEN, "syslog@", "systemctl start rsyslog"
        ),
        "a log may not be read any more": Incident(
            f"chown root:root {LOG} && chmod 0600 {LOG}",
            "OpenVPNLogUnreadable",
            LOG,
            f"chgrp adm {LOG} && chmod 0640 {LOG}",
        ),
        "a log is gone": Incident(
            f"mv {OTHER_LOG} /root/kept",
            "OpenVPNLogUnreadable",
            OTHER_LOG,
            f"mv /root/kept {OTHER_LOG}",
        ),
        "the virtualenv is gone, and the lookup was killed": Incident(
            f"mv {VENV} {VENV}.away && systemctl kill --signal=KILL geowatch-geoip",
            BROKEN,
            "lookup@",
            f"mv {VENV}.away {VENV}",
        ),
    },
    "playbook": {
        "a rule file was emptied": Incident(
            f"truncate --size=0 {RULES} && systemctl restart geowatch-sec", BROKEN, "in force@"
        ),
        "a login was not judged": Incident("true", "GeowatchLoginNotJudged", "rules@"),
        "the database was deleted": Incident(f"rm {DATABASE}", "GeoIPDatabaseMissing", "geoip@"),
    },
    "channels": {
        "Alerta is down": Incident(
            "systemctl stop alerta",
            "GeowatchChannelDown",
            "channel:alerta@",
            "systemctl start alerta",
            alert_server,
            1,
        ),
        "nobody watches": Incident(
            "systemctl stop geowatch-watch",
            BROKEN,
            "watch@",
            "systemctl start geowatch-watch",
            ways=1,
        ),
    },
    "units": {
        "the correlator is stopped": Incident(
            "systemctl stop geowatch-sec", BROKEN, "correlator@", "systemctl start geowatch-sec"
        ),
        "the lookup starts again and again": Incident(
            f"mkdir -p {DROP_IN} && printf {CRASH} >{DROP_IN}/crash.conf && {RESTART}",
            BROKEN,
            "lookup@",
            f"rm -r {DROP_IN} && {RESTART}",
        ),
    },
}
"""By what repairs them. Those of a group happen at the same time."""


def runs_as_another(unit: str, pid: str) -> bool:
    """Return whether it has a process, and not this one."""
    now = log_server.check_output("systemctl show --property MainPID --value %s", unit)
    return now not in (pid, "0")


def test_everything_works_at_first() -> None:
    assert eventually(lambda: log_server.run("geowatch status --nagios").rc == 0), log_server.run(
        "geowatch status"
    ).stdout


@pytest.mark.parametrize("group", INCIDENTS)
def test_it_rings_and_is_repaired(group: str) -> None:
    incidents = INCIDENTS[group]
    for each in incidents.values():
        each.host.check_output(each.breaks)
    log_in(f"while-{group}-broke")
    for name, each in incidents.items():
        assert eventually(each.is_open), f"{name}: {log_server.run('geowatch status').stdout}"
    assert log_server.run("geowatch status --nagios").rc in (1, 2)
    for each in incidents.values():
        if each.repair:
            each.host.check_output(each.repair)
    if group == "playbook":
        play()
    for name, each in incidents.items():
        assert eventually(each.is_over), f"{name}: {log_server.run('geowatch status').stdout}"
    assert eventually(lambda: judged(f"while-{group}-broke"))
    assert len(judged(f"while-{group}-broke")) == 1


def test_a_sender_that_is_down_says_so_past_itself() -> None:
    log_server.check_output("systemctl stop geowatch-alerts")
    text = "sender is broken"
    assert eventually(lambda: mails(text))
    log_server.check_output("systemctl start geowatch-alerts")
    assert eventually(lambda: mails("sender works again"))
    assert mails(text) == 1
    assert eventually(lambda: not log_server.service("geowatch-alerts-direct").is_running)


def test_who_hangs_is_started_again_and_loses_nothing() -> None:
    show = "systemctl show --property MainPID --value %s"
    before = {unit: log_server.check_output(show, unit) for unit in UNITS}
    for unit in UNITS:
        log_server.check_output("systemctl kill --signal=STOP %s", unit)
    log_in("while-all-hung")
    for unit, pid in before.items():
        assert eventually(partial(runs_as_another, unit, pid)), unit
    assert eventually(lambda: judged("while-all-hung"))
    assert len(judged("while-all-hung")) == 1


def test_a_copied_state_directory_is_not_lost() -> None:
    units = " ".join(UNITS)
    log_server.check_output(
        f"systemctl stop {units} && cp --archive {STATE} {STATE}.copy && rm -r {STATE}"
        f" && mv {STATE}.copy {STATE} && systemctl start {units}"
    )
    log_in("after-the-copy")
    assert eventually(lambda: judged("after-the-copy"))
    assert "GeowatchLinesLost" not in log_server.check_output("geowatch alerts list")
