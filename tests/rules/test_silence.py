# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of logs that are silent: events of Silence.pm in, alerts out; and all of it live."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from live import Start
from rule_cases import HERE

NOW = "2026-11-23T15:04:00Z"
SINCE = "2026-11-23T12:00:00.000Z"
GLOB = "/var/log/remote/*/ovpn.log"


VARIABLES = yaml.safe_load((HERE / "cases/silence.yml").read_text())["variables"]
"""With another action."""


def event(what: str, who: str, longest: str = "") -> tuple[str, str]:
    """Return a line that makes the event."""
    return f"{NOW} SILENCE", "\t".join((what, "OpenVPN", who, SINCE, longest))


@pytest.mark.parametrize(
    ("what", "who", "name", "text"),
    [
        (
            *("silent", "vpn1", "OpenVPNLogSilent"),
            "Nothing has come in the OpenVPN log of vpn1 for 3 h 4 min, "
            "it was never silent for more than 33 min 20 s",
        ),
        (
            *("absent", "vpn1", "OpenVPNLogSilent"),
            "Nothing has come in the OpenVPN log of vpn1, which is expected, since 2026-11-23",
        ),
        (
            *("missing", GLOB, "OpenVPNLogMissing"),
            f"There is no file {GLOB}, so no OpenVPN login is seen",
        ),
    ],
)
def test_silence_rings(alerts: Any, what: str, who: str, name: str, text: str) -> None:
    (alert,) = alerts(event(what, who, "2000"))
    assert (alert["event"], alert["severity"], alert["mail"]) == (name, "critical", True)
    assert (alert["resource"], alert["value"], alert["text"]) == (who, what, text)
    assert alert["attributes"]["since"] == SINCE
    assert alert["attributes"].get("server") == (None if what == "missing" else who)


def test_of_a_server_of_which_little_is_known_no_longest_silence_is_said(alerts: Any) -> None:
    (alert,) = alerts(event("silent", "vpn1"))
    assert alert["text"] == "Nothing has come in the OpenVPN log of vpn1 for 3 h 4 min"


@pytest.mark.parametrize(
    ("what", "who", "name"),
    [("heard", "vpn1", "OpenVPNLogSilent"), ("found", GLOB, "OpenVPNLogMissing")],
)
def test_it_is_cleared(alerts: Any, what: str, who: str, name: str) -> None:
    (alert,) = alerts(event(what, who))
    assert (alert["event"], alert["severity"], alert["mail"]) == (name, "cleared", False)
    assert alert["resource"] == who


def test_it_is_as_loud_as_was_asked_for(alerts: Any) -> None:
    (alert,) = alerts(event("silent", "vpn1"), variables=VARIABLES)
    assert (alert["severity"], alert["mail"]) == ("warning", False)


def test_no_log_can_say_it(alerts: Any) -> None:
    _, line = event("silent", "vpn1")
    assert alerts(line, context="SOURCE_OPENVPN") == []


def test_a_server_that_is_silent_rings_and_is_cleared_by_any_line(
    live: Start, tmp_path: Path
) -> None:
    now = int(time.time())
    # It was never silent for more than an hour, and is for four.
    known = [now - 20 * 86_400, now - 4 * 3600, 15, time.strftime("%Y%m") + ":3600:3600:3600"]
    learned = ["gaps", "OpenVPN", "vpn1", " ".join(map(str, known))]
    looked = ["silence", "clock", "looked", str(now)]
    memory = "".join(
        "\t".join(["+", str(now + 10**7), "0", *entry]) + "\n" for entry in (learned, looked)
    )
    (tmp_path / "memory").write_text(memory)
    correlator = live("Fast")
    (alert,) = correlator.lines("alerts", 1)
    assert alert[2:6] == ["OpenVPNLogSilent", "critical", "mail", "vpn1"]
    assert " of vpn1 for 4 h " in alert[9]
    correlator.write("vpn1/openvpn.log", "no rule is given this line")
    cleared = correlator.lines("alerts", 2)[1]
    assert cleared[2:6] == ["OpenVPNLogSilent", "cleared", "no_mail", "vpn1"]
