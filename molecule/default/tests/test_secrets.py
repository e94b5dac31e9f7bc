# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are the sender's alone, and no middleman hears them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from eventually import eventually
from scenario import EVERY_HOST, HOSTS, deployment
from test_verdicts import log_in
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

HERE = Path(__file__).parent
CONFIG = "/etc/geowatch/alerts/send_alerts.json"
CERTIFICATE, HEARD = "/root/middleman.pem", "/root/heard"
KEY, PASSWORD = "key-that-nobody-may-see", "password-that-nobody-may-see"

CHANNELS = {
    "alerts_try": False,
    "alerts_alerta_url": "https://localhost:8443/api",
    "alerts_alerta_key": KEY,
    "alerts_email": {
        "to": ["security@example.org"],
        "from": "geowatch@example.org",
        "server": "localhost",
        "port": 2525,
        "username": "geowatch",
        "password": PASSWORD,
    },
}


def deploy(*options: str) -> str:
    """Run the playbook on all hosts. Returns all that it said."""
    done = deployment(*options)
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def said() -> Iterator[str]:
    """Deploy with channels that have secrets, as talkative as can be; afterwards without them."""
    yield deploy("-vvv", "--diff", "--extra-vars", json.dumps(CHANNELS))
    deploy()


@pytest.fixture(scope="module")
def middleman(host: Host, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let somebody answer in the place of Alerta and of the mail server."""
    files = tmp_path_factory.mktemp("certificate")
    key, certificate = files / "key", files / "certificate"
    request = "openssl req -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN=localhost"
    name = "-addext subjectAltName=DNS:localhost"
    command = f"{request} {name} -keyout {key} -out {certificate}"
    subprocess.run(command.split(), check=True, capture_output=True)
    pem = key.read_text() + certificate.read_text()
    host.check_output("printf %%s %s >%s", pem, CERTIFICATE)
    host.check_output("printf %%s %s >/root/fake.py", (HERE / "fake_servers.py").read_text())
    unit = "systemd-run --collect --unit middleman"
    host.check_output(f"{unit} python3 /root/fake.py {CERTIFICATE} {HEARD}")


def test_ansible_says_no_secret(said: str) -> None:
    assert "send_alerts.json" in said
    assert [secret for secret in (KEY, PASSWORD) if secret in said] == []


@pytest.mark.usefixtures("said")
def test_only_the_sender_may_read_them(host: Host) -> None:
    config = host.file(CONFIG)
    assert config.contains(KEY)
    assert (config.user, config.group, config.mode) == ("root", "geowatch-alerts", 0o640)
    assert host.check_output("getent group geowatch-alerts").split(":")[3] == ""
    directory = host.file(str(Path(CONFIG).parent))
    assert (directory.user, directory.group, directory.mode) == ("root", "geowatch-alerts", 0o750)
    # As another room, which is in the group of all rooms.
    for user in ("geowatch-sec", "geowatch-geoip", "nobody"):
        assert host.run(f"runuser -u {user} -- cat {CONFIG}").rc != 0


@pytest.mark.usefixtures("said", "middleman")
def test_a_middleman_hears_nothing(host: Host) -> None:
    log_in(host, "mallory", "198.51.100.131")

    def reasons() -> set[str]:
        lines = host.check_output("send_alerts.py list --format json").splitlines()
        alerts = [json.loads(line) for line in lines]
        mine = [alert for alert in alerts if alert["attributes"].get("user") == "mallory"]
        deliveries = [each for alert in mine for each in alert["deliveries"]]
        assert [each for each in deliveries if each["state"] == "delivered"] == []
        return {
            each["channel"] for each in deliveries if "CERTIFICATE_VERIFY_FAILED" in each["error"]
        }

    assert eventually(lambda: reasons() == {"alerta", "mail"})
    heard = host.check_output(f"cat {HEARD}").splitlines()
    assert len(heard) >= 2
    assert set(heard) == {"handshake"}


@pytest.mark.usefixtures("said", "middleman")
def test_they_are_nowhere_else(host: Host) -> None:
    """Not in a command line, an environment, the journal, or another file of ours."""
    for secret in (KEY, PASSWORD):
        places = "/proc/[0-9]*/cmdline /proc/[0-9]*/environ"
        # The shell that looks for it, and what it runs, hold the secret themselves: not as a whole.
        pattern = f"{secret[:-1]}[{secret[-1]}]"
        assert host.run(f"cat {places} 2>/dev/null | grep --quiet --text '{pattern}'").rc == 1
        assert host.run(f"journalctl --no-pager | grep --quiet '{pattern}'").rc == 1
        found = host.run(
            f"grep --recursive --files-with-matches --text '{pattern}'"
            " /etc /opt/geowatch/lib /var/lib/geowatch /var/log /run /tmp 2>/dev/null"
        )
        assert found.stdout.splitlines() == [CONFIG]


def test_every_host_was_deployed(said: str) -> None:
    assert [name for name in HOSTS if f"{name} " not in said] == []
