# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every incident rings, by mail too, is cleared after its repair, and loses no login."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from eventually import eventually
from scenario import (
    BROKEN,
    LOG,
    OTHER_LOG,
    QUIET_LOG,
    Incident,
    alert_server,
    all_alerts,
    all_works,
    judged,
    log_in,
    log_server,
    mails,
    play,
    states,
)

RULES = "/etc/geowatch/sec/50-judge-logins.sec"
DATABASE = "/var/lib/geowatch/database/country.mmdb"
VENV = "/opt/geowatch/venv"
CANARY = "systemctl restart --no-block geowatch-canary.service"
PID = "systemctl show --property MainPID --value %s"
DROP_IN = "/run/systemd/system/rsyslog.service.d"
SLEEP = '/usr/bin/python3 -c "import time; time.sleep(5)"'
CRASH = f"'[Service]\\nType=exec\\nRestart=always\\nExecStart=\\nExecStart={SLEEP}\\n'"
RESTART = "systemctl daemon-reload && systemctl restart rsyslog"
UNITS = ["geowatch-sec", "geowatch-geoip", "geowatch-alerts", "geowatch-watch"]
SOON = "/run/systemd/system/geowatch-.service.d"
STATE = "/var/lib/geowatch"

INCIDENTS = {
    "minutes": {
        "the syslog daemon starts again and again": Incident(
            f"mkdir -p {DROP_IN} && printf {CRASH} >{DROP_IN}/crash.conf && {RESTART}",
            BROKEN,
            "syslog@",
            f"rm -r {DROP_IN} && {RESTART}",
        ),
        "Alerta is down": Incident(
            "systemctl stop alerta",
            "GeowatchChannelDown",
            "channel:alerta@",
            "systemctl start alerta",
            alert_server,
        ),
        "a source has no file any more": Incident(
            f"mv {QUIET_LOG} /root/quiet",
            "SSHLogMissing",
            "/var/log",
            f"mv /root/quiet {QUIET_LOG}",
        ),
    },
    "commands": {
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
    "units": {
        "the correlator is stopped": Incident(
            "systemctl stop geowatch-sec", BROKEN, "correlator@", "systemctl start geowatch-sec"
        ),
    },
    "playbook": {
        "a rule file was emptied": Incident(
            f"truncate --size=0 {RULES} && systemctl restart geowatch-sec", BROKEN, "in force@"
        ),
        "a login was not judged": Incident("true", "GeowatchLoginNotJudged", "rules@"),
        "the database was deleted": Incident(f"rm {DATABASE}", "GeoIPDatabaseMissing", "geoip@"),
    },
    "watch": {
        "nobody watches": Incident(
            "systemctl stop geowatch-watch", BROKEN, "watch@", "systemctl start geowatch-watch"
        ),
        "the canary of every hour is lost": Incident(
            f"systemctl stop geowatch-geoip && {CANARY}",
            "GeowatchCanaryLost",
            "canary@",
            f"systemctl start geowatch-geoip && {CANARY}",
        ),
    },
}
"""By what repairs them. Those of a group happen at the same time."""


def live_through(group: str) -> None:
    """Let all of a group ring, be repaired as soon as it rang, and be cleared."""
    incidents = INCIDENTS[group]
    for each in incidents.values():
        each.host.check_output(each.breaks)
    log_in(f"while-{group}-broke")
    for name, each in incidents.items():
        assert eventually(each.is_open), f"{name}: {log_server.run('geowatch status').stdout}"
        assert log_server.run("geowatch status --nagios").rc in (1, 2), name
        if each.repair:
            each.host.check_output(each.repair)
    if group == "playbook":
        play()
    for name, each in incidents.items():
        assert eventually(each.is_over), f"{name}: {log_server.run('geowatch status').stdout}"
    assert eventually(lambda: judged(f"while-{group}-broke"))
    assert len(judged(f"while-{group}-broke")) == 1


@pytest.fixture(scope="module")
def minutes() -> Iterator[Future[None]]:
    """Live through what takes minutes, while others happen."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit(live_through, "minutes")


def runs_as_another(unit: str, pid: str) -> bool:
    """Return whether it has a process, and not this one."""
    now = log_server.check_output(PID, unit)
    return now not in (pid, "0")


def test_everything_works_at_first() -> None:
    all_works()


@pytest.mark.usefixtures("minutes")
@pytest.mark.parametrize("group", ["commands", "units", "playbook"])
def test_it_rings_and_is_repaired(group: str) -> None:
    live_through(group)


def test_what_takes_minutes_rang_meanwhile(minutes: Future[None]) -> None:
    minutes.result()


def test_the_watch_itself() -> None:
    all_works()
    live_through("watch")


def test_a_sender_that_is_down_says_so_past_itself() -> None:
    """What broke meanwhile is said when it is back."""
    syslog = Incident("", BROKEN, "syslog@")
    log_server.check_output("systemctl stop geowatch-alerts syslog.socket rsyslog")
    text = "sender is broken"
    assert eventually(lambda: mails(text))
    log_server.check_output("systemctl start geowatch-alerts")
    assert eventually(lambda: mails("sender works again"))
    assert mails(text) == 1
    assert eventually(lambda: not log_server.service("geowatch-alerts-direct").is_running)
    assert eventually(syslog.is_open)
    log_server.check_output("systemctl start rsyslog")
    assert eventually(syslog.is_over)


def test_who_hangs_is_started_again_and_loses_nothing() -> None:
    for unit in UNITS:
        watchdog = log_server.check_output(
            "systemctl show --property WatchdogUSec --value %s", unit
        )
        assert watchdog not in ("", "0", "infinity"), unit
    # Sooner than after the minutes that were deployed.
    soon = f"printf '[Service]\\nWatchdogSec=20\\n' >{SOON}/soon.conf"
    again = f"systemctl daemon-reload && systemctl restart {' '.join(UNITS)}"
    log_server.check_output(f"mkdir -p {SOON} && {soon} && {again}")
    try:
        before = {unit: log_server.check_output(PID, unit) for unit in UNITS}
        for unit in UNITS:
            log_server.check_output("systemctl kill --signal=STOP %s", unit)
        log_in("while-all-hung")
        for unit, pid in before.items():
            assert eventually(partial(runs_as_another, unit, pid)), unit
        assert eventually(lambda: judged("while-all-hung"))
        assert len(judged("while-all-hung")) == 1
    finally:
        log_server.check_output(f"rm -r {SOON} && {again}")


def test_a_copied_state_directory_is_not_lost() -> None:
    units = " ".join(UNITS)
    log_server.check_output(
        f"systemctl stop {units} && cp --archive {STATE} {STATE}.copy && rm -r {STATE}"
        f" && mv {STATE}.copy {STATE} && systemctl start {units}"
    )
    log_in("after-the-copy")
    assert eventually(lambda: judged("after-the-copy"))
    assert "GeowatchLinesLost" not in log_server.check_output("geowatch alerts list")


def test_each_way_got_all_of_it() -> None:
    assert eventually(
        lambda: {each for one in all_alerts() for each in states(one)} == {"delivered"}
    )
