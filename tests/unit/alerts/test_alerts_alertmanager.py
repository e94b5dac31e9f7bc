# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Alertmanager: what it has of an alert, until that is over."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from alert_lines import alert
from fake_alerta import FakeAlerta
from geowatch.alerts.alertmanager import OVER, Alertmanager, labels
from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.config import ChannelConfig, Config
from geowatch.alerts.delivery import Postman
from geowatch.alerts.outbox import Outbox
from geowatch.alerts.settings import AlertmanagerConfig
from geowatch.alerts.trouble import Troubles
from waiting import DEADLINE, wait_for

CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
NONE = Config([Path("x")], Path("x"), "Production", "o", 1, 1, 1, [])
KNOWN = (b"user=bob", b"server=vpn1", b"ip=198.51.100.7", b"advice=Call bob.", b"asn=64500")


class Real:
    """Debian's prometheus-alertmanager, with no peers, on a port of its own."""

    def __init__(self, directory: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        (directory / "config.yml").write_text(CONFIG)
        self._command = [
            "prometheus-alertmanager",
            f"--config.file={directory / 'config.yml'}",
            f"--storage.path={directory}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--web.route-prefix=/am",
        ]
        self.url = f"http://127.0.0.1:{port}/am"
        self.start()

    def start(self) -> None:
        """Begin, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        wait_for(self._is_ready, "an answer of Alertmanager")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(DEADLINE)

    def _is_ready(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/-/ready"):
            return True
        return False

    def active(self) -> list[dict[str, Any]]:
        """Return what it has that is not over."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts") as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    real = Real(tmp_path_factory.mktemp("alertmanager"))
    yield real
    real.stop()


@pytest.fixture
def channel(real: Real) -> Iterator[Alertmanager]:
    channel = Alertmanager(AlertmanagerConfig(real.url, "", ""), 10)
    yield channel
    channel.close()


def has(real: Real, resource: str) -> list[dict[str, Any]]:
    return [each for each in real.active() if each["labels"]["resource"] == resource]


def told(channel: Alertmanager, resource: str, known_as: str = "", **fields: Any) -> Answer:
    this = alert(resource=resource.encode(), **{"attributes": KNOWN, **fields})
    return channel.deliver(this, "", known_as)


def test_an_alert_is_there_until_it_is_cleared(real: Real, channel: Alertmanager) -> None:
    answer = told(channel, "a")
    assert answer.result is Result.DELIVERED
    (found,) = has(real, "a")
    assert found["labels"] == {
        "alertname": "OpenVPNUnexpectedCountry",
        "severity": "critical",
        "resource": "a",
        "source": "OpenVPN",
        "environment": "Production",
        "user": "bob",
        "server": "vpn1",
        "ip": "198.51.100.7",
    }
    assert found["annotations"]["summary"] == "bob logged in from Germany"
    assert found["annotations"]["description"] == "Call bob."
    assert found["annotations"]["asn"] == "64500"
    assert found["startsAt"].startswith("2026-05-04T03:02:01.123")
    assert told(channel, "a", answer.known_as, severity=b"note").result is Result.DELIVERED
    assert len(has(real, "a")) == 1
    # As the end of a session says it: without whom it is about.
    cleared = told(channel, "a", answer.known_as, severity=b"cleared", attributes=())
    assert (cleared.result, cleared.known_as) == (Result.DELIVERED, OVER)
    assert has(real, "a") == []


def test_a_person_closes_it(real: Real, channel: Alertmanager) -> None:
    answer = told(channel, "b")
    told(channel, "b", answer.known_as, severity=b"close")
    assert has(real, "b") == []


def test_the_same_again_is_one_alert(real: Real, channel: Alertmanager) -> None:
    answer = told(channel, "c")
    told(channel, "c", answer.known_as)
    assert len(has(real, "c")) == 1


def test_louder_is_in_the_place_of_the_one_before(real: Real, channel: Alertmanager) -> None:
    answer = told(channel, "d", severity=b"warning")
    assert told(channel, "d", answer.known_as).result is Result.DELIVERED
    assert [each["labels"]["severity"] for each in has(real, "d")] == ["critical"]


def test_what_becomes_of_what_it_never_had_is_not_said(real: Real, channel: Alertmanager) -> None:
    assert told(channel, "e", severity=b"cleared").result is Result.DELIVERED
    assert has(real, "e") == []


def test_whatever_a_name_is_it_takes_it_as_text(real: Real, channel: Alertmanager) -> None:
    name = b"<!channel> @everyone {{ .Labels }} \xff\x00\xe2\x80\xae"
    assert told(channel, "f", attributes=(b"user=" + name,)).result is Result.DELIVERED
    (found,) = has(real, "f")
    assert not set(found["labels"]["user"]) & set("<>@{}\0\u202e")


def test_a_clock_that_is_behind_ours_makes_no_alert_that_is_refused(
    real: Real, channel: Alertmanager
) -> None:
    later = alert(resource=b"g")
    later["time"] = "2098-05-04T03:02:01.123Z"
    assert channel.deliver(later, "").result is Result.DELIVERED
    assert len(has(real, "g")) == 1


def test_what_it_cannot_take_may_be_the_alert(alerta: FakeAlerta) -> None:
    """In its own words: `alertmanager, 400` is a string of JSON."""
    alerta.answer = lambda _: (
        b'HTTP/1.1 400 Bad Request\r\nContent-Length: 23\r\n\r\n"bad request: no s3cret"'
    )
    config = AlertmanagerConfig(alerta.url, "Bearer s3cret", "")
    answer = Alertmanager(config, 10).deliver(alert(), "")
    assert (answer.result, answer.reason[:21]) == (Result.FAILED, 'HTTP 400 "bad request')
    assert alerta.headers[0]["path"] == "/api/api/v2/alerts"
    assert alerta.headers[0]["Authorization"] == "Bearer s3cret"


def test_one_that_was_started_anew_is_told_what_is_not_over(
    real: Real, channel: Alertmanager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geowatch.alerts.delivery.REMIND", 0.0)
    outbox = Outbox(tmp_path / "outbox.sqlite", create=True)
    config = ChannelConfig("prom", AlertmanagerConfig(real.url, "", ""))
    postman = Postman(config, channel, outbox, Troubles(NONE))
    for number, (resource, severity) in enumerate(
        [(b"h", b"critical"), (b"i", b"critical"), (b"i", b"cleared")]
    ):
        outbox.add(alert(number, resource=resource, severity=severity), [("prom", "")])
    outbox.add(alert(9, resource=b"j"), [])
    while postman.deliver_next():
        pass
    real.stop()
    real.start()
    assert has(real, "h") == []
    postman.remind()
    (found,) = has(real, "h")
    assert found["startsAt"].startswith("2026-05-04T03:02:01.123")
    assert has(real, "i") == has(real, "j") == []
    # Its end is a day after we got it, however often it is told.
    ends = found["endsAt"]
    postman.remind()
    assert has(real, "h")[0]["endsAt"] == ends


def test_labels_are_the_same_each_time() -> None:
    assert labels(alert(attributes=KNOWN)) == labels(alert(2, attributes=KNOWN[::-1]))
