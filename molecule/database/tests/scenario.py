# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from testinfra.host import Host

sys.path.insert(0, str(Path(__file__).parents[3] / "tests/unit/geoip"))

import fake_maxmind
from small_databases import database_maker

DIRECTORY = Path(__file__).parents[1]

HOSTS = {"database-12": "debian-12", "database-13": "debian-13"}
EVERY_HOST = [f"podman://{name}" for name in HOSTS]

FAILURES = fake_maxmind.BEHAVIOURS[1:]
DAY = 86_400
IN_USE = "/var/lib/geowatch/database/country.mmdb"
CONFIG = "/etc/geowatch/geoip/update_database.json"
STATE = "/var/lib/geowatch/database/update.json"
LOG = "/var/log/remote/vpn1/openvpn.log"
ALERTS = "/var/lib/geowatch/sec/alerts"
LOCATED = "/var/lib/geowatch/geoip/located"

VERDICTS = {f"OpenVPN{kind}Country" for kind in ("Expected", "Unexpected", "Unknown")}

URL_KEY = "key-in-the-url"
WRONG_PASSWORD = "another-password"
PROXY = f"http://{fake_maxmind.PROXY_USER}:{fake_maxmind.PROXY_PASSWORD}@127.0.0.1:8099"
SECRETS = (
    fake_maxmind.LICENSE_KEY,
    fake_maxmind.SIGNATURE,
    fake_maxmind.PROXY_PASSWORD,
    URL_KEY,
    WRONG_PASSWORD,
)


def name_of(host: Host) -> str:
    """Return the name of the host for podman and Ansible."""
    name: str = host.backend.get_pytest_id().removeprefix("podman://")
    return name


def put(host: Host, content: bytes, path: str, mode: str = "644") -> None:
    """Put a file on the host, in one step."""
    script = 'cat >"$0.new" && chmod "$1" "$0.new" && mv "$0.new" "$0"'
    command = ["podman", "exec", "--interactive", name_of(host), "sh", "-c", script, path, mode]
    subprocess.run(command, input=content, check=True)


def database(directory: Path, code: str, days: float, **options: Any) -> bytes:
    """Return a database: built so many days ago, all in one country."""
    built = int(time.time() - days * DAY)
    make = database_maker(directory)
    return make({"198.51.100.0/24": code}, build_epoch=built, **options).read_bytes()


def put_database(host: Host, directory: Path, path: str, code: str, days: float) -> None:
    """Put a database on the host, in one step."""
    put(host, database(directory, code, days), path)


def behave(host: Host, behaviour: str) -> None:
    """Let the download service behave in this way."""
    assert behaviour in fake_maxmind.BEHAVIOURS
    host.check_output("printf %s >/srv/offer/behaviour", behaviour)


def requests(host: Host) -> int:
    """Return how often the download service was asked."""
    return int(host.check_output("wc -l </srv/offer/requests"))


def state(host: Host) -> dict[str, Any]:
    """Return what the updater remembers."""
    remembered: dict[str, Any] = json.loads(host.check_output("cat %s", STATE))
    return remembered


def make_due(host: Host) -> None:
    """Let the next update be due, as if a day had gone by."""
    put(host, json.dumps({**state(host), "next": 0, "tries": []}).encode(), STATE)


def deploy(directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Deploy to all hosts with other variables, as talkative as Ansible can be."""
    (directory / "vars.json").write_text(json.dumps(variables))
    command: list[str | Path] = ["ansible-playbook", "-vvv", "--diff"]
    command += ["--inventory", DIRECTORY / "inventory.yml"]
    command += ["--extra-vars", f"@{directory}/vars.json", DIRECTORY / "geoip.yml"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def configure(host: Host, proxy: str = "", **changes: str) -> None:
    """Change what the role wrote for the updater: where its first database comes from."""
    config = json.loads(host.check_output("cat %s", CONFIG))
    config["downloads"][0].update(changes)
    config["proxy"] = proxy or PROXY
    put(host, json.dumps(config).encode(), CONFIG, "600")


def update(host: Host) -> int:
    """Start an update as the timer does, on a host where one is due; return 0 on success."""
    make_due(host)
    return int(host.run("systemctl start geowatch-geoip-update").rc)


def country(host: Host) -> str:
    """Return the country of the newest located login. A canary is none."""
    logins = host.check_output("awk -F '\\t' '$10 != \"geowatch\"' %s", LOCATED)
    code: str = logins.splitlines()[-1].split("\t")[2]
    return code


def alerts(host: Host, event: str) -> list[dict[str, Any]]:
    """Return the alerts of this event, the oldest first."""
    lines = host.check_output("send_alerts.py list --format json").splitlines()
    found = [json.loads(line) for line in lines]
    return sorted(
        (alert for alert in found if alert["event"] == event), key=lambda alert: alert["time"]
    )


def severities(host: Host, event: str) -> list[str]:
    """Return the severities of the alerts of this event."""
    return [alert["severity"] for alert in alerts(host, event)]


def last_login(host: Host) -> int:
    """Return how many logins were logged."""
    return int(host.check_output("wc -l <%s", LOG))


def all_judged(host: Host) -> bool:
    """Return whether each login has one verdict and no more, and a country of a database in use."""
    logged = host.check_output("cat %s", LOG).splitlines()
    located = [line.split("\t") for line in host.check_output("cat %s", LOCATED).splitlines()]
    answers = [fields for fields in located if fields[9] != "geowatch"]  # that is the canary
    lines = [line.split("\t") for line in host.check_output("cat %s", ALERTS).splitlines()]
    verdicts = Counter(
        line[-1].removeprefix("raw=")
        for line in lines
        if line[2] in VERDICTS and line[3] not in ("note", "cleared")  # who left
    )
    return (
        {(answer[2], answer[3]) for answer in answers} == {("FI", "found"), ("SE", "found")}
        and Counter(answer[-1] for answer in answers) == Counter(logged)
        and verdicts == Counter(logged)
    )


def assert_no_secret_was_said(host: Host) -> None:
    """Neither the journal, nor a command line, nor a file that others may read holds a secret."""
    said = host.check_output("journalctl --no-pager --output=verbose --all")
    said += host.run("cat %s", STATE).stdout
    ran = host.check_output("cat /run/command-lines")
    assert "update_database.py run" in ran
    put(host, "\n".join(SECRETS).encode(), "/root/secrets", "600")
    readable = host.check_output(
        "find /etc /opt /run /tmp /usr/local /var -type f -perm -004 ! -name command-lines"
        " -exec grep --text --fixed-strings --files-with-matches --file=/root/secrets {} +; true"
    )
    assert readable == ""
    for secret in SECRETS:
        assert secret not in said
        assert secret not in ran
