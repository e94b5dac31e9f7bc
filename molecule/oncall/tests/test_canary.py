# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A canary arrives everywhere; where a link is broken it is named, and cleared after its repair."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from eventually import eventually
from scenario import Incident, alert_server, arrives, log_server, mails

LOST = Incident("", "GeowatchCanaryLost", "canary@")
ARRIVED = Incident("", "GeowatchCanary", "canary@")

LOG = "/var/log/geowatch/canary.log"
SNIPPET = "/etc/rsyslog.d/00-geowatch-canary.conf"
RULES = "/etc/geowatch/sec/50-judge-logins.sec"
DATABASE = "/var/lib/geowatch/database/country.mmdb"


@dataclass(frozen=True)
class Link:
    """What breaks a link of the line, and what repairs it."""

    breaks: str
    repairs: str
    on: Any = log_server


LINKS = {
    "syslog": Link("systemctl stop syslog.socket rsyslog", "systemctl start rsyslog"),
    "log": Link(
        f"chown root:root {LOG} && chmod 0600 {LOG}", f"chgrp adm {LOG} && chmod 0640 {LOG}"
    ),
    "correlator": Link("systemctl stop geowatch-sec", "systemctl start geowatch-sec"),
    "lookup": Link("systemctl stop geowatch-geoip", "systemctl start geowatch-geoip"),
    "database": Link(
        f"mv {DATABASE} {DATABASE}.away && systemctl restart geowatch-geoip",
        f"mv {DATABASE}.away {DATABASE} && systemctl restart geowatch-geoip",
    ),
    "rules": Link(
        # What comes back is the file that was deployed, so that it is in force again.
        f": >/root/empty && mount --bind /root/empty {RULES} && systemctl restart geowatch-sec",
        f"umount {RULES} && systemctl restart geowatch-sec",
    ),
    "sender": Link("systemctl stop geowatch-alerts", "systemctl start geowatch-alerts"),
    "channel alerta": Link("systemctl stop nginx", "systemctl start nginx", alert_server),
}


def mailed(link: str) -> bool:
    """Return whether a mail says that a canary did not get there."""
    return mails(f"did not get to {link}") > 0


def test_it_is_seen_in_alerta_and_cleared() -> None:
    assert eventually(arrives), log_server.run("geowatch canary").stdout
    assert eventually(ARRIVED.is_over)
    assert [each["severity"] for each in ARRIVED.alerts()][-2:] == ["informational", "cleared"]
    beats = "SELECT count(*) FROM heartbeats WHERE origin LIKE 'geowatch/%'"
    asked = f'runuser --user postgres -- psql --tuples-only alerta --command "{beats}"'
    assert int(alert_server.check_output(asked)) == 1


def test_it_needs_no_syslog_daemon() -> None:
    log_server.check_output(f"systemctl stop syslog.socket rsyslog && mv {SNIPPET} /root/snippet")
    try:
        assert eventually(arrives), log_server.run("geowatch canary").stdout
    finally:
        log_server.check_output(f"mv /root/snippet {SNIPPET} && systemctl start rsyslog")


def test_it_counts_in_nothing() -> None:
    found = log_server.run("grep --count geowatch /var/lib/geowatch/sec/memory")
    assert found.stdout.strip() == "0", found.stderr


@pytest.mark.parametrize(
    "text", ["{nonce} 198.51.100.10", "0123456789abcdef0123456789abcdef 198.51.100.10"]
)
def test_nobody_can_forge_one(text: str) -> None:
    assert arrives()
    nonce = log_server.check_output(
        f"tail --lines=1 {LOG} | grep --only-matching '[0-9a-f]\\{{32\\}}'"
    )
    size = "stat --format=%s /var/lib/geowatch/sec/connections"
    before = log_server.check_output(size), log_server.check_output(f"wc --lines <{LOG}")
    log_server.check_output("logger --tag geowatch-canary --id=7 %s", text.format(nonce=nonce))
    # It is logged, and read before the next one, which has a line of its own.
    assert arrives()
    assert log_server.check_output(f"wc --lines <{LOG}") == str(int(before[1]) + 2)
    line = "tail --lines=1 /var/lib/geowatch/sec/connections"
    assert (
        int(log_server.check_output(size))
        == int(before[0]) + len(log_server.check_output(line).encode()) + 1
    )


@pytest.mark.parametrize("link", LINKS)
def test_the_link_that_is_broken_is_named_and_cleared(link: str) -> None:
    LINKS[link].on.check_output(LINKS[link].breaks)
    try:
        sent = log_server.run("geowatch canary --patience 5")
        assert (sent.rc, f"did not get to {link}" in sent.stdout) == (1, True), sent.stdout
        assert eventually(lambda: mailed(link))
    finally:
        LINKS[link].on.check_output(LINKS[link].repairs)
    assert eventually(arrives), log_server.run("geowatch canary").stdout
    assert eventually(LOST.is_over), json.dumps(LOST.alerts()[-2:])
    assert log_server.run("ls /var/lib/geowatch/watch/urgent").stdout == ""
