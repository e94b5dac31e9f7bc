# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: boot a VPN gateway, a log server and an alert server, log in, and show the alerts.

Runs in `tests/hosts/enter`. The hosts are those of the Molecule scenario openvpn; they stay up.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SCENARIO = ROOT / "molecule" / "openvpn"
LOG = ROOT / ".cache" / "demo.log"

LOGINS = [
    ("anna", "198.51.100.10"),
    ("anna", "2001:db8:f1::10"),
    ("bruno", "198.51.100.130"),
    ("bruno", "2001:db8:b::10"),
    ("ulla", "198.18.0.10"),
    ("ulla", "2001:db8:dead::10"),
]
SECOND_DOOR = ("anna", "198.51.100.130")  # by SSH, while she is at home as far as the VPN knows
# The scenario watches OpenVPN alone.
SOURCES = [
    {"source": "openvpn", "files": ["/var/log/remote/*/openvpn.log"]},
    {"source": "sshd", "files": ["/var/log/remote/*/sshd.log"]},
]
HOSTS = ("alert-server", "vpn-gateway", "log-server")  # those of the scenario that it takes
PART = re.compile(r"PLAY \[(?P<play>.*)\]|TASK \[loghost\.geowatch\.(?P<role>\w+) : ")
PATIENCE = 60.0  # seconds, for the last alert to be delivered

NEXT = """
Where to look next. The hosts stay up; a second `make demo` is fast.

  Whether each link of the line works:
    tests/hosts/enter podman exec log-server geowatch status
  What the log server knows, and where each alert went:
    tests/hosts/enter podman exec log-server geowatch alerts list
  The mails that arrived:
    tests/hosts/enter podman exec alert-server sh -c 'cat /home/mailbox/mails/new/*'
  The audit trail, one line for each login with its country:
    tests/hosts/enter podman exec log-server cat /var/lib/geowatch/geoip/located
  A shell on a host (log-server, vpn-gateway, alert-server):
    tests/hosts/enter podman exec --interactive --tty log-server bash
  One more login, as anybody, from anywhere:
    tests/hosts/enter podman exec vpn-gateway log_in.py carla 198.51.100.200
  What a user sets, and how the hosts are made:
    molecule/openvpn/inventory.yml and molecule/openvpn/prepare.yml

  Remove it all: make clean
"""


def play(title: str, *arguments: str | Path) -> bool:
    """Run ansible-playbook, with a dot for each task; say whether anything changed."""
    print(f"\n{title}", end="", flush=True)
    command = ["ansible-playbook", "--inventory", SCENARIO / "inventory.yml", *arguments]
    started, changed, part = time.monotonic(), False, ""
    with LOG.open("a") as log:
        ansible = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert ansible.stdout is not None
        for line in ansible.stdout:
            log.write(line)
            changed = changed or line.startswith("changed: ")
            # The role that is at work, or the play where there is none.
            if match := PART.match(line):
                now = match["role"] or match["play"]
                print(f"\n  {now} " if now != part else "", end="")
                part = now
            if line.startswith("TASK ["):
                print(".", end="", flush=True)
    if ansible.wait():
        print("\n\n" + "".join(LOG.read_text().splitlines(keepends=True)[-40:]))
        sys.exit(f"demo: ansible-playbook failed; all that it said is in {LOG}")
    print(f"\n  done in {time.monotonic() - started:.0f} s", flush=True)
    return changed


