# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role logins says of variables before anything changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from preflight import preflight

ROLE = Path(__file__).parents[3] / "roles/logins"
SOURCE = {"source": "sshd", "files": ["/var/log/remote/*/auth.log"]}
GOOD: dict[str, Any] = {"logins_sources": [SOURCE], "logins_expected_countries": ["FI"]}
NUMBERS = yaml.safe_load((ROLE / "vars/main/ranges.yml").read_text())["__logins_ranges"]
FILES = "logins_sources: [{source: openvpn, files: [...]}]"

ACCEPTED: dict[str, dict[str, Any]] = {
    "the_least": {},
    "all_as_text": {name: str(low) for name, (low, _high) in NUMBERS.items()},
    "a_blank_around_a_number": {"logins_confirm_seconds": " 30\n"},
    "lists_as_text": {
        "logins_sources": json.dumps([SOURCE]),
        "logins_expected_countries": "[FI, 'NO']",
        "logins_groups": '{"sales": ["anna"]}',
        "logins_policies": "[{name: Sales, groups: [sales], sources: [SSH], expected: all}]",
    },
    "a_variable_of_another_role": {"openvpn_port": 1194, "my_openvpn_log_files": []},
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no_countries": (
        {"logins_expected_countries": []},
        "logins_expected_countries: the list of countries is empty. Name at least one: ['FI']",
    ),
    "norway_as_text": (
        {"logins_expected_countries": "[FI, NO]"},
        "logins_expected_countries: false is not a country. Quote it: 'NO'",
    ),
    "an_unknown_source": (
        {"logins_sources": [SOURCE | {"source": "shd"}]},
        "logins_sources: item 1: source: 'shd' is no source. Did you mean sshd? The sources are",
    ),
    "a_relative_file": (
        {"logins_sources": [SOURCE | {"files": ["auth.log"]}]},
        "logins_sources: item 1: files: 'auth.log' is not a whole path. Begin it with /",
    ),
    "a_policy": (
        {"logins_policies": [{"name": "P", "sources": ["OpenVPN"], "expected": []}]},
        "policy 'P': sources: 'OpenVPN' is no title in logins_sources",
    ),
    "the_case": (
        {"logins_user_case": "lower"},
        "logins_user_case: 'lower' is neither fold nor keep",
    ),
    "a_number_below": (
        {"logins_confirm_seconds": 0},
        "logins_confirm_seconds is 0: it has to be a whole number from 1 to 600.",
    ),
    "a_number_above_as_text": (
        {"logins_confirm_seconds": "601"},
        'logins_confirm_seconds is "601": it has to be a whole number from 1 to 600.',
    ),
    "fewer_days_than_a_queue_file_has": (
        {"logins_keep_days": 7},
        "logins_keep_days is 7: it has to be a whole number from 8 to 3650.",
    ),
    "words": (
        {"logins_repeat_seconds": "an hour"},
        'logins_repeat_seconds is "an hour": it has to be a whole number from 0 to 604800.',
    ),
    "a_fraction": ({"logins_repeat_seconds": 1.5}, "logins_repeat_seconds is 1.5: it has to be"),
    "yes": ({"logins_repeat_seconds": True}, "logins_repeat_seconds is true: it has to be"),
    "nothing": ({"logins_repeat_seconds": ""}, 'logins_repeat_seconds is "": it has to be'),
    "the_old_files": (
        {"openvpn_log_files": ["/x"]},
        f"openvpn_log_files is now {FILES}. Write the new name.",
    ),
    "the_later_files": ({"logins_log_files": ["/x"]}, f"logins_log_files is now {FILES}."),
    "two_old_names": (
        {"openvpn_policies": [], "openvpn_confirm_seconds": 5},
        "openvpn_confirm_seconds is now logins_confirm_seconds; "
        "openvpn_policies is now logins_policies. Write the new name.",
    ),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    hosts = {name: GOOD | changes for name, changes in ACCEPTED.items()}
    hosts |= {name: GOOD | changes for name, (changes, _message) in REFUSED.items()}
    hosts["old_names_only"] = {"openvpn_expected_countries": ["FI"]}
    hosts["no_countries_at_all"] = {"logins_sources": [SOURCE]}
    return preflight(ROLE, hosts, tmp_path_factory.mktemp("preflight"))


@pytest.mark.parametrize("host", ACCEPTED)
def test_good_variables_are_accepted(host: str, found: dict[str, Any]) -> None:
    assert host not in found["failed"], found["failed"][host]


@pytest.mark.parametrize("host", REFUSED)
def test_bad_variables_are_named_with_their_fix(host: str, found: dict[str, Any]) -> None:
    message = REFUSED[host][1]
    assert found["failed"][host].count(message) == 1, found["failed"][host]


def test_what_is_missing_is_named(found: dict[str, Any]) -> None:
    assert "openvpn_expected_countries is now logins_expected" in found["failed"]["old_names_only"]
    empty = "logins_expected_countries: the list of countries is empty. Name at least one"
    assert empty in found["failed"]["no_countries_at_all"]
