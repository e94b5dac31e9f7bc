# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each plugin is registered by its name, answers, and fails in its own name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError

Plugin = Callable[..., object]


def plugin(kind: str, name: str) -> Plugin:
    """Return what Jinja gets for the filter or test of this name."""
    module = import_module(f"ansible_collections.loghost.geowatch.plugins.{kind}.{name}")
    if kind == "filter":
        registered = module.FilterModule().filters()
    else:
        registered = module.TestModule().tests()
    assert list(registered) == [name]
    found: Plugin = registered[name]
    return found


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [
        ("country_codes", ["Baltics", "fi"], ["EE", "FI", "LT", "LV"]),
        ("country_name", "fi", "Finland"),
        ("country_pattern", ["SE", "FI"], "(?:FI|SE)"),
        (
            "alert_channels",
            [{"name": "a", "type": "json", "users": "anna"}],
            [
                {"name": "a", "type": "json", "url": "", "key": "", "ca_file": ""}
                | {"users": ["anna"]}
            ],
        ),
    ],
)
def test_a_filter_answers(name: str, value: object, answer: object) -> None:
    assert plugin("filter", name)(value) == answer


def test_geoip_country_answers(database: str) -> None:
    geoip_country = plugin("filter", "geoip_country")
    assert geoip_country("198.51.100.7", database=database) == "FI"
    assert geoip_country("198.18.0.7", database=database) is None


@pytest.mark.parametrize(
    ("address", "countries", "expected"),
    [
        ("198.51.100.7", ["FI"], True),
        ("198.51.100.7", ["nordics"], True),
        ("198.51.100.7", ["SE"], False),
        ("198.51.100.7", [], False),
        ("2001:db8::7", ["SE"], True),
        ("198.18.0.7", ["FI", "EU"], False),
        ("203.0.113.7", ["FI", "EU"], False),
    ],
)
def test_expected_country_answers(
    address: str, countries: list[str], expected: bool, database: str
) -> None:
    expected_country = plugin("test", "expected_country")
    assert expected_country(address, countries, database=database) is expected


def test_login_sources_answers() -> None:
    shipped = str(Path(__file__).resolve().parents[3] / "roles/logins/sources")
    items = [{"source": "sshd", "files": ["/var/log/auth.log"]}]
    answer = plugin("filter", "login_sources")(items, directory=shipped)
    assert isinstance(answer, list)
    assert [(each["context"], each["title"]) for each in answer] == [("SOURCE_SSHD", "SSH")]


def test_logins_policies_answers() -> None:
    answer = plugin("filter", "logins_policies")(
        [{"name": "Sales", "groups": ["sales"], "expected": "all"}],
        expected_countries=["FI"],
        groups={"sales": ["anna"]},
        unknown_action="inform",
    )
    assert isinstance(answer, list)
    assert [(each["name"], each["user_pattern"], each["expected"]) for each in answer] == [
        ("Sales", r"^(?i:anna)\z", "all"),
        ("default", "", ["FI"]),
    ]
    actions = ("unexpected_action", "unknown_action", "internal_action")
    assert [answer[0][key] for key in actions] == ["alert", "inform", "warn"]


@pytest.mark.parametrize("value", [False, None, 3, [False], [None], "x"])
def test_logins_policies_fails_in_its_own_name(value: object) -> None:
    message = r"^loghost\.geowatch\.logins_policies: logins_policies: .* is not a"
    with pytest.raises(AnsibleFilterError, match=message):
        plugin("filter", "logins_policies")(value, expected_countries=["FI"])


@pytest.mark.parametrize("value", [False, None, 3, [], [None], "x"])
def test_login_sources_fails_in_its_own_name(value: object) -> None:
    message = r"^loghost\.geowatch\.login_sources: logins_sources: .* is (?:no|not a) "
    with pytest.raises(AnsibleFilterError, match=message):
        plugin("filter", "login_sources")(value, directory="/nonexistent")


def test_country_codes_refuses_an_empty_list_on_request() -> None:
    with pytest.raises(AnsibleFilterError, match=r"^loghost\.geowatch\.country_codes: .* is empty"):
        plugin("filter", "country_codes")([], allow_empty=False)


@pytest.mark.parametrize("name", ["country_codes", "country_name", "country_pattern"])
@pytest.mark.parametrize("value", [False, None, 3, [False], ["UK"], "UK"])
def test_a_filter_fails_in_its_own_name(name: str, value: object) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"^loghost\.geowatch\.{name}: .* is not a"):
        plugin("filter", name)(value)


@pytest.mark.parametrize("value", [None, 7, "x"])
def test_geoip_country_fails_in_its_own_name(value: object, database: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^loghost\.geowatch\.geoip_country: .* is not"):
        plugin("filter", "geoip_country")(value, database=database)


@pytest.mark.parametrize(
    ("address", "countries"), [("x", ["FI"]), ("198.51.100.7", [False]), ("198.51.100.7", "FI")]
)
def test_expected_country_fails_in_its_own_name(
    address: str, countries: object, database: str
) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^loghost\.geowatch\.expected_country: .* not"):
        plugin("test", "expected_country")(address, countries, database=database)


def test_expected_country_checks_the_list_even_without_a_country(database: str) -> None:
    with pytest.raises(AnsibleFilterError, match="Quote it: 'NO'"):
        plugin("test", "expected_country")("198.18.0.7", [False], database=database)
