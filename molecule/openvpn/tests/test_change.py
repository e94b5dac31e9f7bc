# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The expected countries are changed while people log in: nothing is lost, and the change works."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest
from scenario import BRAZIL, DIRECTORY, alerts_of, log_in, new_name


def deploy(expected: list[str]) -> subprocess.Popen[bytes]:
    """Start the deployment with these expected countries."""
    return subprocess.Popen(
        [
            *("ansible-playbook", "--inventory", DIRECTORY / "inventory.yml"),
            *("--extra-vars", json.dumps({"logins_expected_countries": expected})),
            DIRECTORY / "converge.yml",
        ]
    )


@pytest.fixture
def finland_again() -> Iterator[None]:
    """Put the expected countries back."""
    yield
    assert deploy(["FI"]).wait() == 0


@pytest.mark.usefixtures("finland_again")
def test_the_change_works_and_no_login_is_lost() -> None:
    users = [new_name("bruno-{}")]
    log_in(users[0], BRAZIL)
    deployment = deploy(["BR"])
    while deployment.poll() is None:
        users.append(new_name("bruno-{}"))
        log_in(users[-1], BRAZIL)
    assert deployment.returncode == 0
    users.append(new_name("bruno-{}"))
    log_in(users[-1], BRAZIL)

    events = [[alert["event"] for alert in alerts_of(user)] for user in users]
    change = events.index(["OpenVPNExpectedCountry"])
    assert change > 0
    assert events[:change] == [["OpenVPNUnexpectedCountry"]] * change
    assert events[change:] == [["OpenVPNExpectedCountry"]] * (len(users) - change)