def on(host: str, *command: str) -> str:
    """Run a command on a host and return what it prints."""
    done = subprocess.run(["podman", "exec", host, *command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"demo: {' '.join(command)} failed on {host}:\n{done.stdout}{done.stderr}")
    return done.stdout


def outbox() -> list[dict[str, Any]]:
    """Return the alerts in the log server's outbox, oldest first."""
    lines = on("log-server", "send_alerts.py", "list", "--format", "json").splitlines()
    return [json.loads(line) for line in lines]


def log_in_all() -> list[dict[str, Any]]:
    """Let everybody log in; return the new alerts when all are delivered."""
    before = {alert["id"] for alert in outbox()}
    print("\nLogging in with real OpenVPN clients; expected are logins from Finland (FI)")
    for user, address in LOGINS:
        print(f"  {user} from {address}", flush=True)
        on("vpn-gateway", "log_in.py", user, address)
    print("The same user by another door, SSH")
    print(f"  {SECOND_DOOR[0]} from {SECOND_DOOR[1]}", flush=True)
    on("vpn-gateway", "log_in.py", "--ssh", *SECOND_DOOR)
    end = time.monotonic() + PATIENCE
    while True:
        alerts = [
            alert
            for alert in outbox()
            # The ends of the sessions are told too, but have no verdict.
            if alert["id"] not in before and {"policy", "before"} & alert["attributes"].keys()
        ]
        states = [each["state"] for alert in alerts for each in alert["deliveries"]]
        # One for each, and that anna cannot be in two countries.
        if len(alerts) >= len(LOGINS) + 2 and "waiting" not in states:
            return alerts
        if time.monotonic() > end:
            sys.exit("demo: not all alerts were delivered; see `send_alerts.py list` on log-server")
        time.sleep(0.5)


def break_a_link() -> None:
    """Stop the lookup, show what the page says and what rings, and repair it."""
    print("\nIs it awake? geowatch status\n")
    print(on("log-server", "sh", "-c", "geowatch status || true"))
    print("Stopping the lookup, as somebody may by mistake, until that rings", flush=True)
    on("log-server", "systemctl", "stop", "geowatch-geoip")
    broken = wait_for_link("critical")
    print(f"  {broken['text']}\n  {broken['attributes']['advice']}\n")
    print(on("log-server", "sh", "-c", "geowatch status --nagios || true"))
    on("log-server", "systemctl", "start", "geowatch-geoip")
    print(f"  {wait_for_link('cleared')['text']}", flush=True)


def wait_for_link(severity: str) -> dict[str, Any]:
    """Return the last alert about the lookup, once it is this severe and delivered."""
    end = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < end:
        about = [each for each in outbox() if each["event"] == "GeowatchLinkBroken"]
        last = about[-1] if about else None
        if last and last["severity"] == severity:
            return last
        time.sleep(1)
    sys.exit("demo: the lookup was stopped or started, and nothing was said of it")


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; the first one is the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  " + "  ".join(f"{cell:{w}}" for cell, w in zip(row, widths, strict=True)).rstrip())


def main() -> None:
    """Run the demo."""
    LOG.write_text("")
    print("\nMaking the images of the hosts, once", flush=True)
    for image in HOSTS:
        print(f"  {image}", flush=True)
        subprocess.run([ROOT / "tests" / "hosts" / "image", image], check=True)
    these = ("--limit", ":".join((*HOSTS, "localhost")))
    fresh = play("Booting three hosts", *these, ROOT / "tests" / "hosts" / "create.yml")
    if fresh:
        site = "Making them a site with OpenVPN, rsyslog, Alerta and mail"
        play(site, *these, SCENARIO / "prepare.yml")
    play(
        "Deploying: ansible-playbook loghost.geowatch.log_server",
        *("--limit", "log-server", "--extra-vars", json.dumps({"logins_sources": SOURCES})),
        "loghost.geowatch.log_server",
    )
    rows = [("USER", "FROM", "COUNTRY", "VERDICT", "SEVERITY", "DELIVERED TO")]
    for alert in log_in_all():
        facts = alert["attributes"]
        sent = [each for each in alert["deliveries"] if each["state"] == "delivered"]
        rows.append(
            (
                facts["user"],
                facts["ip"],
                facts["country_name"] or "not known",
                alert["event"],
                alert["severity"],
                ", ".join(each["recipient"] or "Alerta" for each in sent),
            )
        )
    print("\nThe alerts\n")
    print_table(rows)
    break_a_link()
    print(NEXT)


if __name__ == "__main__":
    main()
